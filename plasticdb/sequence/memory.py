"""The sequence memory: learn samples of symbols, predict what comes next, and take any of it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from secrets import randbits
from typing import Any, TypeVar

import numpy as np

from ..checks import flag, listed, number, optional, text, whole
from ..errors import BadInput, GraphBehind, NothingLearned
from ..graph.store import GraphMemory
from ..kit.plasticity import Floats
from ..kit.tables import Ints
from ..memory.display import Listing, Predictions
from ..memory.requests import Asking
from .asking import ask, associating, browse, completing, explain
from .asking.difference import Difference, diff
from .asking.scoring import Score, score
from .asking.taught import taught
from .teaching.teachable import Taught, Teachable, all_text
from .tokens import Sample

__all__ = ["SequenceMemory", "Taught"]

T = TypeVar("T")


class SequenceMemory(Teachable):
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

    # Asking (ask.py, explain.py, browse.py)

    def predict(self, prompt: Sample = "", top: int | None = None) -> Predictions:
        """The probability of each next symbol, the most likely first; `␃` is the stop.

        Its `rest` is the probability of all that is not in it: of the less likely ones where only the `top` are asked for,
        and for words and symbols of all that were never learned.

        Raises
        ------
        NothingLearned
            The memory is empty.
        """
        payload, top = self._prompt(prompt), optional(whole, "top", top, 0)
        return self._ask(lambda: ask.predict(self._held, self.tokenizer, self.options.view_set, payload, top))

    @property
    def vocabulary(self) -> int:
        """How many symbols it has learned, the stop included: `predict` is over these."""
        return self._ask(lambda: ask.vocabulary(self._held))

    def complete(
        self,
        prompt: Sample | Iterable[Sample] = "",
        n: int = 1,
        *,
        seed: int | None = None,
        temperature: float = 1.0,
        greedy: bool = False,
    ) -> list[Any]:
        """Continue a prompt `n` times until the stop symbol (or max_symbols); the whole samples.

        Each is the prompt as it was given and what follows: a text, bytes behind bytes, or a list of symbols (tokenizer
        `symbols`). How words were spaced is not learned: what follows is spaced by a rule of thumb.

        Parameters
        ----------
        prompt
            A prompt, or many: a list, an iterator, or a column of NumPy or Arrow. Then there are `n` of each, one prompt
            after the other.
        seed
            The same seed and memory give the same samples: the first five of a prompt are the same however many are asked
            for.
        temperature
            Below 1 more likely ones, above 1 wilder ones.
        greedy
            Always the most likely symbol.
        """
        n, seed, greedy = whole("n", n, 0), optional(whole, "a seed", seed, 0), flag("greedy", greedy)
        wanted = "above 0 (greedy takes the most likely symbol)"
        temperature = number("temperature", temperature, wanted, lambda t: 0 < t < float("inf"))
        prompts = (
            [self._begun(one) for one in listed("prompts", prompt)] if self._many(prompt) else [self._begun(prompt)]
        )
        payloads = self._payloads(prompts)
        chance = completing.Chance(randbits(64) if seed is None else seed, temperature, greedy)
        each = min(n, 1) if greedy else n  # the most likely is the same each time
        found: list[list[str]] = []
        for first in range(0, len(payloads) * each, completing.MOST):
            which, sample = np.divmod(np.arange(first, min(first + completing.MOST, len(payloads) * each)), each)
            found += self._ask(partial(self._complete, [payloads[i] for i in which.tolist()], sample, chance))
        return [self.tokenizer.completed(prompts[i // n], found[i * each // n]) for i in range(len(prompts) * n)]

    def _complete(self, payloads: list[str], sample: Ints, chance: completing.Chance) -> Asking[list[list[str]]]:
        of = self.options
        return completing.complete(self._held, of.cut, of.view_set, of.max_symbols, payloads, sample, chance)

    def _many(self, prompt: Sample | Iterable[Sample]) -> bool:
        """Whether these are prompts, and not one: a list of texts is one prompt where symbols are texts."""
        if isinstance(prompt, str | bytes) or not hasattr(type(prompt), "__iter__"):
            return False
        if self._options.tokenizer != "symbols":
            return True
        return not isinstance(prompt, list | tuple) or not all_text(prompt)

    def score(self, samples: Iterable[Sample]) -> Score:
        """How well the memory predicts samples: nats per symbol (stop included), in all and each. Nothing is learned."""
        nats, symbols = self._scored(samples)
        return Score(tuple(nats.tolist()), tuple(symbols.tolist()))

    def surprise(self, samples: Iterable[Sample], *, per_symbol: bool = False) -> Floats:
        """How much each sample surprises the memory, in nats: what is unlike all that it learned stands out.

        Parameters
        ----------
        samples
            As in `learn_many`: a list, an iterator, or a column of NumPy or Arrow. Nothing is learned.
        per_symbol
            Divide by the symbols of each (stop included), so that long samples do not stand out for their length.

        Returns
        -------
        NDArray[np.float64]
            One number a sample, in their order.

        Examples
        --------
        >>> from plasticdb import PlasticDB
        >>> with PlasticDB.open(":memory:") as db:
        ...     names = db.sequence("names")
        ...     names.learn_many(["emma", "emily", "emil", "ann", "anna"])
        ...     names.surprise(["emily", "xqzt"]).round().tolist()
        Taught(learned=5, skipped=0)
        [3.0, 17.0]
        """
        each = flag("per_symbol", per_symbol)
        nats, symbols = self._scored(samples)
        return nats / symbols if each else nats

    def _scored(self, samples: Iterable[Sample]) -> tuple[Floats, Ints]:
        payloads = self._payloads(samples)
        return self._ask(lambda: score(self._held, self.tokenizer, self.options.view_set, payloads))

    def explain(self, prompt: Sample, symbol: str | None = None, *, samples: int = 3) -> explain.Explanation:
        """Why the memory expects `symbol` (default: the most likely) after a prompt; see `Explanation`."""
        payload, symbol, samples = self._prompt(prompt), optional(text, "symbol", symbol), whole("samples", samples, 0)
        found = self._ask(lambda: explain.explain(self._held, self.tokenizer, self.options.view_set, payload, symbol))
        return self._answer(taught(self.tokenizer, self.options.view_set, payload, found, samples), self._open())

    def associations(self, sample: Sample, k: int = 16) -> list[associating.Association]:
        """What is again and again far apart from the symbols of a sample, in the samples that have them; most evident first.

        A context sees a few symbols. In a memory with `shortcuts` a consolidation also finds which symbols are in the same
        samples farther apart than that, more often than chance would have them (docs/views.md).

        Parameters
        ----------
        sample
            A symbol, or some: what several of them bring along comes first. Those that are in it are left out.
        k
            How many at most.

        Raises
        ------
        BadInput
            The memory was made without `shortcuts`.
        NothingLearned
            It was not consolidated yet.

        Examples
        --------
        >>> from plasticdb import PlasticDB
        >>> steps = [[f"step {(7 * i + j) % 29}" for j in range(6)] for i in range(100)]
        >>> logs = [["retry", *some, "timeout"] if i % 5 == 0 else some for i, some in enumerate(steps)]
        >>> with PlasticDB.open(":memory:") as db:
        ...     memory = db.sequence("logs", tokenizer="symbols", views="suffix 2", shortcuts=12)
        ...     _ = memory.learn_many(logs)
        ...     _ = memory.consolidate()
        ...     [(one.symbol, one.occasions) for one in memory.associations(["retry"])]
        [('timeout', 20.0)]
        """
        payload, k = self._prompt(sample), whole("k", k, 0)
        if self._options.shortcuts is None:
            raise BadInput(
                f"{self.name!r} was made without shortcuts; make one with them: shortcuts=32 (--shortcuts 32)"
            )
        return Listing(self._ask(lambda: associating.associations(self._held, self.tokenizer, payload, k)))

    def concepts(
        self, prefix: Sample = "", *, r_level: int | None = None, min_count: int = 1, limit: int | None = None
    ) -> list[browse.Concept]:
        """The concepts of the abstraction tree that begin with a prefix, the most counted first."""
        payload, min_count = self._prompt(prefix), whole("min_count", min_count)
        r_level, limit = optional(whole, "r_level", r_level, 0), optional(whole, "limit", limit, 0)
        found = self._ask(lambda: browse.concepts(self._held, self.tokenizer, payload))
        chosen = [c for c in found if c.count >= min_count and r_level in (None, c.r_level)]
        return Listing(sorted(chosen, key=lambda c: (-c.count, c.r_level, c.text))[:limit])

    def tree(self, prefix: Sample = "", *, depth: int | None = None) -> browse.Branch:
        """The abstraction tree under a prefix, at most `depth` levels of it."""
        payload, depth = self._prompt(prefix), optional(whole, "depth", depth, 0)
        return self._ask(lambda: browse.tree(self._held, self.tokenizer, payload, depth))

    def diff(self, since: int | str, until: int | str | None = None) -> Iterator[Difference]:
        """What came, went and changed between two moments: concepts by their count, synapses by their weight.

        Parameters
        ----------
        since, until
            Moments, as in `as_of`; `until` is now by default.

        Yields
        ------
        Iterator[Difference]
            Differences, in no particular order.
        """
        if until is None:  # not the live graph: that moves on while it is read, and may be behind
            until = self._open().position
        with self.as_of(since) as before, self.as_of(until) as after:
            yield from diff(before.store, after.store, self.name)

    # What it is, and how it is asked

    def _prompt(self, prompt: Sample) -> str:
        return self.payload(self._begun(prompt))

    def _begun(self, prompt: Any) -> Any:
        """A prompt as this memory's samples are; whatever is empty is an empty one."""
        if isinstance(prompt, str | list | tuple) and not prompt:
            return [] if self._options.tokenizer == "symbols" else ""
        return prompt

    def _ask(self, question: Callable[[], Asking[T]]) -> T:
        try:
            return super()._ask(question)
        except NothingLearned:
            if behind := self._open().position - max(self._held.position, 0):
                raise GraphBehind(
                    f"the graph of {self.name!r} lacks {behind:,} events of the journal; run `plasticdb sync {self.name}`, "
                    "or ask again when whoever makes it again is done"
                ) from None
            raise

    def _look(self) -> GraphMemory:
        """Look once at the graph, and not at the journal: a warm answer costs no more, and what the graph lacks can wait."""
        if self._held.position < 0:
            self._open()
            self._check()
        return self._found()

    def _sizes(self, totals: Mapping[str, float]) -> dict[str, Any]:
        levels = max((int(name[8:]) for name, n in totals.items() if name.startswith("r_level_") and n), default=-1)
        sizes: dict[str, Any] = {
            name: totals.get(name, 0) for name in ("samples", "symbols", "concepts", "contexts", "synapses")
        }
        sizes |= {name: totals[name] for name in ("closed", "apart") if name in totals}
        sizes["r_levels"] = [totals.get(f"r_level_{level}", 0) for level in range(levels + 1)]
        return sizes | super()._sizes(totals)

    def _shown(self) -> dict[str, float]:
        return {name: self._held.totals.get(name, 0) for name in ("samples", "concepts", "synapses")}
