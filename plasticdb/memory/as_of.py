"""A memory as it was: which position is meant, and a graph of the journal up to there, made once and kept in a cache."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from ..checks import shown
from ..errors import BadInput, Forgotten, StoreError, Unavailable
from ..files.folders import Gone, cache_folder, making, put, throw_away
from ..graph.sql import SQLStore
from ..journal import history
from ..journal.journal import Journal
from ..journal.recorder import Recorder
from ..journal.rows import MemoryRow
from ..sql.engine import frozen
from ..sql.transactions import truncate_log
from .moments import iso
from .options import then
from .projection import known

__all__ = ["JournalUntil", "as_it_was", "forget", "position"]

FORMAT = 2
"""How a graph of the past is made. Another number: those that are there are not used any more."""
KEPT = 16
"""Graphs of the past that are kept."""
YOUNG = 60.0
"""Seconds for which one is kept in any case: who asks of many moments in turn should not make each of them again."""
_TRIES = 5


class JournalUntil(Journal):
    """A journal that ends at a position of one memory; it is read and never written."""

    def __init__(self, journal: Journal, until: int) -> None:
        super().__init__(journal.engine, _Refusing(journal.engine))
        self._until = until

    def memory(self, name: str) -> MemoryRow | None:
        found = super().memory(name)
        if found is None:
            return None
        options = then(name, found.options, self._until)
        return replace(found, position=min(found.position, self._until), options=options)

    def to_erase(self, memory: MemoryRow) -> int | None:
        return None


class _Refusing(Recorder):
    """Writes nothing."""

    def write(self, memory: MemoryRow, *_: Any) -> Any:
        raise BadInput(f"{memory.name!r} as it was can be asked, and not changed")


def position(journal: Journal, memory: MemoryRow, when: int | str) -> int:
    """The last event that counts: `when` is a position, a time (ISO 8601; without a zone UTC), or `session:N` for its end.

    Raises
    ------
    BadInput
        It is none of these, or there was no such session.
    """
    if isinstance(when, bool) or not isinstance(when, str | int | np.integer | datetime):
        raise BadInput(f"as of {shown(when)}: give a position, a time such as 2026-11-21T10:00, or session:N")
    text = str(when).strip()
    if text.removeprefix("-").isdecimal():
        if len(text) > 19 or not 0 <= int(text) <= memory.position:
            raise BadInput(f"as of {text[:40]}: {memory.name!r} has the positions 0 to {memory.position:,}")
        return int(text)
    if text.startswith("session:"):
        found = [row["last"] for row in history.spans(journal, memory) if str(row["session"]) == text[8:]]
        if not found:
            raise BadInput(f"no {text} wrote to {memory.name!r}; `plasticdb sessions {memory.name}` lists them")
        return int(found[0])
    try:
        seconds = iso(text)
    except (ValueError, OverflowError):
        raise BadInput(f"as of {shown(text)}: give a position, a time such as 2026-11-21T10:00, or session:N") from None
    return history.at(journal, memory, seconds)


def as_it_was(
    journal: Journal, memory: MemoryRow, until: int, replay: Callable[[Journal, SQLStore], Any]
) -> tuple[JournalUntil, SQLStore]:
    """The journal up to a position, and a graph of it; `replay` fills a new one. Close the graph after use.

    Raises
    ------
    Forgotten
        A text that was known then was erased since.
    BadMemory
        The memory is dropped meanwhile.
    Unavailable
        Others erase so often that the graph cannot be made in between.
    """
    past, kept = JournalUntil(journal, until), _folder(journal)
    for _ in range(_TRIES):
        memory = known(journal, memory)
        if history.erased_since(journal, memory, until):
            raise Forgotten(
                f"what {memory.name!r} knew at {until:,} was erased from the journal in part; ask for a later time"
            )
        made = (FORMAT, journal.uuid, memory.id, until, memory.erased, *history.void(journal, memory))
        file = kept / f"{hashlib.sha256(repr(made).encode()).hexdigest()[:24]}.db"
        try:
            store = _opened(file, file, memory, until) or _made(past, file, memory, until, replay)
        except Gone:
            continue
        except OSError as error:
            raise StoreError(
                f"the graph of then cannot be made in {kept} ({error.strerror}); make room there, or set XDG_CACHE_HOME; "
                "the memory is untouched"
            ) from None
        except Exception:  # what is read while others erase need not fit together
            if _untouched(journal, memory):
                raise
            continue
        if store is not None and _untouched(journal, memory):
            _evict(kept)
            return past, store
        if store is not None:
            store.close()
        _delete(file)  # an erased text may be in it
    raise Unavailable(f"{memory.name!r} is being written to; ask of then again when that is done")


def _untouched(journal: Journal, memory: MemoryRow) -> bool:
    """Whether the memory is still there, and nothing was erased since it was looked at."""
    now = journal.now(memory)
    return now is not None and now.erased == memory.erased


def _made(
    past: JournalUntil, file: Path, memory: MemoryRow, until: int, replay: Callable[[Journal, SQLStore], Any]
) -> SQLStore | None:
    """A new graph of the past, opened before it is put in its place: others may delete it from there at any time."""
    with making(file.parent) as scratch:
        fresh = scratch / "past.db"
        with closing(SQLStore.connect(str(fresh))) as graph:
            graph.check(past.uuid)
            replay(past, graph)
            truncate_log(graph.engine)  # or what did not fit on the disk would stay in the log without a word
        store = _opened(fresh, file, memory, until)
        if store is not None:
            try:
                put(fresh, file)
            except OSError:
                store.close()
                raise
    return store


def _opened(there: Path, file: Path, memory: MemoryRow, until: int) -> SQLStore | None:
    """The finished graph of the past that is `there`, and whose place is `file`.

    None where there is none; one that cannot be read is deleted.
    """
    if not there.exists():
        return None
    store = SQLStore(frozen(there, file))
    with suppress(StoreError):
        graph = store.memory(memory.name)
        if (graph.position if graph is not None else 0) == until:
            return store
    store.close()
    _delete(there)
    return None


def _evict(kept: Path) -> None:
    """Delete the oldest. Who has one of them open can still read it."""
    found = []
    with suppress(OSError):  # others delete too
        for path in kept.glob("*.db"):
            with suppress(OSError):
                found.append((path.stat().st_mtime, path))
    for made, path in sorted(found)[:-KEPT]:
        if made < time.time() - YOUNG:
            _delete(path)


def _delete(file: Path) -> None:
    for part in ("", "-wal", "-shm"):
        with suppress(OSError):  # another process may be using it, or was faster
            Path(f"{file}{part}").unlink()


def forget(journal: Journal) -> None:
    """Delete the graphs of the past: what is erased must not stay in them."""
    throw_away(journal.engine.url, "past")


def _folder(journal: Journal) -> Path:
    return cache_folder(journal.engine.url, "past")
