"""Where what can be made again is kept: beside a SQLite file, or in the user's cache folder."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import URL

__all__ = ["Gone", "cache_folder", "folder", "making", "throw_away"]

OLD = 86400.0
"""Seconds after which what is being made is what a killed process left."""


class Gone(Exception):
    """The folder that a cache was being made in was thrown away meanwhile: make it again, from what is there now."""


def cache_folder(url: URL, what: str) -> Path:
    """The folder of a database's caches of one kind."""
    if url.get_backend_name() != "sqlite":
        return folder(None, url.render_as_string(hide_password=True), what)
    return folder(url.database, "", what) if url.database not in (None, "", ":memory:") else _while_it_lasts() / what


def folder(file: str | None, address: str, what: str) -> Path:
    """Beside the file, or where there is none or nothing can be made there, in the user's cache folder."""
    if file:
        beside = Path(f"{file}.{what}")
        if os.access(beside if beside.exists() else beside.parent, os.W_OK):
            return beside
        address = str(Path(file).absolute())
    where = hashlib.sha256(address.encode()).hexdigest()[:16]
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "plasticdb" / f"{where}.{what}"


@contextmanager
def making(kept: Path) -> Iterator[Path]:
    """A folder to make a cache in, inside the one where it is kept. What killed processes left there is removed.

    Raises Gone where it failed since another process threw the cache away.
    """
    try:
        kept.mkdir(parents=True, exist_ok=True)
        for left in kept.glob("making-*"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > OLD:
                    shutil.rmtree(left, ignore_errors=True)
        made = tempfile.TemporaryDirectory(prefix="making-", dir=kept)
    except (FileNotFoundError, FileExistsError):
        if os.path.lexists(kept) and not kept.is_dir():  # something else is in the way
            raise
        raise Gone from None
    with made as scratch:
        try:
            yield Path(scratch)
        except Exception:
            if not Path(scratch).exists():
                raise Gone from None
            raise


def throw_away(kept: Path) -> None:
    """Delete a cache and whatever is being made in it.

    Its name goes first: nothing can be put into what is being deleted. What a killed process left of that goes too.
    """
    if kept.is_dir():
        try:
            kept.rename(kept.with_name(f"{kept.name}.gone-{os.urandom(8).hex()}"))
        except FileNotFoundError:  # another process was faster
            pass
        except OSError:
            shutil.rmtree(kept, ignore_errors=True)
    for gone in kept.parent.glob(f"{escape(kept.name)}.gone-*"):
        shutil.rmtree(gone, ignore_errors=True)


@cache
def _while_it_lasts() -> Path:
    """For databases in memory: a folder that goes when the process does."""
    made = Path(tempfile.mkdtemp(prefix="plasticdb-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
