"""An engram memory as what is asked: recall by a text or a vector, and what fired together with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..checks import whole
from ..errors import BadMemory
from ..memory import moments
from ..memory.display import Listing
from ..memory.requests import Asking
from . import arguments, ask
from .evidence import Weights
from .finding import Question
from .noting import Noting
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
        explain
            Say also which k were next and why they were left out, behind the answers (`left_out`).

        Raises
        ------
        BadInput
            One of these is not as it must be, or the filter has a field that no payload has.
        """
        question = arguments.question(k, where, levels, min_score, offset, explain, self._options)
        cue = self._cued(query)
        moments.checked(since, until)
        try:
            if since is not None or until is not None:
                after, last = self._answer(moments.span(since, until), self._open())
                question = replace(question, after=after, until=last)
            return Listing(self._ask(lambda: self._recalled(cue(), question)))
        except BadMemory:
            if self._there() is not None:
                raise
            cue()  # which may be none
            return Listing()

    def _recalled(self, cue: Cue, question: Question) -> Asking[list[ask.Recalled]]:
        embedder = self._options.embedder
        ways = None if embedder is None else Weights.of(embedder)
        return ask.recall(self._held, self._index, cue.vector, cue.terms, question, ways)

    def associations(self, id: int) -> list[ask.Association]:
        """Which engrams fired together with one, how often, and P(other | this one fires); the most frequent first."""
        number = whole("id", id)
        return Listing(self._ask(lambda: ask.associations(self._held, number)))
