"""plasticdb: a memory that learns one sample at a time, without gradients, and keeps what it learned in a graph."""

from importlib.metadata import version

from .api import PlasticDB
from .errors import (
    BadInput,
    BadMemory,
    Collision,
    Forgotten,
    GraphBehind,
    NeverLearned,
    NothingLearned,
    PlasticDBError,
    SchemaBehind,
    StoreError,
    Unavailable,
    WrongJournal,
)
from .sequence.memory import SequenceMemory

__version__ = version("plasticdb")
__all__ = [
    "BadInput",
    "BadMemory",
    "Collision",
    "Forgotten",
    "GraphBehind",
    "NeverLearned",
    "NothingLearned",
    "PlasticDB",
    "PlasticDBError",
    "SchemaBehind",
    "SequenceMemory",
    "StoreError",
    "Unavailable",
    "WrongJournal",
    "__version__",
]
