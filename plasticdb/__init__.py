"""plasticdb: a memory that learns one sample at a time, without gradients, and keeps what it learned in a graph."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import (
    BadInput,
    BadMemory,
    Collision,
    Forgotten,
    GraphBehind,
    NeverLearned,
    NoRoom,
    NothingLearned,
    PlasticDBError,
    SchemaBehind,
    StoreError,
    Stuck,
    Unapplied,
    Unavailable,
    Uncertain,
    UnknownKind,
    WrongJournal,
)

if TYPE_CHECKING:
    from .api import PlasticDB
    from .migrating import Migrations

    __version__: str

__all__ = [
    "BadInput",
    "BadMemory",
    "Collision",
    "Forgotten",
    "GraphBehind",
    "Migrations",
    "NeverLearned",
    "NoRoom",
    "NothingLearned",
    "PlasticDB",
    "PlasticDBError",
    "SchemaBehind",
    "StoreError",
    "Stuck",
    "Unapplied",
    "Unavailable",
    "Uncertain",
    "UnknownKind",
    "WrongJournal",
    "__version__",
]


def _memories() -> dict[str, str]:
    """Where the classes of this package's memories are, by their names."""
    return {kind.memory.partition(":")[2]: kind.memory for kind in import_module(".kinds", __name__).own()}


def __dir__() -> list[str]:
    return sorted({name for name in globals() if name.startswith("__")} | {*__all__, *_memories(), "errors"})


def __getattr__(name: str) -> Any:
    # Imported when asked for: `plasticdb --help` needs neither numpy nor SQLAlchemy, which take 0.3 s.
    match name:
        case "PlasticDB":
            return import_module(".api", __name__).PlasticDB
        case "Migrations":
            return import_module(".migrating", __name__).Migrations
        case "__version__":
            return import_module("importlib.metadata").version(__name__)
    if not name.startswith("_") and (memory := _memories().get(name)):
        return import_module(".kinds", __name__).load(memory)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
