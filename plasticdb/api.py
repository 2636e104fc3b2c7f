"""The front door: a database, and its memories of each kind."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import RLock
from typing import TYPE_CHECKING, Any

from .checks import amount, one_of, optional, whole
from .database import Database
from .errors import BadMemory, Unavailable
from .graph.store import GraphStore
from .journal.journal import Journal
from .kinds import Kind, kind_of, kinds, load
from .memory import as_of
from .memory.base import Memory
from .memory.erase import lingering
from .memory.opening import checked_name, checked_options
from .memory.options import opened
from .memory.pace import MAX_MEMORY
from .moving import MOST

if TYPE_CHECKING:
    from .continual.memory import ContinualClassifier
    from .engram.memory import EngramMemory
    from .sequence.memory import SequenceMemory
    from .transform.memory import TransformMemory

__all__ = ["PlasticDB"]


class PlasticDB(Database):
    """A journal and a graph, with any number of memories. Use `PlasticDB.open`, best in a `with` statement.

    Threads may share it. Those that use one memory take turns; those that use different ones do not wait for each other.

    Examples
    --------
    >>> with PlasticDB.open(":memory:") as db:
    ...     names = db.sequence("names")
    ...     names.learn_many(["emma", "emily"], source="two names")
    ...     names.stats()["concepts"]
    Taught(learned=2, skipped=0)
    4
    """

    def __init__(self, journal: Journal, store: GraphStore, clock: Callable[[], float] = time.time) -> None:
        super().__init__(journal, store, clock)
        self._memories: dict[tuple[str, str], Memory[Any, Any]] = {}
        self._opening = RLock()
        self._checked_for: tuple[Kind, ...] = ()

    def memory(
        self,
        name: str,
        kind: str | None = None,
        *,
        batch: int | None = None,
        max_memory: int | str | None = None,
        **options: Any,
    ) -> Memory[Any, Any]:
        """The memory of a name, of any kind.

        Parameters
        ----------
        name
            Its name.
        kind
            What it is, or is to be; by default what it is. A new one is made when it first learns.
        batch
            Events that one graph transaction takes at most.
        max_memory
            What the process may take where it learns, about: bytes, or "500MB" (default 1GB).
        options
            What it is made with; each kind has its own. A memory keeps them.

        Raises
        ------
        BadMemory
            There is no such memory and no kind is given, it is of another kind, or was made with other options.
        """
        name = checked_name(name)
        if kind is not None:
            one_of("kind", kind, [known.name for known in kinds()])
            return self._memory(name, kind, batch, max_memory, options)
        while True:
            found = opened(self._journal, name, "").kind
            try:
                return self._memory(name, found, batch, max_memory, options)
            except BadMemory:  # is it of another kind by now?
                if opened(self._journal, name, "").kind == found:
                    raise

    def _memory(
        self, name: str, kind: str, batch: int | None, max_memory: int | str | None, options: Mapping[str, Any]
    ) -> Memory[Any, Any]:
        declared = kind_of(name, kind)
        asked, batch = checked_options(declared, options), optional(whole, "a batch", batch, 1, MOST)
        most = optional(amount, "max_memory", max_memory)
        made: type[Memory[Any, Any]] = load(declared.memory)
        with suppress(Unavailable):  # what is learned now goes into the journal first, and the graph is waited for then
            self._check(patient=False)
        with self._opening:
            memory = self._memories.get((kind, name))
            how = (batch or made.most, most or MAX_MEMORY)
            if memory is None or how != (memory.batch, memory.max_memory) or any(v is not None for v in asked.values()):
                memory = made(name, self._journal, self._store, asked, self._clock, batch, self._check, self, most)
                self._memories[kind, name] = memory
        return memory

    def sequence(
        self,
        name: str,
        *,
        tokenizer: str | None = None,
        depth: int | None = None,
        max_symbols: int | None = None,
        normalize: str | None = None,
        lower: bool | None = None,
        views: str | None = None,
        max_contexts: int | None = None,
        shortcuts: int | None = None,
        batch: int | None = None,
        max_memory: int | str | None = None,
    ) -> SequenceMemory:
        """The sequence memory of a name; it is made when it first learns.

        Parameters
        ----------
        tokenizer
            `chars` (default), `words`, `bytes` or `symbols`.
        depth
            How many symbols back the view `suffix` reaches, where `views` do not say so.
        max_symbols
            The longest sample it takes (default 10,000).
        normalize
            `NFC` or `NFKC`, the normal form of Unicode that every text is brought into (default: as it is).
        lower
            Whether every text is brought into lower case (default: as it is).
        views
            What contexts are made of, such as "suffix 5, position 16", or "small", "standard" (the default) or "large", which
            stand for a set by the tokenizer (docs/views.md).
        max_contexts
            How many contexts it may have, about: where learning leaves more, it collapses to three quarters of them.
        shortcuts
            How far apart two symbols may be that are associated since they are in the same samples again and again, where no
            context sees both, up to 256 (none are; docs/views.md).
        batch
            Samples that one graph transaction takes at most (default 50,000).
        max_memory
            What the process may take where it learns, about: bytes, or "500MB" (default 1GB). It decides how much is
            learned at a time, and held of the graph.

        Raises
        ------
        BadInput
            The memory that it may take is less than one batch needs.
        BadMemory
            It was made with other options, or is of another kind.
        """
        options: dict[str, Any] = {"tokenizer": tokenizer, "depth": depth, "max_symbols": max_symbols}
        options |= {
            "normalize": normalize,
            "lower": lower,
            "views": views,
            "max_contexts": max_contexts,
            "shortcuts": shortcuts,
        }
        how: dict[str, Any] = {"batch": batch, "max_memory": max_memory}
        found: SequenceMemory = self.memory(name, "sequence", **how, **options)  # type: ignore[assignment]
        return found

    def engrams(
        self,
        name: str,
        *,
        dimension: int | None = None,
        embedder: str | None = None,
        owner: str | None = None,
        capacity: int | None = None,
        near: int | None = None,
        far: int | None = None,
        depth: int | None = None,
        lifespan: float | None = None,
        capacity_long: int | None = None,
        seed: int | None = None,
        language: str | None = None,
        stop_words: bool | None = None,
        merge_above: float | None = None,
        shortcuts: int | None = None,
        weights: str | None = None,
        batch: int | None = None,
    ) -> EngramMemory:
        """The engram memory of a name; made when it first remembers: a new one needs its `dimension`, or an `embedder`.

        Parameters
        ----------
        dimension
            Numbers in a vector.
        embedder
            What makes vectors of texts: `ngrams`, or one of another package (docs/embedders.md). The memory takes texts
            then, and keeps its notes unless it is given a `lifespan`.
        owner
            Makes it the memory "NAME/OWNER" (no `/` in it): one each, that know nothing of each other.
        capacity
            Engrams that short-term memory holds (default 32); the oldest beyond become long-term.
        near, far
            How many short-term and long-term engrams are reminded at most (8 each).
        depth
            The steps of a walk (5).
        lifespan
            Ticks that a new engram lives (32; with an embedder, until it is forgotten).
        capacity_long
            Engrams that long-term memory holds; beyond, those that were rewarded and fired least go (any number).
        seed
            Of choices between equals (0).
        language, stop_words
            Of texts: by whose endings words are stemmed (`english`; `none`: not at all), and whether words that are in
            every text, such as "the", are left out (True).
        merge_above
            Of texts: the cosine with a note that is alive from which on a new one is merged into that (never).
        shortcuts
            How many firings may lie between two that are associated since they fire apart again and again, and never
            together, up to 32 (none are; docs/recall.md).
        weights
            Of texts: what the ways of recalling weigh, where not as usual, such as `vector 0.5, time 0` (docs/recall.md).
        batch
            Events that one graph transaction takes at most (default 5,000).

        Raises
        ------
        BadMemory
            It was made with other options, is of another kind, or is new and has no dimension and no embedder.
        """
        name = checked_name(name)
        if owner is not None:
            from .engram.arguments import owned  # who has sequences alone need not wait for it

            full = owned(name, owner)
            if dimension is None and embedder is None and self._journal.memory(full) is None:
                raise BadMemory(f"{owner!r} has no memory {name!r} yet; a new one needs its dimension, or an embedder")
            name = full
        options: dict[str, Any] = {
            "dimension": dimension,
            "embedder": embedder,
            "capacity": capacity,
            "near": near,
            "far": far,
            "depth": depth,
            "lifespan": lifespan,
            "seed": seed,
            "capacity_long": capacity_long,
            "language": language,
            "stop_words": stop_words,
            "merge_above": merge_above,
            "shortcuts": shortcuts,
            "weights": weights,
        }
        found: EngramMemory = self.memory(name, "engram", batch=batch, **options)  # type: ignore[assignment]
        return found

    def transforms(
        self,
        name: str,
        key_dimension: int | None = None,
        value_dimension: int | None = None,
        *,
        capacity: int | None = None,
        half_life: float | None = None,
        similarity: str | None = None,
        batch: int | None = None,
    ) -> TransformMemory:
        """The transform memory of a name; made when it is first written to: a new one needs both dimensions.

        Parameters
        ----------
        key_dimension, value_dimension
            Numbers in a key, and in a value: up to 4,096 each.
        capacity
            Raw slots that it holds; where another is written, the least used one is archived (any number).
        half_life
            Seconds after which a use counts half (86,400: a day).
        similarity
            By what keys are near: `l2`, their distance (default); or `cosine`, their direction, so that they are kept at
            length 1.
        batch
            Events that one graph transaction takes at most (default 20,000).

        Raises
        ------
        BadMemory
            It was made with other options, is of another kind, or is new and lacks a dimension.
        """
        options: dict[str, Any] = {"key_dimension": key_dimension, "value_dimension": value_dimension}
        options |= {"capacity": capacity, "half_life": half_life, "similarity": similarity}
        found: TransformMemory = self.memory(name, "transform", batch=batch, **options)  # type: ignore[assignment]
        return found

    def classifier(
        self,
        name: str,
        dimension: int | None = None,
        *,
        features: str | None = None,
        budget: int | None = None,
        share: int | None = None,
        rank: int | None = None,
        batch: int | None = None,
        **settings: Any,
    ) -> ContinualClassifier:
        """The continual classifier of a name; made when it first learns.

        Parameters
        ----------
        dimension
            Numbers in a sample, up to 16,384; of a new one by default that of the first samples.
        features
            `sparse`: samples are mappings from features (texts) to numbers, which are hashed into so many numbers as there are
            dimensions (512). By default `dense`: samples are lists of numbers.
        budget, share
            How many neurons there may be in all, and of one label (2,000 and 40).
        rank
            Directions in which a neuron's samples vary that it keeps (16).
        batch
            Events that one graph transaction takes at most (default 8,192).
        **settings
            How neurons grow and adapt, by name, where not as usual: see `plasticdb.continual.state.Settings`.

        Raises
        ------
        BadMemory
            It was made with other options, or is of another kind.
        """
        options: dict[str, Any] = {
            "dimension": dimension,
            "features": features,
            "budget": budget,
            "share": share,
            "rank": rank,
        }
        options |= settings
        found: ContinualClassifier = self.memory(name, "classifier", batch=batch, **options)  # type: ignore[assignment]
        return found

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

    def _check(self, patient: bool = True) -> None:
        """Check graph and journal against each other, once they can be. A memory does so too, before it uses the graph.

        It is done again when another kind is known, which may need tables.
        """
        if self._checked_for != (known := kinds()):
            self._store.check(self._journal.uuid, patient=patient)
            self._checked_for = known

    def release(self) -> None:
        """Drop what this process holds of the graphs; the next questions fetch again."""
        for memory in list(self._memories.values()):
            memory.release()

    def drop(self, memory: str) -> None:
        """Remove a memory, its graph and its journal. It cannot be undone.

        Raises
        ------
        Unavailable
            Another process reads so long that the texts stay in the database's log meanwhile.
        """
        memory = checked_name(memory)
        with self._journal.turn(memory):
            (row,) = self._chosen(memory)
            self._check()
            self._store.drop(memory)
            self._journal.drop(row)
            as_of.forget(self._journal)
            self._store.drop(memory)  # a writer that had not noticed may have begun it again
            with self._opening:
                self._memories = {key: one for key, one in self._memories.items() if key[1] != memory}
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
