"""Taking memories out of a database and into another one: the verbs export, import, copy and backup."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .checks import called, flag, one_of, optional, path, shown, text, whole
from .errors import BadInput, BadMemory, Unavailable, UnknownKind
from .graph.sql import SQLStore
from .handles import Handle
from .journal.operations import operation as an_operation
from .journal.rows import MemoryRow
from .kinds import beginnings
from .memory.accepted import accepted
from .memory.base import Memory, Progress
from .memory.opening import checked_name
from .memory.options import unknown

__all__ = ["COPIED", "MOST", "Moving"]

MOST = 1_000_000_000
"""Samples or events of a batch at most."""
COPIED = 50_000
"""Events of a batch that are copied, where no `batch` is given."""


class Moving(Handle):
    """A handle that takes memories out and in."""

    @abstractmethod
    def memory(
        self, name: str, kind: str | None = None, *, batch: int | None = None, **options: Any
    ) -> Memory[Any, Any]:
        """The memory of a name."""

    @abstractmethod
    def _check(self, patient: bool = True) -> None:
        """Check graph and journal against each other."""

    def _chosen(self, memory: str | None) -> list[MemoryRow]:
        """A memory of the journal, or all of them; raises BadMemory where there is none."""
        memory = None if memory is None else checked_name(memory)
        known = self._journal.memories()
        found = [other for other in known if memory in (None, other.name)]
        if not found and memory is None:
            raise BadMemory(f"there is no memory yet; begin with {beginnings()}")
        if not found:
            raise unknown(str(memory), known)
        return found

    def export(
        self,
        memory: str | None = None,
        to: str | Path = "-",
        *,
        format: str = "jsonl",
        level: int | None = None,
        prefix: str | None = None,
        min_count: int | None = None,
    ) -> list[dict[str, Any]]:
        """Write a memory, or all of them; what was written of each (`position` and how many of what).

        Parameters
        ----------
        to
            A file, `-` for standard output. For csv and parquet a new folder (a file a label or relationship type), or
            a zip of it where the name ends in .zip or is `-`.
        format
            `jsonl` is complete, and `import_` makes the identical memory of it. `csv` (as neo4j-admin imports it),
            `graphml` and `parquet` are the graph.
        level, prefix, min_count
            Take only concepts up to this r_level, whose text begins so, with at least this count, and the relationships
            between what is left (not with jsonl).

        Raises
        ------
        BadInput, StoreError
            It cannot be written; nothing is left there.
        BadMemory
            There is no such memory.
        Unavailable
            A graph that does not answer, or is written to meanwhile.
        """
        from .transfer import export

        chosen, to, format = self._chosen(memory), path("to", to), one_of("format", format, export.FORMATS)
        cut = {
            "level": optional(whole, "level", level, 0),
            "prefix": optional(text, "prefix", prefix),
            "min_count": optional(whole, "min_count", min_count),
        }
        with suppress(Unavailable):  # the journal can be exported all the same
            self._check()
        return export.export(self._journal, self._store, chosen, to, format, cut, self._clock())

    def import_(
        self,
        file: str | Path = "-",
        *,
        name: str | None = None,
        merge: bool = False,
        progress: Progress | None = None,
        operation: str | None = None,
    ) -> list[dict[str, Any]]:
        """Read memories from a file that `export` wrote as jsonl; of each how many events were `imported` and `skipped`.

        Parameters
        ----------
        file
            A path, `-` for standard input.
        name
            What to call the memory here (of a file that holds one).
        merge
            Add to a memory that is there what it lacks; done twice, it adds nothing
            (`plasticdb.sequence.teaching.merge` says how).
        operation
            An id for this call; done again with it, it returns what it did.

        Raises
        ------
        BadInput
            No export, half of one, or a damaged one.
        BadMemory
            The memory is there already, or has other options. Nothing was changed then.
        GraphBehind
            The graph did not answer; the journal has it all, and `sync` goes on from there.
        """
        from .transfer.check import check
        from .transfer.files import rereadable
        from .transfer.load import load, note_erased

        file, merge, progress = path("file", file), flag("merge", merge), optional(called, "progress", progress)
        name = optional(lambda _, given: checked_name(given), "name", name)
        with rereadable(file) as stream:
            found = check(stream, file)
            if name is not None and len(found.memories) != 1:
                raise BadInput(f"{file} holds {len(found.memories)} memories, which cannot all be called {name!r}")
            names = {memory.name: name or memory.name for memory in found.memories}
            for new in names.values():
                checked_name(new)
            with suppress(Unavailable):
                self._check()
            once = an_operation("import", operation)
            done, erased = load(self._journal, found, stream, names, merge, once, self._clock())
        for memory in done:
            with accepted():
                self.memory(memory.memory).sync(progress)
                note_erased(self._journal, memory.memory, erased[memory.memory])
        return [asdict(memory) for memory in done]

    def copy(
        self, to: Moving, memory: str | None = None, *, batch: int | None = None, progress: Progress | None = None
    ) -> dict[str, int]:
        """Copy a memory, or all, to another database, journal and graph; the number of events of each that were new there.

        Done again it copies what came since; after a kill it goes on where it was. Where the other database has the
        same journal, only its graph is made. batch: events that one transaction takes at most.

        Raises
        ------
        BadMemory
            A memory of that name is there and no copy of this one, and UnknownKind when all are copied where this
            version does not know the kind of one.
        """
        from .transfer.copy import copy_journal
        from .transfer.load import note_erased

        if not isinstance(to, Moving):
            raise BadInput(f"to must be a PlasticDB that is open, not {shown(to)}")
        batch, progress = optional(whole, "a batch", batch, 1, MOST), optional(called, "progress", progress)
        copied: dict[str, int] = {}
        unknown: UnknownKind | None = None
        for known in self._chosen(memory):
            done = 0
            if to._journal.uuid != self._journal.uuid:
                done = copy_journal(self._journal, to._journal, known, batch or COPIED, progress)
            copied[known.name] = done
            try:
                with accepted():
                    to.memory(known.name, batch=batch).sync(progress)
            except UnknownKind as error:  # its journal is there, for a version that knows it
                unknown = unknown or error
            else:
                note_erased(to._journal, known.name, known.erased)
        if unknown is not None:
            raise unknown
        return copied

    def backup(self, file: str | Path, *, replace: bool = False, progress: Progress | None = None) -> int:
        """Copy the SQLite file, as it is at one moment and while others write, to another one; its size in bytes.

        Parameters
        ----------
        replace
            Also where that file is there. A file that is open must not be copied by other means: what was learned last
            is in its log. The copy is a database as the first; of the two only one should learn on.

        Raises
        ------
        BadInput
            The file is there, or the database is no file (`copy` and `export` take it out then).
        """
        from .transfer.backup import backup, refused

        if not (isinstance(self._store, SQLStore) and self._store.engine is self._journal.engine):
            graph = self._store.engine.url.database if isinstance(self._store, SQLStore) else "Neo4j"
            raise refused(self._journal.engine, str(graph))
        if self._journal.dialect != "sqlite":
            raise refused(self._journal.engine, "")
        progress = optional(called, "progress", progress)
        return backup(self._journal.engine, Path(path("file", file)), flag("replace", replace), progress)
