"""Views: what of a history a memory looks at, and so which contexts it makes.

Each is a pure function from histories to a chain of contexts (`levels.py`), and a line in `VIEWS` (`chains.py`); a set of
them is spelled, read and chosen in `spelling.py`.
"""

from .chains import VIEWS, chains, farthest, spell
from .levels import Level
from .spelling import EVERYWHERE, FARTHEST, SIZES, SPELLED, View, Views, read, spelled, usual

__all__ = [
    "EVERYWHERE",
    "FARTHEST",
    "SIZES",
    "SPELLED",
    "VIEWS",
    "Level",
    "View",
    "Views",
    "chains",
    "farthest",
    "read",
    "spell",
    "spelled",
    "usual",
]
