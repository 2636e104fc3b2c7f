"""SQLite files in folders where nothing can be written, such as a published file or a read-only disk.

SQLite cannot keep its log and its locks there. Where nobody has the file open it is read as one that does not change;
whether somebody has changed it all the same is looked at after each read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StoreError, Unavailable

__all__ = ["Stamp", "address", "sealed", "steady"]

Stamp = tuple[str, int, int, int]
"""A file, and what changes when it is written to: its inode, size and time."""


def sealed(file: str) -> bool:
    """Whether a file is there and nothing can be written beside it."""
    real = os.path.realpath(file)
    if not os.path.isfile(real) or os.access(os.path.dirname(real), os.W_OK):
        return False
    return not all(os.access(f"{real}{part}", os.W_OK) for part in ("", "-wal", "-shm"))


def address(file: str) -> tuple[str, Stamp | None]:
    """How SQLite is told to open such a file: with the locks of whoever has it open, or as one that does not change."""
    real, plain = os.path.realpath(file), f"{Path(file).absolute().as_uri()}?mode=ro"
    before = _stamp(file)
    if not _in_use(real):
        return f"{plain}&immutable=1", before
    if not os.path.exists(f"{real}-shm"):
        raise StoreError(
            f"{file} has a log (-wal) from the last one who wrote to it, and its folder is read-only; let somebody open it "
            "who may write there, or copy both files and use the copy"
        )
    return plain, None


def _in_use(real: str) -> bool:
    if os.path.exists(f"{real}-journal") or os.path.exists(f"{real}-shm"):
        return True
    try:
        return os.stat(f"{real}-wal").st_size > 0
    except OSError:
        return False


def _stamp(file: str) -> Stamp:
    found = os.stat(file)
    return file, found.st_ino, found.st_size, found.st_mtime_ns


@contextmanager
def steady(before: Stamp | None) -> Iterator[None]:
    """What is read in the block is of one moment; raises Unavailable where somebody wrote to the file meanwhile."""
    try:
        yield
    except Exception:
        _look(before)
        raise
    _look(before)


def _look(before: Stamp | None) -> None:
    if before is not None and (_stamp(before[0]) != before or _in_use(os.path.realpath(before[0]))):
        raise Unavailable(f"{before[0]} is being written to; ask again when that is done")
