"""The front door: open a database, and every verb of the command line as a method."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import asdict
from datetime import timedelta
from html import escape
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from . import checks
from .checks import called, flag, listed, number, one_of, optional, path, seconds, shown, text, whole
from .connecting import connected, named
from .errors import BadInput, BadMemory, Forgotten, PlasticDBError, StoreError, Stuck, Unavailable
from .graph.neo4j.address import is_neo4j
from .graph.sql import SQLStore
from .graph.store import GraphStore
from .handles import Address, address, again, watch
from .journal import history
from .journal.journal import Journal
from .journal.operations import operation as an_operation
from .journal.rows import MemoryRow
from .kinds import described
from .kit.texts import is_name
from .memory import as_of
from .memory.accepted import accepted
from .memory.base import Progress
from .memory.difference import Difference, diff
from .memory.display import Predictions, table
from .memory.erase import lingering
from .memory.locking import in_turn
from .memory.options import opened, unknown
from .migrating import Migrations
from .sequence.ingest import Ingested, ingest
from .sequence.memory import SequenceMemory
from .sequence.options import BATCH
from .sequence.tokens import Sample
from .sql import migrations
from .sql.engine import close, renew, shown_url, sql_url
from .waiting import waited

if TYPE_CHECKING:
    from .engram.memory import EngramMemory

__all__ = ["PlasticDB"]

MOST = 1_000_000_000
"""Samples or events of a batch at most."""
_Kind = TypeVar("_Kind", bound="SequenceMemory | EngramMemory")


class PlasticDB:
    """A journal and a graph, with any number of memories. Use `PlasticDB.open`, best in a `with` statement.

    Threads may share it: they take turns.

    Examples
    --------
    >>> with PlasticDB.open(":memory:") as db:
    ...     names = db.sequence("names")
    ...     names.learn_many(["emma", "emily"], source="two names")
    ...     db.stats("names")["concepts"]
    Taught(learned=2, skipped=0)
    4
    """

    def __init__(self, journal: Journal, store: GraphStore, clock: Callable[[], float] = time.time) -> None:
        self._journal, self._store, self._clock = journal, store, clock
        self._memories: dict[str, SequenceMemory] = {}
        self._engrams: dict[str, EngramMemory] = {}
        self._checked = False
        self._address: Address | str = "only what `PlasticDB.open` gave can be opened again in another process"
        self._where = ""
        self.closed = False

    @classmethod
    def open(
        cls,
        db: str | Path = "plasticdb.db",
        journal: str | Path | None = None,
        *,
        username: str = "neo4j",
        password: str | None = None,
        database: str | None = None,
        timeout: float = 30.0,
        wait: float = 0.0,
        clock: Callable[[], float] = time.time,
        create: bool = True,
    ) -> Self:
        """Open a database; a SQLite file is made if it is not there.

        Parameters
        ----------
        db: the graph: a path, `sqlite:///FILE`, `:memory:`, `postgresql+psycopg://...`, `neo4j://HOST` (also
            `neo4j://HOST/DATABASE`) or `bolt://HOST`.
        journal: a path or SQL URL; default the graph's own database, beside Neo4j `plasticdb-journal.db`.
        username, password, database: for Neo4j (its database is `neo4j` where none is named here or in `db`).
        timeout: seconds to wait for a lock, or for a server that is away or does not answer. wait: seconds to wait first
            for servers that are starting.
        clock: gives the time in seconds since 1970; decay goes by it. create: make a SQLite file that is not there.

        Raises
        ------
        BadInput: an address that cannot be used, or a file that is not there.
        SchemaBehind: the journal's server has no tables yet, or older ones: see `Migrations`.
        StoreError, Unavailable: the journal cannot be opened. A graph that does not answer is found when it is needed.
        """
        up_by, clock = time.monotonic() + seconds("wait", wait), called("clock", clock)
        graph, kept = named(db, journal)
        engine, store = connected(graph, kept, username, password, database, timeout, create)
        with ExitStack() as opened:
            opened.callback(close, engine)
            opened.callback(store.close)
            waited(up_by, lambda: migrations.check(engine, "journal"))
            if wait:
                waited(up_by, store.migrations)
            made = cls(Journal(engine), store, clock)
            made._address = address(graph, kept, username, database, timeout, clock)
            made._where = graph if is_neo4j(graph) else shown_url(sql_url(graph))
            opened.pop_all()
        watch(made)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled, it is its address without a password; unpickled, the handle that the process has for that.

        Raises BadInput for a database in memory, or one with a clock of its own.
        """
        if isinstance(self._address, str):
            raise BadInput(self._address)
        return again, (self._address, type(self).open)

    def _renew(self) -> object:
        """In a forked process: leave the connections to the parent, and make others. It happens by itself.

        What is returned is to be kept: it must not be closed here.
        """
        self._journal.renew()
        return renew(self._journal.engine), self._store.renew()

    def close(self) -> None:
        """Note the session's end and give the connections back."""
        try:
            with suppress(StoreError):  # what was done is done: to fail now would say that it was not
                self._journal.end_session(self._clock())
        finally:
            self._let_go()

    def _let_go(self) -> None:
        self.closed = True
        self._store.close()
        close(self._journal.engine)

    def __repr__(self) -> str:
        if self.closed:
            return f"<PlasticDB {self._where!r}, closed>"
        try:
            known = self._journal.memories()
        except PlasticDBError:
            return f"<PlasticDB {self._where!r}>"
        shown = [f"{memory.name} ({memory.kind}, {memory.position:,} events)" for memory in known[:5]]
        more = [f"... {len(known) - 5:,} more"] if len(known) > 5 else []
        return f"<PlasticDB {self._where!r}: {', '.join(shown + more) or 'no memory yet'}>"

    def _repr_html_(self) -> str:
        try:
            rows = [{"memory": m.name, "kind": m.kind, "events": m.position} for m in self._journal.memories()]
        except PlasticDBError:
            return escape(repr(self))
        return table(rows, caption=self._where)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or issubclass(kind, Exception):
            self.close()
        else:
            # Ctrl-C may have hit between the beginning of a transaction and the block that ends it: to write once more
            # would be to wait for ourselves. The session has no end then, as if it had been killed.
            self._let_go()

    # Memories

    @in_turn
    def sequence(
        self,
        name: str,
        *,
        tokenizer: str | None = None,
        depth: int | None = None,
        max_symbols: int | None = None,
        normalize: str | None = None,
        lower: bool | None = None,
        batch: int = BATCH,
    ) -> SequenceMemory:
        """The sequence memory of a name; it is made when it first learns.

        tokenizer: `chars` (default), `words`, `bytes` or `symbols`. depth: how many symbols back a context reaches
        (default 5). max_symbols: the longest sample it takes (default 10,000). normalize: `NFC` or `NFKC`, the normal form
        of Unicode that every text is brought into; lower: into lower case (both not by default). A memory keeps them;
        asking for others later is a BadMemory. batch: samples that one graph transaction takes at most.
        """
        name, batch = _named(name), whole("a batch", batch, 1, MOST)
        options = {
            "tokenizer": optional(text, "tokenizer", tokenizer),
            "depth": optional(whole, "depth", depth),
            "max_symbols": optional(whole, "max_symbols", max_symbols),
            "normalize": optional(text, "normalize", normalize),
            "lower": optional(flag, "lower", lower),
        }
        with suppress(Unavailable):  # what is learned now goes into the journal first, and the graph is waited for then
            self._check(patient=False)
        known = self._memories.get(name)
        if known is None or batch != known.batch or any(value is not None for value in options.values()):
            known = SequenceMemory(name, self._journal, self._store, options, self._clock, batch, self._check, self)
            self._memories[name] = known
        return known

    @in_turn
    def engrams(
        self,
        name: str,
        *,
        dimension: int | None = None,
        owner: str | None = None,
        capacity: int | None = None,
        near: int | None = None,
        far: int | None = None,
        depth: int | None = None,
        lifespan: float | None = None,
        seed: int | None = None,
    ) -> EngramMemory:
        """The engram memory of a name; it is made when it first remembers, and a new one needs its `dimension`.

        Parameters
        ----------
        dimension: numbers in a vector. owner: makes it the memory "NAME/OWNER" (no `/` in it): one each, that know nothing
            of each other.
        capacity: engrams that short-term memory holds (default 32); the oldest beyond become long-term.
        near, far: how many short-term and long-term engrams are reminded at most (8 each). depth: the steps of a walk (5).
        lifespan: ticks that a new engram lives (32). seed: of choices between equals (0).

        A memory keeps these; asking for others later is a BadMemory.
        """
        from .engram.memory import EngramMemory  # who has sequences alone need not wait for it

        name, owner = _named(name), optional(text, "an owner's name", owner)
        full = name if owner is None else _named(f"{name}/{owner}")
        if owner is not None and (not owner.strip() or "/" in owner):
            raise BadInput(f"an owner's name must have a character and no '/', unlike {shown(owner)}")
        if owner is not None and dimension is None and self._journal.memory(full) is None:
            raise BadMemory(f"{owner!r} has no memory {name!r} yet; a new one needs its dimension")
        numbers = {"dimension": dimension, "capacity": capacity, "near": near, "far": far, "depth": depth, "seed": seed}
        options: dict[str, Any] = {what: optional(whole, what, value) for what, value in numbers.items()}
        options["lifespan"] = optional(number, "lifespan", lifespan, "a number of ticks")
        with suppress(Unavailable):
            self._check(patient=False)
        known = self._engrams.get(full)
        if known is None or any(value is not None for value in options.values()):
            known = EngramMemory(full, self._journal, self._store, options, self._clock, check=self._check, home=self)
            self._engrams[full] = known
        return known

    def _memory(self, name: str) -> SequenceMemory | EngramMemory:
        """The memory of a name, of whatever kind it is; raises BadMemory where there is none."""
        name = _named(name)
        while True:
            kind = opened(self._journal, name, "").kind
            try:
                return self.engrams(name) if kind == "engram" else self.sequence(name)
            except BadMemory:  # is it of another kind by now?
                if opened(self._journal, name, "").kind == kind:
                    raise

    def memories(self) -> list[dict[str, Any]]:
        """The memories: `memory`, `kind`, events in the journal (`position`) and those that the graph lacks (`behind`)."""
        self._check()
        graphs = {known.name: self._store.memory(known.name) for known in self._journal.memories()}
        rows = []
        for memory in self._journal.memories():  # behind the graphs, or those might be ahead of it
            graph = graphs.get(memory.name)
            behind = memory.position - (max(graph.position, 0) if graph else 0)
            rows.append({"memory": memory.name, "kind": memory.kind, "position": memory.position, "behind": behind})
        return rows

    @in_turn
    def _check(self, patient: bool = True) -> None:
        """Check graph and journal against each other, once they can be. A memory does so too, before it uses the graph."""
        if not self._checked:
            self._store.check(self._journal.uuid, patient=patient)
            self._checked = True

    def forget(self) -> None:
        """Drop what this process holds of the graphs; the next questions fetch again."""
        known: list[SequenceMemory | EngramMemory] = [*self._memories.values(), *self._engrams.values()]
        for memory in known:
            memory.forget()

    # Verbs of one memory

    def as_of(
        self, memory: str, when: int | str | None
    ) -> AbstractContextManager[SequenceMemory] | AbstractContextManager[EngramMemory]:
        """A memory as it was; see `Memory.as_of`."""
        return self._memory(memory).as_of(when)

    def ingest(self, memory: str, files: Iterable[str], **how: Any) -> Ingested:
        """Learn the samples in files, each line once however often a file is given. A new memory is made.

        files: a list of paths; "-" is standard input. tokenizer, depth, max_symbols, normalize, lower: of a new memory,
            as for `sequence`. batch: samples that are applied at a time.
        input ("lines", "text" or "jsonl"), field, id_field, strip_control, source, mirror, update, again, follow,
            progress, operation: what `plasticdb.sequence.ingest.ingest` says.
        """
        options = {name: how.pop(name, None) for name in ("tokenizer", "depth", "max_symbols", "normalize", "lower")}
        batch = optional(whole, "a batch", how.pop("batch", None), 1, MOST) or BATCH
        named = [path(f"file {i:,}", file) for i, file in enumerate(listed("files", files), 1)]
        return ingest(self.sequence(memory, **options, batch=batch), named, **how)

    def predict(self, memory: str, prompt: Sample = "", *, as_of: int | str | None = None, **how: Any) -> Predictions:
        with self.sequence(memory).as_of(as_of) as then:
            return then.predict(prompt, **how)

    def complete(self, memory: str, prompt: Sample = "", **how: Any) -> list[Any]:
        return self.sequence(memory).complete(prompt, **how)

    def score(self, memory: str, samples: Iterable[Sample], *, as_of: int | str | None = None) -> Any:
        with self.sequence(memory).as_of(as_of) as then:
            return then.score(samples)

    def explain(
        self, memory: str, prompt: Sample, symbol: str | None = None, *, as_of: int | str | None = None, **how: Any
    ) -> Any:
        with self.sequence(memory).as_of(as_of) as then:
            return then.explain(prompt, symbol, **how)

    def concepts(self, memory: str, prefix: Sample = "", *, as_of: int | str | None = None, **how: Any) -> Any:
        with self.sequence(memory).as_of(as_of) as then:
            return then.concepts(prefix, **how)

    def tree(self, memory: str, prefix: Sample = "", **how: Any) -> Any:
        return self.sequence(memory).tree(prefix, **how)

    def unlearn(self, memory: str, samples: Iterable[Sample] | Sample | None = None, **how: Any) -> int:
        return self.sequence(memory).unlearn(samples, **how)

    def reinforce(self, memory: str, samples: Iterable[Sample] | Sample | None = None, **how: Any) -> int:
        return self.sequence(memory).reinforce(samples, **how)

    def weaken(self, memory: str, samples: Iterable[Sample] | Sample | None = None, **how: Any) -> int:
        return self.sequence(memory).weaken(samples, **how)

    def decay(self, memory: str, half_life: float | timedelta, **how: Any) -> int:
        return self.sequence(memory).decay(half_life, **how)

    def stats(self, memory: str, *, as_of: int | str | None = None) -> dict[str, Any]:
        with self._memory(memory).as_of(as_of) as then:
            return then.stats()

    def diff(self, memory: str, since: int | str, until: int | str | None = None) -> Iterator[Difference]:
        """What came, went and changed in a memory between two moments (`as_of`; `until` is now by default).

        Concepts (of the abstraction tree by their count) and synapses (by their weight), in no particular order.
        """
        now = self.sequence(memory)
        if until is None:  # not the live graph: that moves on while it is read, and may be behind
            until = opened(self._journal, memory, now.kind.name).position
        with now.as_of(since) as before, now.as_of(until) as after:
            yield from diff(before.store, after.store, memory)

    def sources(self, memory: str) -> list[dict[str, Any]]:
        return self.sequence(memory).sources()

    # Verbs of the database

    def sessions(self, memory: str | None = None) -> list[dict[str, Any]]:
        """The sessions that wrote, to one memory or to any."""
        return history.sessions(self._journal) if memory is None else self._memory(memory).sessions()

    def query(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        /,
        *,
        timeout: float | None = None,
        explain: bool = False,
        **more: Any,
    ) -> Iterator[dict[str, Any]]:
        """The rows of a read-only Cypher query, as they come.

        Parameters
        ----------
        parameters, more: what `$name` stands for in the query: JSON values.
        timeout: seconds until it is given up. explain: how the engine would find them, instead.

        Raises
        ------
        BadInput: it is no Cypher, it writes, its parameters are not these, or it does not run on this store (docs/cypher.md).
        Unavailable: it took longer than `timeout`.

        Examples
        --------
        >>> with PlasticDB.open(":memory:") as db:
        ...     names = db.sequence("names").learn_many(["emma", "emily"])
        ...     list(db.query("MATCH (c:Concept {text: $text, chain: 'prefix'}) RETURN c.count AS samples", text="em"))
        [{'samples': 2}]
        """
        values = checks.parameters({} if parameters is None else parameters) | checks.parameters(more)
        timeout, explain = optional(seconds, "timeout", timeout), flag("explain", explain)
        self._check()
        return self._store.cypher(cypher, values, timeout=timeout, explain=explain)

    def schema(self) -> list[dict[str, Any]]:
        """What is in the graph: of each label and relationship type how many, its properties, their types and meaning."""
        self._check()
        counts = self._store.counts()
        return [
            {"part": shown, "count": counts[name], "property": p.name, "type": p.type, "meaning": p.doc}
            for name, shown, properties in described()
            for p in properties
        ]

    def sync(self, memory: str | None = None, progress: Progress | None = None) -> dict[str, int]:
        """Apply what the journal has and the graph lacks, of one memory or all; the number of events of each.

        Of all, one that is dropped meanwhile is left out, and one that cannot catch up is an error when the others have.
        """
        progress = optional(called, "progress", progress)
        self._check()
        if memory is not None:
            return {memory: self._memory(memory).sync(progress)}
        done, failed = {}, None
        for known in self._journal.memories():
            try:
                done[known.name] = self._memory(known.name).sync(progress)
            except BadMemory:
                if self._journal.now(known) is not None:
                    raise
            except (Forgotten, Stuck) as error:  # which keep no other memory from catching up
                failed = failed or error
        if failed is not None:
            raise failed
        return done

    def rebuild(self, memory: str, progress: Progress | None = None) -> int:
        """Throw the graph of a memory away and make it again from the journal; how many events."""
        self._check()
        return self._memory(memory).rebuild(progress)

    def skip(self, memory: str, position: int) -> str:
        """Leave out an event that cannot be applied (an error says so and names it), and go on; what kind it was.

        From then on it has no effect anywhere, as if it had never been. Raises BadInput where that cannot be.
        """
        return self._memory(memory).skip(position)

    def verify(self, memory: str) -> list[str]:
        """Replay the journal into a scratch graph and compare; what is unlike, in words (empty: graph and journal agree)."""
        return self._memory(memory).verify()

    def migrations(self) -> list[tuple[str, bool]]:
        """(name, applied) of every migration of journal and graph."""
        return Migrations(self._journal.engine, self._store).status()

    def migrate(self) -> list[str]:
        """Bring journal and graph to this version's schema; the names of the migrations that were applied."""
        return Migrations(self._journal.engine, self._store).up()

    # Taking memories out and in

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
        to: a file, `-` for standard output. For csv and parquet a new folder (a file a label or relationship type), or
            a zip of it where the name ends in .zip or is `-`.
        format: `jsonl` is complete, and `import_` makes the identical memory of it. `csv` (as neo4j-admin imports it),
            `graphml` and `parquet` are the graph.
        level, prefix, min_count: take only concepts up to this r_level, whose text begins so, with at least this count,
            and the relationships between what is left (not with jsonl).

        Raises
        ------
        BadInput, StoreError: it cannot be written; nothing is left there. BadMemory: there is no such memory.
        Unavailable: a graph that does not answer, or is written to meanwhile.
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

    @in_turn
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
        file: a path, `-` for standard input. name: what to call the memory here (of a file that holds one).
        merge: add to a memory that is there what it lacks; done twice, it adds nothing (`plasticdb.transfer.merge`).
        operation: an id for this call; done again with it, it returns what it did.

        Raises
        ------
        BadInput: no export, half of one, or a damaged one. BadMemory: the memory is there already, or has other options.
        Nothing was changed then.
        GraphBehind: the graph did not answer; the journal has it all, and `sync` goes on from there.
        """
        from .transfer.check import check
        from .transfer.files import rereadable
        from .transfer.load import load, note_erased

        file, merge, progress = path("file", file), flag("merge", merge), optional(called, "progress", progress)
        name = optional(lambda _, given: _named(given), "name", name)
        with rereadable(file) as stream:
            found = check(stream, file)
            if name is not None and len(found.memories) != 1:
                raise BadInput(f"{file} holds {len(found.memories)} memories, which cannot all be called {name!r}")
            names = {memory.name: name or memory.name for memory in found.memories}
            for new in names.values():
                _named(new)
            with suppress(Unavailable):
                self._check()
            once = an_operation("import", operation)
            done, erased = load(self._journal, found, stream, names, merge, once, self._clock())
        for memory in done:
            self._memory(memory.memory).sync(progress)
            with accepted():
                note_erased(self._journal, memory.memory, erased[memory.memory])
        return [asdict(memory) for memory in done]

    def copy(
        self, to: PlasticDB, memory: str | None = None, *, batch: int = BATCH, progress: Progress | None = None
    ) -> dict[str, int]:
        """Copy a memory, or all, to another database, journal and graph; the number of events of each that were new there.

        Done again it copies what came since; after a kill it goes on where it was. Where the other database has the
        same journal, only its graph is made. batch: events that one transaction takes at most.

        Raises BadMemory where a memory of that name is there and no copy of this one.
        """
        from .transfer.copy import copy_journal
        from .transfer.load import note_erased

        if not isinstance(to, PlasticDB):
            raise BadInput(f"to must be a PlasticDB that is open, not {shown(to)}")
        batch, progress = whole("a batch", batch, 1, MOST), optional(called, "progress", progress)
        copied = {}
        for known in self._chosen(memory):
            done = 0
            if to._journal.uuid != self._journal.uuid:
                done = copy_journal(self._journal, to._journal, known, batch, progress)
            if known.kind == "engram":
                to.engrams(known.name).sync(progress)
            else:
                to.sequence(known.name, batch=batch).sync(progress)
            note_erased(to._journal, known.name, known.erased)
            copied[known.name] = done
        return copied

    def backup(self, file: str | Path, *, replace: bool = False, progress: Progress | None = None) -> int:
        """Copy the SQLite file, as it is at one moment and while others write, to another one; its size in bytes.

        replace: also where that file is there. A file that is open must not be copied by other means: what was learned
        last is in its log. The copy is a database as the first; of the two only one should learn on.

        Raises BadInput where the file is there, or the database is no file (`copy` and `export` take it out then).
        """
        from .transfer.backup import backup, refused

        if not (isinstance(self._store, SQLStore) and self._store.engine is self._journal.engine):
            graph = self._store.engine.url.database if isinstance(self._store, SQLStore) else "Neo4j"
            raise refused(self._journal.engine, str(graph))
        if self._journal.dialect != "sqlite":
            raise refused(self._journal.engine, "")
        progress = optional(called, "progress", progress)
        return backup(self._journal.engine, Path(path("file", file)), flag("replace", replace), progress)

    def _chosen(self, memory: str | None) -> list[MemoryRow]:
        """A memory of the journal, or all of them; raises BadMemory where there is none."""
        memory = None if memory is None else _named(memory)
        known = self._journal.memories()
        found = [other for other in known if memory in (None, other.name)]
        if not found and memory is None:
            raise BadMemory("there is no memory yet; begin with `plasticdb ingest` or `plasticdb engram remember`")
        if not found:
            raise unknown(str(memory), known)
        return found

    @in_turn
    def drop(self, memory: str) -> None:
        """Remove a memory, its graph and its journal. It cannot be undone.

        Raises Unavailable where another process reads so long that the texts stay in the database's log meanwhile.
        """
        (known,) = self._chosen(_named(memory))
        self._check()
        self._store.drop(memory)
        self._journal.drop(known)
        as_of.forget(self._journal)
        self._store.drop(memory)  # a writer that had not noticed may have begun it again
        self._memories.pop(memory, None)
        self._engrams.pop(memory, None)
        try:
            left = lingering(self._store.shred, self._journal.shred)  # copies for Cypher and logs have its texts
        except Unavailable as error:
            if self._journal.dialect == "postgresql":
                raise Unavailable(f"{memory!r} is dropped, but {error}") from None
            raise Unavailable(
                f"{memory!r} is dropped, but its texts stay in the database's log while another process reads it; "
                "they go when the last process that has it open ends"
            ) from None
        if left:
            raise left[0]


def _named(name: str) -> str:
    """The name of a memory, if it can be one."""
    if not is_name(name):
        raise BadInput("a memory's name must have 1 to 200 characters, no control characters, and not only spaces")
    return str.__str__(name)
