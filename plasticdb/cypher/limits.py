"""How much memory the engine may take: of its buffers, of addresses for the file, and of all else.

Ladybug would take four fifths of the machine's memory for its buffers, and 8 TB of addresses, which `ulimit -v` or the
kernel may not allow; lists and texts that a query makes are bounded by nothing. All three are bounded here, by what there is.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import ladybug

__all__ = ["opened"]

LEAST = 1 << 28
"""Bytes of each part at least, if there is no less."""
LARGEST = 1 << 40
"""Bytes of addresses for a copy that is being made: nobody knows yet how large it gets."""
_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def opened(file: str, *, read_only: bool) -> Any:
    """A copy, opened by Ladybug; from now on this process takes no more memory than it may.

    Raises RuntimeError as Ladybug does, where the copy cannot be read, or where there is no room for it.
    """
    _limit(None)
    most = _memory() // 8
    addresses = _addresses()
    if addresses is None:
        pool, heap, size = max(most, LEAST), max(most // 2, LEAST), LARGEST
    else:
        pool, heap, size = (
            min(max(most, LEAST), addresses // 8),
            min(max(most // 2, LEAST), addresses // 4),
            addresses // 4,
        )
    if read_only:
        size = min(size, max(2 * os.path.getsize(file), LEAST)) if os.path.exists(file) else size
    database = _database(file, pool, 1 << size.bit_length() - 1, read_only)
    _limit(heap)
    return database


def _database(file: str, pool: int, size: int, read_only: bool) -> Any:
    """With as many addresses as there are: a kernel that overcommits nothing gives few."""
    while True:
        try:
            return ladybug.Database(file, buffer_pool_size=pool, max_db_size=size, read_only=read_only)
        except RuntimeError as error:
            if "Mmap" not in str(error) or size <= LEAST:
                raise
            size >>= 2


def _memory() -> int:
    """Bytes of memory of this machine, or of the part of it that a container may use."""
    found = [1 << 33]
    with suppress(AttributeError, ValueError, OSError):
        found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for file in _CGROUPS:
        with suppress(OSError, ValueError):
            found.append(int(Path(file).read_text()))
    return min(found)


def _addresses() -> int | None:
    """Bytes of addresses that are left to this process; None where nobody has set a limit."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return None
    allowed, _ = _given()
    return None if allowed == resource.RLIM_INFINITY else max(allowed - _taken(), 0)


@cache
def _given() -> tuple[int, int]:
    """The limit of addresses that this process began with, and the highest that it might set."""
    import resource

    return resource.getrlimit(resource.RLIMIT_AS)


def _limit(more: int | None) -> None:
    """Let this process take so many bytes more than it has now; None: as many as it might from the beginning."""
    with suppress(ModuleNotFoundError, ValueError, OSError):
        import resource

        allowed, hard = _given()
        if more is not None and (taken := _taken()):
            allowed = taken + more if allowed == resource.RLIM_INFINITY else min(taken + more, allowed)
        resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))


def _taken() -> int:
    """Bytes of addresses that this process has; 0 where that cannot be known."""
    with suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 0
