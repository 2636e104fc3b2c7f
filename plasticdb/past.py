"""A memory as it was: which position is meant, and a graph of the journal up to there, made once and kept in a cache."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import history
from .errors import BadInput, Forgotten, StoreError
from .folders import cache_folder, making
from .journal import Journal, Memory
from .stores.sql import SQLStore

__all__ = ["JournalUntil", "as_it_was", "forget", "position"]

FORMAT = 2
"""How a graph of the past is made. Another number: those that are there are not used any more."""
KEPT = 4
"""Graphs of the past that are kept."""


class JournalUntil(Journal):
    """A journal that ends at a position of one memory; it is read and never written."""

    def __init__(self, journal: Journal, until: int) -> None:
        super().__init__(journal.engine)
        self._until = until

    def memory(self, name: str) -> Memory | None:
        found = super().memory(name)
        return found and replace(found, position=min(found.position, self._until))

    def to_erase(self, memory: Memory) -> int | None:
        return None

    @contextmanager
    def _pen(self, memory: Memory, time: float) -> Iterator[Any]:
        raise BadInput(f"{memory.name!r} as it was can be asked, and not changed")
        yield


def position(journal: Journal, memory: Memory, when: int | str) -> int:
    """The last event that counts: `when` is a position, a time (ISO 8601; without a zone UTC), or `session:N` for its end.

    Raises BadInput where it is none of these, or there was no such session.
    """
    text = str(when).strip()
    if text.lstrip("-").isdecimal():
        if not 0 <= int(text) <= memory.position:
            raise BadInput(f"as of {text}: {memory.name!r} has the positions 0 to {memory.position:,}")
        return int(text)
    if text.startswith("session:"):
        found = [row["last"] for row in history.spans(journal, memory) if str(row["session"]) == text[8:]]
        if not found:
            raise BadInput(f"no {text} wrote to {memory.name!r}; `plasticdb sessions {memory.name}` lists them")
        return int(found[0])
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"as of {text!r}: give a position, a time such as 2026-11-21T10:00, or session:N") from None
    return history.at(journal, memory, (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def as_it_was(
    journal: Journal, memory: Memory, until: int, replay: Callable[[Journal, SQLStore], Any]
) -> tuple[JournalUntil, SQLStore]:
    """The journal up to a position, and a graph of it; `replay` fills a new one. Close the graph after use.

    Raises Forgotten where a text that was known then was erased since.
    """
    if history.erased_since(journal, memory, until):
        raise Forgotten(
            f"what {memory.name!r} knew at {until:,} was erased from the journal in part; ask for a later time"
        )
    past, kept = JournalUntil(journal, until), _folder(journal)
    made = (FORMAT, journal.uuid, memory.id, until, memory.erased)
    file = kept / f"{hashlib.sha256(repr(made).encode()).hexdigest()[:24]}.db"
    store = _found(file, memory, until)
    if store is None:
        try:
            with making(kept) as scratch:
                fresh = scratch / "past.db"
                with closing(SQLStore.connect(str(fresh))) as graph:
                    graph.check(journal.uuid)
                    replay(past, graph)
                fresh.replace(file)
        except OSError as error:
            raise StoreError(
                f"the graph of then cannot be made in {kept} ({error.strerror}); make room there, or set XDG_CACHE_HOME; "
                "the memory is untouched"
            ) from None
        for old in sorted(kept.glob("*.db"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            with suppress(OSError):  # another process may be using it
                old.unlink()
    return past, store or SQLStore.connect(str(file))


def _found(file: Path, memory: Memory, until: int) -> SQLStore | None:
    """The graph of the past in a file; None where there is none, and one that cannot be read is deleted."""
    if not file.exists():
        return None
    store = SQLStore.connect(str(file))
    with suppress(StoreError):
        graph = store.memory(memory.name)
        if (graph.position if graph is not None else 0) == until:
            return store
    store.close()
    for part in ("", "-wal", "-shm"):
        Path(f"{file}{part}").unlink(missing_ok=True)
    return None


def forget(journal: Journal) -> None:
    """Delete the graphs of the past: what is erased must not stay in them."""
    shutil.rmtree(_folder(journal), ignore_errors=True)


def _folder(journal: Journal) -> Path:
    return cache_folder(journal.engine.url, "past")
