"""An engram memory as what is asked: recall by a text or a vector, and what fired together with what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from ..checks import optional, text, whole
from ..errors import BadInput, BadMemory
from ..memory import moments
from ..memory.display import Listing
from ..memory.locking import in_turn
from ..memory.requests import Asking
from . import arguments, ask
from .dead import died
from .evidence import Weights
from .finding import Question
from .noting import Noting
from .options import weighing
from .texts import Cue

__all__ = ["Recalling"]


class Recalling(Noting):
    """An engram memory, as far as it is asked by what is like something."""

    def recall(
        self,
        query: Any,
        k: int = 10,
        *,
        where: Mapping[str, Any] | None = None,
        since: Any = None,
        until: Any = None,
        levels: Any = None,
        min_score: float | None = None,
        offset: int = 0,
        weights: str | None = None,
        context: str | None = None,
        explain: bool = False,
    ) -> list[ask.Recalled]:
        """What the memory has to say to a text or a vector, the best first; k at most. It changes nothing.

        A memory with an embedder answers with the notes for which most speaks: that they mention the question's terms, that
        their vectors are like it, that so it is with what was before and behind them in their stream, and that they fired
        together with the best. What each way gave adds up to the score (docs/recall.md). In a memory of vectors half of k
        are the nearest, and the others what these bring along since they fired together; where they bring fewer, more of
        the nearest.

        Parameters
        ----------
        where
            Only notes whose payload is so: values by field, such as `{"speaker": "Ann"}` (see `list`).
        since, until
            Only notes that were remembered from one time to another: ISO 8601 (without a zone UTC), or seconds since 1970.
        levels
            Only notes of these: `working`, `short-term`, `long-term`; one or several.
        min_score
            Only notes with a score as high.
        offset
            Leave out so many of the first: the next page. Only in a memory with an embedder.
        weights
            What ways weigh this time, such as `vector 0.5, time 0` (`terms`, `vector`, `cofired`, `time`); the others weigh
            what they do in this memory. Only in a memory with an embedder.
        context
            Only what fired together in this context counts as such (see `EngramMemory.fire`).
        explain
            Say also which k were next and why they were left out, behind the answers (`left_out`): `filtered`, `below
            min_score`, `below the cut`, `on a page before`; or `dead`, for which the journal is read.

        Raises
        ------
        BadInput
            One of these is not as it must be, or the filter has a field that no payload has.
        """
        question = arguments.question(k, where, levels, min_score, offset, explain, context, self._options)
        cue = self._by_embedder(lambda: self._cue(query))
        chosen = optional(text, "weights", weights)
        if chosen is not None and self._options.embedder is None:
            raise BadInput(f"{self.name!r} is a memory of vectors, in which nothing is weighed; leave weights out")
        moments.checked(since, until)
        try:
            if since is not None or until is not None:
                after, last = self._answer(moments.span(since, until), self._open())
                question = replace(question, after=after, until=last)
            return Listing(self._explained(cue, question, self._weights(chosen)))
        except BadMemory:
            if self._there() is not None:
                raise
            cue()  # which may be none
            return Listing()

    @in_turn
    def _explained(self, cue: Callable[[], Cue], question: Question, weights: Weights | None) -> list[ask.Recalled]:
        """Recall, and say also of the dead where all is to be explained."""
        found = self._ask(lambda: self._recalled(cue(), question, weights))
        if not question.explain or weights is None:
            return found
        now, row = cue(), self._open()
        dead = self._answer(
            died(self._held, self._index, list(now.terms), now.vector, question, weights, row.position), row
        )
        answers = [one for one in found if one.left_out is None]
        left = [one for one in found if one.left_out is not None]
        return answers + sorted([*left, *dead], key=lambda one: -one.score)[: question.k]

    def _recalled(self, cue: Cue, question: Question, weights: Weights | None) -> Asking[list[ask.Recalled]]:
        return ask.recall(self._held, self._index, cue.vector, cue.terms, question, weights)

    def _weights(self, chosen: str | None = None) -> Weights | None:
        """Give what the ways weigh, but for what is chosen otherwise; None in a memory of vectors."""
        said = [weighing(one) for one in (self._options.weights, chosen) if one is not None]
        embedder = self._options.embedder
        return None if embedder is None else Weights.of(embedder, {way: w for one in said for way, w in one.items()})

    def stats(self) -> dict[str, Any]:
        """Sizes of the graph, the memory's options, its `position` in the journal, and how far the graph is `behind`.

        Returns
        -------
        dict[str, Any]
            The kind's totals by name; `behind` counts events that the graph lacks (see `sync`). `weights` are those of all
            ways, whether they were chosen or not.
        """
        found, weights = super().stats(), self._weights()
        return found | {"weights": None if weights is None else asdict(weights)}

    def associations(self, id: int, *, context: str | None = None) -> list[ask.Association]:
        """Which engrams fired together with one, how often, and P(other | this one fires); the most frequent first.

        Parameters
        ----------
        id
            The engram's number.
        context
            Only what fired together in this context (see `EngramMemory.fire`).
        """
        number, said = whole("id", id), arguments.context(context)
        return Listing(self._ask(lambda: ask.associations(self._held, number, said)))
