"""What is being made, and what a killed process left of it: told apart by a lock that ends with its process."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = ["OLD", "in_use", "ours", "sweep"]

OLD = 86400.0
"""Seconds after which what is being made counts as left behind, where the file system has no locks."""


@contextmanager
def in_use(make: Callable[[], Path]) -> Iterator[Path]:
    """The new file or folder that `make` makes; `sweep` spares it until the block ends, or the process."""
    made, lock = _made(make)
    try:
        yield made
    finally:
        if lock is not None:
            os.close(lock)


def _made(make: Callable[[], Path]) -> tuple[Path, int | None]:
    while True:
        made = make()
        try:
            lock = _locked(made, wait=True)
        except FileNotFoundError:
            continue
        except OSError:  # the file system has no locks: its age has to do
            return made, None
        with suppress(OSError):
            if os.path.samestat(os.fstat(lock), os.lstat(made)):
                return made, lock
        os.close(lock)  # another process had swept it before it was locked


def sweep(folder: Path, pattern: str) -> None:
    """Delete what killed processes of this user left in a folder; nothing that a living one is making."""
    with suppress(OSError):
        for left in folder.glob(pattern):
            with suppress(OSError):
                if ours(left):
                    _sweep(left)


def _sweep(left: Path) -> None:
    try:
        lock = _locked(left, wait=False)
    except BlockingIOError:
        return
    except OSError:
        if time.time() - left.lstat().st_mtime > OLD:
            _delete(left)
        return
    try:
        _delete(left)
    finally:
        os.close(lock)


def _delete(left: Path) -> None:
    if left.is_dir():
        shutil.rmtree(left, ignore_errors=True)
    else:
        left.unlink(missing_ok=True)


def ours(path: Path) -> bool:
    """Whether it is a file or folder of this user, and no link."""
    found = path.lstat()
    return not stat.S_ISLNK(found.st_mode) and (sys.platform == "win32" or found.st_uid == os.geteuid())


def _locked(path: Path, wait: bool) -> int:
    """An open descriptor that holds the lock; raises BlockingIOError where another has it and `wait` is False."""
    if sys.platform == "win32":
        raise OSError("Windows does not lock folders")
    lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BaseException:
        os.close(lock)
        raise
    return lock
