"""Where what can be made again is kept: beside a SQLite file, or in the user's cache folder; for its user alone.

What is there is trusted, so only a folder of this user that nobody else may look into is used: no link, and none of
another user, who could put an answer there.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from glob import escape
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StoreError
from .leftovers import in_use, ours, sweep

if TYPE_CHECKING:
    from sqlalchemy import URL

__all__ = ["PART", "Gone", "cache_folder", "folder", "forget_caches", "making", "permissions", "put", "throw_away"]

PART = "plasticdb-part"
"""How the name of a file ends that is being written beside its place."""
_CACHED = re.compile(r"[0-9a-f]{24}(-[0-9a-f]{8}\.lbug|\.db)\S*|making-\S+")
"""What is in our folders. One that holds anything else is not ours, whatever it is called."""
_IN_MEMORY = "plasticdb-memory-"


class Gone(Exception):
    """The folder that a cache was being made in was thrown away meanwhile: make it again, from what is there now."""


def cache_folder(url: URL, what: str) -> Path:
    """The folder of a database's caches of one kind."""
    if _in_memory(url):
        return _while_it_lasts() / what
    return folder(_file(url), url.render_as_string(hide_password=True), what)


def folder(file: str | None, address: str, what: str) -> Path:
    """Beside the file, or where there is none or no private folder can be there, in the user's cache folder."""
    beside = _beside(file, what)
    if beside is not None and _fit(beside, file or ""):
        return beside
    kept = _in_cache(file, address, what)
    if all(_private(there) for there in (kept.parent, kept) if os.path.lexists(there)):
        return kept
    return _while_it_lasts() / kept.name


def _file(url: URL) -> str | None:
    return url.database if url.get_backend_name() == "sqlite" else None


def _in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _beside(file: str | None, what: str) -> Path | None:
    """Whatever link the file was opened by, its caches are in one place."""
    return Path(f"{os.path.realpath(file)}.{what}") if file else None


def _in_cache(file: str | None, address: str, what: str) -> Path:
    where = sha256((os.path.realpath(file) if file else address).encode()).hexdigest()[:16]
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "plasticdb" / f"{where}.{what}"


def _fit(beside: Path, file: str) -> bool:
    """Whether caches can be there. Beside another user's file they would be in that user's way."""
    with suppress(OSError):
        if not ours(Path(os.path.realpath(file))):
            return False
    if not os.path.lexists(beside):
        return os.access(beside.parent, os.W_OK)
    if not beside.is_dir() and not beside.is_symlink():
        return True  # a file is in the way: making a cache says so
    return _private(beside) and _only_cached(beside) and os.access(beside, os.W_OK)


def _private(kept: Path) -> bool:
    """Whether a folder is this user's alone.

    A folder of ours that others could look into is closed, and what they could have put there is deleted.
    """
    try:
        mode = kept.lstat().st_mode
        if not ours(kept) or not stat.S_ISDIR(mode):
            return False
        if sys.platform != "win32" and mode & 0o077:
            kept.chmod(0o700)
            if kept.lstat().st_mode & 0o077:  # a file system without permissions
                return False
            if mode & 0o022:
                _empty(kept)
    except OSError:
        return False
    return True


def _only_cached(kept: Path) -> bool:
    try:
        return all(_CACHED.fullmatch(name) for name in os.listdir(kept))
    except OSError:
        return False


def _empty(kept: Path) -> None:
    """Delete what is ours by its name, and nothing else."""
    for name in os.listdir(kept):
        if _CACHED.fullmatch(name):
            _remove(kept / name)


@contextmanager
def making(kept: Path) -> Iterator[Path]:
    """A folder to make a cache in, inside the one where it is kept. What killed processes left there is removed.

    Raises
    ------
    Gone
        It failed since another process threw the cache away.
    """
    with ExitStack() as held:
        try:
            kept.parent.mkdir(0o700, parents=True, exist_ok=True)
            kept.mkdir(0o700, exist_ok=True)
            if not _private(kept):
                raise PermissionError(1, "it is another user's; remove it", str(kept))
            sweep(kept, "making-*")
            sweep(kept.parent, f"{escape(kept.name)}.gone-*")
            scratch = held.enter_context(in_use(lambda: Path(tempfile.mkdtemp(prefix="making-", dir=kept))))
        except (FileNotFoundError, FileExistsError):
            if os.path.lexists(kept) and not kept.is_dir():  # something else is in the way
                raise
            raise Gone from None
        held.callback(shutil.rmtree, scratch, ignore_errors=True)
        try:
            yield scratch
        except Exception:
            if not scratch.exists():
                raise Gone from None
            raise


def put(fresh: Path, place: Path) -> None:
    """Put a finished cache into its place, for this user alone."""
    fresh.chmod(0o600)
    fresh.replace(place)


def permissions(url: URL) -> int:
    """Who may read and write what is taken out of a database, at most: who may with its file, and this user."""
    with suppress(OSError):
        return Path(_file(url) or "").stat().st_mode & 0o666 | 0o600 if _file(url) else 0o666
    return 0o666


def throw_away(url: URL, what: str) -> None:
    """Delete all caches of one kind that this user has of a database, whatever is being made in them, and leftovers.

    Raises
    ------
    StoreError
        Some cannot be deleted: a text that was to be erased may be in them.
    """
    if _in_memory(url):
        _discard(_while_it_lasts() / what)
        return
    kept = _in_cache(_file(url), url.render_as_string(hide_password=True), what)
    beside = _beside(_file(url), what)
    here = _while_it_lasts() / kept.name if _while_it_lasts.cache_info().currsize else None
    for place in (kept, beside, here):
        if place is not None:
            try:
                _discard(place)
            except OSError as error:
                raise StoreError(
                    f"{place} may hold texts of this database, and cannot be deleted ({error.strerror}); let its owner "
                    "delete it, then run `plasticdb sync`"
                ) from None
    if beside is not None:
        sweep(beside.parent, f".*.{PART}")
    sweep(Path(tempfile.gettempdir()), f"{_IN_MEMORY}*")


def forget_caches(url: URL) -> None:
    """Delete, as far as can be, the caches of a database that was at this address: they are never used for another."""
    for what in ("cypher", "past"):
        with suppress(StoreError):
            throw_away(url, what)


def _discard(kept: Path) -> None:
    """Its name goes first: nothing can be put into what is being deleted. What a killed process left of that goes too.

    A link stays, and what is not ours behind it; so does whatever else is in a folder that is called like ours.
    """
    if kept.is_dir():
        if not (ours(kept) and _only_cached(kept)):
            _empty(kept)
        else:
            try:
                kept.rename(kept.with_name(f"{kept.name}.gone-{os.urandom(8).hex()}"))
            except FileNotFoundError:  # another process was faster
                pass
            except OSError:
                _remove(kept)
    for gone in kept.parent.glob(f"{escape(kept.name)}.gone-*"):
        _remove(gone)


def _remove(path: Path) -> None:
    """Delete a file or folder that others may be deleting too."""
    while True:
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            return
        except FileNotFoundError:
            if not os.path.lexists(path):
                return


@cache
def _while_it_lasts() -> Path:
    """For databases in memory: a folder that goes when the process does."""
    there = Path(tempfile.gettempdir())
    sweep(there, f"{_IN_MEMORY}*")
    lasting = ExitStack()
    made = lasting.enter_context(in_use(lambda: Path(tempfile.mkdtemp(prefix=_IN_MEMORY, dir=there))))
    lasting.callback(shutil.rmtree, made, ignore_errors=True)
    atexit.register(lasting.close)
    return made
