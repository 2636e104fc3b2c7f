"""The copies of a graph that Cypher runs on: what they are called, and which of them is good.

A copy is one file whose name says what it was made from (the memories' positions and batches, and how it is made) and
what is in it (a checksum). So a stale copy has another name, a damaged one is noticed before it is opened, and one that
another process has just put there is as good as our own. A copy may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ..errors import BadInput

__all__ = ["FORMAT", "Look", "checksum", "current", "full_key", "key"]

MISSING = (
    "on SQLite and PostgreSQL query needs Ladybug, which is not installed: pip install 'plasticdb[cypher]' (Neo4j answers "
    "queries itself)"
)
FORMAT = 3
"""How a copy is made. Another number, or another Ladybug: the copies that are there are not used any more."""

Look = Iterable[tuple[str, int, str]]
"""Each memory's name, position and batch, by name."""


def key(look: Look) -> str:
    """What the names of all copies of these memories begin with."""
    made = [FORMAT, _engine(), [tuple(memory) for memory in look]]
    return hashlib.sha256(repr(made).encode()).hexdigest()[:16]


def full_key(look: Look) -> str:
    """What a copy of these memories is called that has all labels and properties which are known here."""
    from .schema import declared, written

    return f"{key(look)}{zlib.crc32(written(declared()).encode()):08x}"


@cache
def _engine() -> str:
    """The version of Ladybug, which is not imported for that: it takes longer than a query, and is not needed here."""
    where = find_spec("ladybug")
    if where is None:
        raise BadInput(MISSING)
    for found in Path(where.origin).parents[1].glob("ladybug-*.dist-info") if where.origin else ():
        return found.name.removesuffix(".dist-info").partition("-")[2]
    return import_module("importlib.metadata").version("ladybug")  # type: ignore[no-any-return]


def current(kept: Path, name: str) -> Path | None:
    """The copy whose name begins so, if it is there and undamaged; a damaged one is deleted."""
    found: list[Path] = []
    with suppress(OSError):  # another process may delete the folder just now, or a copy in it
        found = sorted(kept.glob(f"{name}*.lbug"))
    for file in found:
        with suppress(OSError):
            if file.stem.rpartition("-")[2] == checksum(file):
                return file
            file.unlink()
    return None


def checksum(file: Path) -> str:
    found = 0
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            found = zlib.crc32(block, found)
    return f"{found:08x}"
