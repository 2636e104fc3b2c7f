"""Files that are whole or not there: written beside their place and then put there; and input that can be read twice."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZipFile

from ..errors import BadInput, StoreError
from ..files.compressed import compressed
from ..files.folders import PART
from ..files.leftovers import in_use, sweep
from ..files.samples import STDIN, opened
from ..sql.engine import spare_open

__all__ = ["Open", "placed", "rereadable", "written", "written_parts"]

Open = Callable[[str], AbstractContextManager[BinaryIO]]
"""Opens a part of an export by its name, to be written to."""


@contextmanager
def written(to: str, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file to write to, put in its place when all of it is written; `-` is standard output. .gz and .zst are compressed.

    mode: who may do what with it at most. What killed processes left in that folder is removed.

    Raises BadInput where it cannot be written, StoreError where the disk is full; no half file is left.
    """
    path = Path(to)
    if to == STDIN:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.exists() and not path.is_file() and not path.is_dir():  # a pipe or a device: nothing to put in its place
        with _explained(path), path.open("wb") as stream, compressed(stream, to) as packed:
            yield packed
        return
    if path.is_dir():
        raise BadInput(f"{to} is a directory; give a file in it")
    _spare_database(path)
    with placed(path, mode) as part, part.open("wb") as stream, compressed(stream, to) as packed:
        yield packed


@contextmanager
def placed(path: Path, mode: int) -> Iterator[Path]:
    """A new file beside a path, put in its place at the end; gone where that is not reached."""
    with suppress(OSError):
        mode &= path.stat().st_mode | 0o600  # no more than who could read what it takes the place of

    def make() -> Path:
        part = _beside(path)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
        return part

    sweep(path.parent, f".*.{PART}")
    with _explained(path), in_use(make) as part:
        try:
            yield part
            _to_disk(part)
            part.replace(path)
            with suppress(OSError):  # not every system can do that with a folder
                _to_disk(path.parent)
        finally:
            part.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def written_parts(to: str, mode: int = 0o666) -> Iterator[Open]:
    """Several files, one after the other: in a new folder, or in a zip where `to` ends in .zip or is `-`."""
    if to == STDIN or to.lower().endswith(".zip"):
        with written(to, mode) as stream, ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=1) as archive:
            yield lambda name: cast(BinaryIO, archive.open(name, "w", force_zip64=True))
        return
    folder = Path(to)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise BadInput(f"{to} is there already; give a new folder, a file that ends in .zip, or - for a zip")

    def make() -> Path:
        part = _beside(folder)
        part.mkdir(mode | (mode & 0o444) >> 2)  # who may read the files may enter it
        return part

    sweep(folder.parent, f".*.{PART}")
    with _explained(folder), in_use(make) as part:
        try:
            yield lambda name: cast(
                BinaryIO,
                open(part / name, "xb", opener=lambda at, flags: os.open(at, flags, mode)),  # noqa: SIM115
            )
            part.replace(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def rereadable(file: str) -> Iterator[BinaryIO]:
    """A file that can be read again from its start; `-` and pipes are kept in a temporary file meanwhile."""
    with opened(file) as stream:
        if file != STDIN and stream.seekable():
            yield stream
            return
        with tempfile.TemporaryFile(prefix="plasticdb-import-") as spooled:
            try:
                shutil.copyfileobj(stream, spooled, 1 << 20)
                spooled.seek(0)
            except OSError as error:
                raise StoreError(
                    f"{tempfile.gettempdir()} cannot hold what was given ({error.strerror}); make room, or give a file"
                ) from None
            yield cast(BinaryIO, spooled)


def _beside(path: Path) -> Path:
    """Where a file or folder is written before it is put in its place; another one for each writer."""
    return path.with_name(f".{path.name[:200]}.{secrets.token_hex(8)}.{PART}")


def _spare_database(path: Path) -> None:
    spare_open(path)
    try:
        with path.open("rb") as stream:
            database = stream.read(16) == b"SQLite format 3\0"
    except OSError:
        return
    if database:
        raise BadInput(f"{path} is a database, which the export would replace; give another file")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise StoreError(
                f"the disk that holds {path} is full or failing ({error.strerror}); nothing was left there: make room"
            ) from None
        if not path.parent.is_dir():
            raise BadInput(f"the folder {path.parent} does not exist; make it, or give another file") from None
        raise BadInput(f"{path} cannot be written ({error.strerror}); check its permissions") from None
