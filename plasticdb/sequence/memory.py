"""The sequence memory: learn samples of symbols, predict what comes next, and take any of it back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from .. import history, past
from ..erasing import erase
from ..errors import BadInput, Forgotten, GraphBehind, NothingLearned, Unavailable
from ..journal import Journal, Memory, Selection
from ..opening import agreed, opened
from ..operations import Offering
from ..operations import operation as an_operation
from ..projection import catch_up
from ..samples import check_source
from ..stores.base import GraphStore
from ..turns import in_turn
from . import ask, browse, explain
from .held import Answer, Held
from .learner import SequenceLearner
from .options import BATCH, BATCH_SYMBOLS, Options
from .tokens import Sample, Tokenizer

__all__ = ["Progress", "SequenceMemory", "Taught"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Taught:
    """What came of offering samples."""

    learned: int
    skipped: int = 0


class SequenceMemory:
    """One memory of sequences, on a journal and a graph store. Made by `PlasticDB.sequence`.

    Examples
    --------
    >>> from plasticdb import PlasticDB
    >>> with PlasticDB.open(":memory:") as db:
    ...     names = db.sequence("names")
    ...     names.learn_many(["emma", "emily", "ann"])
    ...     max(names.predict("em"), key=names.predict("em").get)
    Taught(learned=3, skipped=0)
    'm'
    """

    kind = "sequence"

    def __init__(
        self,
        name: str,
        journal: Journal,
        store: GraphStore,
        options: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.time,
        batch: int = BATCH,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.batch = batch
        self._journal, self._store, self._clock, self._check = journal, store, clock, check
        self._asked = {key: value for key, value in (options or {}).items() if value is not None}
        self._held = Held(store, name)
        known = journal.memory(name)
        self._options = self._kept(known) if known is not None else Options(**self._asked)

    # Learning

    def learn(
        self, sample: Sample, *, source: str | None = None, id: str | None = None, operation: str | None = None
    ) -> Taught:
        """Learn one sample; durable when it returns. See `learn_many`."""
        return self.learn_many([sample], source=source, ids=None if id is None else [id], operation=operation)

    @in_turn
    def learn_many(
        self,
        samples: Iterable[Sample],
        *,
        source: str | None = None,
        ids: Iterable[str] | None = None,
        progress: Progress | None = None,
        operation: str | None = None,
    ) -> Taught:
        """Learn samples, each once; durable when it returns.

        Parameters
        ----------
        samples: texts, or lists of symbols for the tokenizer `symbols`.
        source: what the samples are filed under, to find or unlearn them by.
        ids: one id per sample, unique within its source: a sample whose id the source has taught already is skipped.
            Without ids every sample is a new experience.
        progress: told (position reached, last position) after each batch.
        operation: an id for this call. Done again with it and the same samples, it goes on where it was killed, learns
            nothing twice, and returns what it would have. Without it and without ids, of more than `batch` samples some
            whole batches may be learned when the process is killed, and nobody can tell which.

        Raises
        ------
        BadInput: a sample that this memory does not take, or the operation was another one; nothing was learned.
        Uncertain: the journal's server broke off and stays away; to be done again with the operation that it names.
        GraphBehind: the graph did not answer; the samples are in the journal and `sync` goes on from there.
        """
        payloads = self._payloads(samples)
        names = None if ids is None else list(ids)
        if names is not None and len(names) != len(payloads):
            raise BadInput(f"{len(payloads)} samples but {len(names)} ids; give one id per sample")
        offering = Offering(an_operation("learn", operation))
        learned = self.journal_samples(payloads, source, names, offering)
        offering.complete()
        self.apply(progress)
        return Taught(learned, len(payloads) - learned)

    def _payloads(self, samples: Iterable[Sample]) -> list[str]:
        if isinstance(samples, str | bytes):
            raise BadInput(f"samples must be a list of samples, such as [{samples[:20]!r}], and not one text")
        return [self.payload(sample) for sample in samples]

    def payload(self, sample: Sample) -> str:
        """A sample as the journal keeps it; raises BadInput where this memory does not take it."""
        payload = self.tokenizer.payload(sample)
        size = len(self.tokenizer.encode(payload))
        if size > self.options.max_symbols:
            raise BadInput(
                f"a sample has {size:,} symbols, and this memory takes {self.options.max_symbols:,} (max_symbols); cut it"
            )
        return payload

    @in_turn
    def journal_samples(
        self,
        payloads: Sequence[str],
        source: str | None,
        ids: Sequence[str] | None,
        offering: Offering | None = None,
    ) -> int:
        """Put samples into the journal without applying them yet (`sync` does); how many were new.

        offering: of which operation they are the next samples.
        """
        check_source(source)
        memory, learned, rest = self._open(make=True), 0, iter(range(len(payloads)))
        offering = offering or Offering(an_operation("learn", None))
        while some := list(islice(rest, self.batch)):
            part = payloads[some[0] : some[-1] + 1]
            sizes = [len(self.tokenizer.encode(payload)) + 1 for payload in part]
            names = None if ids is None else ids[some[0] : some[-1] + 1]
            learned += self._journal.learn(memory, source, part, names, sizes, self._clock(), offering)
        return learned

    # Potentiation by hand

    def reinforce(
        self,
        samples: Iterable[Sample] | Sample | None = None,
        *,
        source: str | None = None,
        by: float = 1.0,
        all: bool = False,
        operation: str | None = None,
    ) -> int:
        """Add `by` to the mass of learned samples (a new sample has 1); how many. Choose them as in `unlearn`."""
        return self._potentiate(samples, source, by, 1, all, operation)

    def weaken(
        self,
        samples: Iterable[Sample] | Sample | None = None,
        *,
        source: str | None = None,
        by: float = 1.0,
        all: bool = False,
        operation: str | None = None,
    ) -> int:
        """Take `by` from the mass of learned samples (below zero they inhibit); how many. Choose them as in `unlearn`."""
        return self._potentiate(samples, source, by, -1, all, operation)

    @in_turn
    def _potentiate(
        self,
        samples: Iterable[Sample] | Sample | None,
        source: str | None,
        by: float,
        sign: int,
        all: bool,
        operation: str | None,
    ) -> int:
        if not 0 < by < 1e6:
            raise BadInput(f"by must be a number above 0 and below 1,000,000, not {by}")
        selection = self._selection(samples, source, all)
        once = an_operation("reinforce" if sign > 0 else "weaken", operation)
        done = self._journal.potentiate(self._open(), selection, sign * by, self._clock(), self.tokenizer.shown, once)
        self.apply()
        return done

    @in_turn
    def unlearn(
        self,
        samples: Iterable[Sample] | Sample | None = None,
        *,
        source: str | None = None,
        all: bool = False,
        erase: bool = False,
        keep: Iterable[str] | None = None,
        operation: str | None = None,
    ) -> int:
        """Take samples back exactly: the graph is as if they had never been learned. How many were unlearned.

        Parameters
        ----------
        samples: one sample or several; each takes back one learning of it, the newest. With `all`: every one.
        source: only from this source; without `samples`, everything of the source.
        erase: also remove their texts from the journal.
        keep: with `source`: everything of it but these ids.
        operation: an id for this call, as in `learn_many`.

        Raises
        ------
        NeverLearned: names what is not in the memory; nothing was changed.
        """
        selection = self._selection(samples, source, all)
        if keep is not None:
            selection = replace(selection, keep=frozenset(keep))
        once = an_operation("unlearn", operation)
        done = self._journal.unlearn(self._open(), selection, self._clock(), self.tokenizer.shown, erase, once)
        self.sync() if erase else self.apply()
        return done

    @in_turn
    def decay(self, half_life: float, *, operation: str | None = None) -> int:
        """Forget by elapsed time: each sample's mass m becomes m 2^(-dt/half_life), dt since it was learned or last decayed.

        half_life: seconds. operation: an id for this call, as in `learn_many`. Returns how many samples were decayed.
        """
        if not isinstance(half_life, int | float) or not 0 < half_life < float("inf"):
            raise BadInput(f"a half-life must be a number of seconds above 0, not {half_life!r}")
        once = an_operation("decay", operation)
        done = self._journal.decay(self._open(), half_life, self._clock(), BATCH_SYMBOLS, once)
        self.apply()
        return done

    def _selection(self, samples: Iterable[Sample] | Sample | None, source: str | None, all: bool) -> Selection:
        if samples is None and source is None:
            raise BadInput("say which samples: some of them, or a source")
        check_source(source)
        if samples is None:
            return Selection(source)
        one = isinstance(samples, str) or (
            self.tokenizer.name == "symbols" and isinstance(samples, Sequence) and all_text(samples)
        )
        given: Iterable[Any] = [samples] if one else samples
        return Selection(source, [self.tokenizer.payload(sample) for sample in given], all=all)

    # Asking (ask.py, explain.py, browse.py)

    def predict(self, prompt: Sample = "", top: int | None = None) -> dict[str, float]:
        """The probability of each next symbol, the most likely first; `␃` is the stop.

        Raises NothingLearned where the memory is empty.
        """
        payload = self._prompt(prompt)
        return self._ask(lambda: ask.predict(self._held, self.tokenizer, self.options.depth, payload, top))

    def complete(
        self,
        prompt: Sample = "",
        n: int = 1,
        *,
        seed: int | None = None,
        temperature: float = 1.0,
        greedy: bool = False,
    ) -> list[str]:
        """Continue a prompt `n` times until the stop symbol (or max_symbols); the whole samples, as texts.

        seed: the same seed and memory give the same samples. temperature: below 1 more likely ones, above 1 wilder
        ones. greedy: always the most likely symbol.
        """
        if seed is not None and seed < 0:
            raise BadInput(f"a seed must be 0 or more, not {seed}")
        payload, rng = self._prompt(prompt), np.random.default_rng(seed)
        options = (self.tokenizer, self.options.depth, self.options.max_symbols, payload, rng, temperature, greedy)
        return [self._ask(lambda: ask.complete(self._held, *options)) for _ in range(n)]

    def score(self, samples: Iterable[Sample]) -> ask.Score:
        """How well the memory predicts samples: nats per symbol (stop included), in all and each. Nothing is learned."""
        payloads = self._payloads(samples)
        return self._ask(lambda: ask.score(self._held, self.tokenizer, self.options.depth, payloads))

    def explain(self, prompt: Sample, symbol: str | None = None, *, samples: int = 3) -> explain.Explanation:
        """Why the memory expects `symbol` (default: the most likely) after a prompt; see `Explanation`."""
        payload = self._prompt(prompt)
        found = self._ask(lambda: explain.explain(self._held, self.tokenizer, self.options.depth, payload, symbol))
        return explain.taught(self._journal, self._open(), self.tokenizer, found, samples)

    def concepts(
        self, prefix: Sample = "", *, r_level: int | None = None, min_count: int = 1, limit: int | None = None
    ) -> list[browse.Concept]:
        """The concepts of the abstraction tree that begin with a prefix, the most counted first."""
        payload = self._prompt(prefix)
        found = self._ask(lambda: browse.concepts(self._held, self.tokenizer, payload))
        chosen = [c for c in found if c.count >= min_count and r_level in (None, c.r_level)]
        return sorted(chosen, key=lambda c: (-c.count, c.r_level, c.text))[:limit]

    def tree(self, prefix: Sample = "", *, depth: int | None = None) -> browse.Branch:
        """The abstraction tree under a prefix, at most `depth` levels of it."""
        payload = self._prompt(prefix)
        return self._ask(lambda: browse.tree(self._held, self.tokenizer, payload, depth))

    def stats(self) -> dict[str, Any]:
        """Sizes: `samples`, `symbols` (stops included), `concepts` and `r_levels` of the prefix chain, `contexts`, `synapses`.

        Also the memory's options, its `position` in the journal, and `behind`: events that the graph lacks (see `sync`).
        """
        self._open()
        graph = self._store.memory(self.name)
        memory = self._open()  # behind the graph, or that might be ahead of it
        totals = {} if graph is None else graph.totals
        levels = max((int(name[8:]) for name, n in totals.items() if name.startswith("r_level_") and n), default=-1)
        sizes = {name: totals.get(name, 0) for name in ("samples", "symbols", "concepts", "contexts", "synapses")}
        return {
            "memory": self.name,
            **sizes,
            "r_levels": [totals.get(f"r_level_{level}", 0) for level in range(levels + 1)],
            "position": memory.position,
            "behind": memory.position - (0 if graph is None else max(graph.position, 0)),
            **memory.options,
        }

    def sources(self) -> list[dict[str, Any]]:
        """What each source taught: `learned`, `unlearned`, and the times of its `first` and `last` sample."""
        return history.sources(self._journal, self._open())

    def sessions(self) -> list[dict[str, Any]]:
        """The sessions that wrote to this memory, and how many events of each kind."""
        return history.sessions(self._journal, self._open())

    # Keeping it well

    @in_turn
    def sync(self, progress: Progress | None = None) -> int:
        """Apply what is in the journal and not yet in the graph, and finish erasures; how many events were applied."""
        done = self.apply(progress)
        erase(self._journal, self._store, self._open(), self.apply, self._shred)
        return done

    def _shred(self) -> None:
        self._store.shred()
        past.forget(self._journal)

    @in_turn
    def apply(self, progress: Progress | None = None) -> int:
        """Apply what is in the journal and not yet in the graph; how many events."""
        memory = self._open()
        try:
            self._check()
            learner = SequenceLearner(self._journal, self._held, self._options, self.batch)
            return catch_up(self._journal, self._store, memory, learner, progress)
        except Unavailable as error:
            raise GraphBehind(
                f"{error}; what was accepted is in the journal: run `plasticdb sync` when it is back"
            ) from None

    @in_turn
    def forget(self) -> None:
        """Drop what this process holds of the graph; the next question fetches again."""
        self._held.forget()

    @in_turn
    def rebuild(self, progress: Progress | None = None) -> int:
        """Throw the graph of this memory away and replay the journal; how many events."""
        while True:
            self._open()
            self.forget()
            self._store.clear(self.name)
            try:
                return self.sync(progress)
            except Forgotten:  # another process erased a text after it was learned again here
                continue

    # What it is

    @property
    def store(self) -> GraphStore:
        return self._store

    @property
    def options(self) -> Options:
        return self._options

    @property
    def tokenizer(self) -> Tokenizer:
        return self._options.cut

    def _prompt(self, prompt: Sample) -> str:
        empty: Sample = [] if self._options.tokenizer == "symbols" else ""
        return self.payload(prompt or empty)

    @in_turn
    def _ask(self, ask: Callable[[], Answer]) -> Answer:
        if self._held.position < 0:  # a warm answer costs one look at the graph, and none at the journal
            self._open()
            self._check()
        try:
            return self._held.steadily(ask)
        except NothingLearned:
            if behind := self._open().position - max(self._held.position, 0):
                raise GraphBehind(
                    f"the graph of {self.name!r} lacks {behind:,} events of the journal; run `plasticdb sync {self.name}`, "
                    "or ask again when whoever makes it again is done"
                ) from None
            raise

    def _open(self, make: bool = False) -> Memory:
        options = {name: getattr(self._options, name) for name in Options.__slots__} if make else None
        memory = opened(self._journal, self.name, self.kind, options)
        self._options = self._kept(memory)
        return memory

    def _kept(self, memory: Memory) -> Options:
        return Options(**agreed(memory, self.kind, self._asked))


def all_text(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
