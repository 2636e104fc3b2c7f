"""Notes that died and would have been an answer: what recall says of them where it explains what it left out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..journal.events import EventRow
from ..memory.requests import Asking, Events, Payloads
from .copies import answering
from .events import Note, Update
from .evidence import Spoken, Weights
from .finding import Question, Recalled
from .index import Index
from .rules import Vectors
from .schema import TERM
from .working_set import EngramWorkingSet, key

__all__ = ["died"]

_EVENTS = 1_000
"""Events of the journal that are read in one go."""


@dataclass(slots=True)
class _Died:
    """What speaks for those that are dead, and where the journal says what they were in the end."""

    terms: Sequence[str]
    cue: Vectors
    spoken: Spoken
    weights: Weights
    ways: dict[int, dict[str, float]] = field(default_factory=dict)
    at: dict[int, list[int]] = field(default_factory=dict)

    def hear(self, number: int, position: int, note: Note | Update) -> None:
        """Take in what was remembered, or became of it."""
        self.at.setdefault(number, []).append(position)
        if note.vector is None:
            return
        counts = [note.terms.get(term, 0) for term in self.terms]
        found = {
            "terms": self.weights.terms * self.spoken.mention(counts, sum(note.terms.values())),
            "vector": self.weights.vector * self.spoken.like(note.vector, self.cue),
        }
        self.ways[number] = {way: value for way, value in found.items() if value > 0}


def died(
    cache: EngramWorkingSet,
    index: Index,
    terms: Sequence[str],
    cue: Vectors,
    question: Question,
    weights: Weights,
    last: int,
) -> Asking[list[Recalled]]:
    """The dead for which something speaks by itself, the best first, k at most; those that were forgotten are not told of.

    last: the journal's last position.
    """
    if not cache.gone:
        return []
    spoken = Spoken.of(
        [_mentions(index, key(cache.name, TERM.label, term)) for term in terms],
        index.lengths[: index.size], index.vectors[: index.size], index.norms[: index.size], index.alive[: index.size],
        cache.texts, index.neighbours(), cue,
    )  # fmt: skip
    found, first = _Died(terms, cue, spoken, weights), 1
    while rows := (yield Events(("learn", "update"), first, last, _EVENTS)):
        yield from _hear(found, cache, index, rows, question)
        first = rows[-1].position + 1
    scores = {number: sum(ways.values()) for number, ways in found.ways.items() if ways}
    best = sorted(scores, key=lambda number: (-scores[number], number))[: question.k]
    written = yield Payloads([position for number in best for position in found.at[number]])
    return [_told(number, found.ways[number], [written[at] for at in found.at[number]]) for number in best]


def _hear(
    found: _Died, cache: EngramWorkingSet, index: Index, rows: Sequence[EventRow], question: Question
) -> Asking[None]:
    born = np.array([row.position for row in rows if row.kind == "learn" and row.ended is None], np.int64)
    born = born[index.rows(born) < 0]
    dead = set(born.tolist())
    if question.merging and dead:
        dead -= (yield from answering(cache, sorted(dead))).keys()
    for row in rows:
        if row.payload is None:
            continue
        if row.position in dead:
            found.hear(row.position, row.position, Note.read(row.payload))
        elif row.kind == "update" and row.target in found.at:
            found.hear(row.target, row.position, Update.read(row.payload))


def _mentions(index: Index, term: int) -> int:
    """How many of the living mention a term."""
    rows, counts = index.postings.of(term)
    return int((index.alive[rows] & (counts > 0)).sum())


def _told(number: int, ways: Mapping[str, float], written: Sequence[str | None]) -> Recalled:
    first, *updates = written
    note = Note.read(first)
    payload, text = note.payload, note.text
    for update in map(Update.read, updates):
        payload, text = update.payload or payload, text if update.text is None else update.text
    why = max(ways, key=lambda way: ways[way])
    score = sum(ways.values())
    return Recalled(number, json.loads(payload), text, "dead", 0.0, why, score=score, ways=ways, left_out="dead")
