"""An engram memory's embedder: which one it is, what it makes of texts, and how another one takes its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ..checks import called, optional, text, whole
from ..errors import BadInput, Unavailable
from ..journal.changing import take_over, write_about_living
from ..journal.rows import MemoryRow
from ..memory.base import Memory, Progress
from ..memory.locking import in_turn
from ..memory.projected import TRIES
from . import reembedding, texts
from .embed import Installed, installed
from .events import Note
from .kind import KIND
from .options import LARGEST_DIMENSION, Options
from .working_set import EngramWorkingSet

__all__ = ["Embedding"]

T = TypeVar("T")
_AT_ONCE = 64
"""Texts whose new vectors are journalled in one go."""


class Embedding(Memory[Options, EngramWorkingSet]):
    """An engram memory, as far as it makes vectors of texts."""

    _installed: Installed | None = None

    def __init__(self, *how: Any, **by: Any) -> None:
        super().__init__(*how, **by)
        if "embedder" in self._asked:
            self._embedder()

    def reembed(self, embedder: str, *, dimension: int | None = None, progress: Progress | None = None) -> int:
        """Let another embedder make the vectors of all texts again, and from then on of new ones; how many it made.

        It may be killed at any moment, and goes on where it was when it is called again. Until the last vector is made all
        is as before: recall compares the old vectors, and new texts get one of the old embedder. Then the new ones take
        their place all at once.

        Parameters
        ----------
        embedder
            Its name: see docs/embedders.md.
        dimension
            Numbers in a vector, where the embedder leaves that open, as `ngrams` does.
        progress
            Called with how many vectors are made, and of how many.

        Raises
        ------
        BadInput
            The embedder cannot be used, the memory takes vectors, or some of its notes were given as vectors.
        """
        name, progress = text("an embedder's name", embedder), optional(called, "progress", progress)
        self._open()
        if self._options.embedder is None:
            raise BadInput(f"{self.name!r} has vectors and no texts, which an embedder could read; make another memory")
        found = installed(name, optional(whole, "dimension", dimension, 1, LARGEST_DIMENSION))
        stamp = reembedding.Stamp(name, found.version, found.numbers())
        if dimension not in (None, stamp.dimension):
            raise BadInput(texts.other_dimension(found, stamp.dimension, dimension))
        made, prepared = 0, reembedding.Prepared(stamp)
        for _ in range(TRIES):
            row = self._open()
            if self._stamp() == stamp:
                return made
            self._answer(prepared.follow(row.position), row)
            alive = self._ask(lambda: reembedding.alive(self._held, self._options.merge_above is not None))
            if alive.wordless:
                raise BadInput(reembedding.cannot_be_read(self.name, alive.wordless))
            missing = [number for number in alive.numbers if number not in prepared.at]
            if not missing and self._take_over(prepared, alive):
                return made
            for at in range(0, len(missing), _AT_ONCE):
                made += self._prepare(found, stamp, missing[at : at + _AT_ONCE])
                if progress is not None:
                    progress(len(alive.numbers) - len(missing) + min(at + _AT_ONCE, len(missing)), len(alive.numbers))
        raise Unavailable(
            f"{self.name!r} is written to too fast by others; call `reembed` again, which goes on from here"
        )

    def _prepare(self, found: Installed, stamp: reembedding.Stamp, numbers: Sequence[int]) -> int:
        """Journal the new vectors of some notes, as far as they are alive; how many."""
        read = self._ask(lambda: reembedding.read(self._held, numbers, self._options.merge_above is not None))
        if not read.texts:
            return 0
        vectors = texts.vectors_of(list(read.texts.values()), stamp.dimension, found)
        events = [
            reembedding.prepared(number, vector, stamp, read.position)
            for number, vector in zip(read.texts, vectors, strict=True)
        ]
        row = self._open()
        row = replace(row, position=write_about_living(self._journal, row, events, self._clock()))
        self.apply(row=row)
        return len(events)

    @in_turn
    def _take_over(self, prepared: reembedding.Prepared, alive: reembedding.Alive) -> bool:
        """Let the prepared vectors take the place of the old ones; False where something happened meanwhile."""
        if prepared.until != alive.position:
            return False
        row, _ = self._current()
        events = reembedding.events(alive.numbers, prepared)
        options = prepared.stamp.options(row.options, alive.position, len(events))
        position = take_over(self._journal, row, events, self._clock(), alive.position, options)
        if position is None:
            return False
        stamped = {"embedder": prepared.stamp.embedder, "dimension": prepared.stamp.dimension}
        self._asked |= {name: value for name, value in stamped.items() if name in self._asked}
        self.apply(row=replace(self._open(), position=position))
        self.release()
        return True

    def _agreed(self, row: MemoryRow) -> Options:
        if row.kind == KIND.name:
            texts.asked_as_made(self.name, row.options, self._asked)
        return super()._agreed(row)

    def _embedder(self) -> Installed:
        """The embedder that the memory was made with."""
        found = self._installed
        if found is None or reembedding.Stamp(found.name, found.version, found.dimension or 0) != self._stamp():
            found = texts.same_embedder(self.name, self._options)
            self._installed = replace(found, dimension=self._options.dimension)
        return found

    def _stamp(self) -> reembedding.Stamp:
        return reembedding.Stamp.of(self._options)

    def _notes(self, given: Any) -> list[Note]:
        return texts.notes(given, self._options, self.name, self._embedder)

    def _cue(self, query: Any) -> texts.Cue:
        return texts.cue(query, self._options, self.name, self._embedder)

    def _by_embedder(self, make: Callable[[], T]) -> Callable[[], T]:
        """Give what is made of texts for the memory as it was last looked at: another embedder may take over in between."""
        known: dict[reembedding.Stamp, T] = {}

        def now() -> T:
            stamp = self._stamp()
            if stamp not in known:
                known[stamp] = make()
            return known[stamp]

        now()  # what cannot be made is refused before anything happens
        return now
