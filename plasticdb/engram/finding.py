"""Recalling by a text: the evidence of all ways, added up, for each note that a process holds. It changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kit.tables import Ints
from ..memory.requests import Asking, Nodes
from . import rules
from .copies import all_of, of_engrams
from .evidence import Evidence, Neighbours, Weights, cofirings, cosines, likeness, mentions
from .index import Index
from .remind import strongest_of
from .rules import LEVELS, LONG, Vectors
from .schema import ENGRAM, TERM
from .where import Where
from .working_set import EngramWorkingSet, key

__all__ = ["Mask", "Question", "Recalled", "find", "told", "wanted"]

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

_SOURCES = 8
"""Of how many of the best it is asked with whom they fired."""
_SYNAPSES = 32
"""How many of each one's synapses are looked at, the strongest."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """An engram that a question or a cue brings up.

    Parameters
    ----------
    why
        The way that gave it most: `terms`, `vector`, `time` or `cofired`; `none` where nothing speaks for it. Of a cue in a
        memory of vectors: it is `near`, at a `distance`, or was `brought` along by the engram `via`, since they fired
        together (`strength`: see `plasticdb.engram.recall.brought`).
    via
        Where it came by `time` or was `cofired`: the neighbour, or the engram, that gave most.
    score, ways
        What speaks for it in all, and what of that each way gave (see `plasticdb.engram.evidence`).
    left_out
        Of one that is no answer: why it is none.
    copies
        The numbers of the notes that were merged into it.
    """

    id: int
    payload: Any
    text: str | None
    level: str
    lifespan: float
    why: str
    distance: float | None = None
    via: int | None = None
    strength: float | None = None
    score: float = 0.0
    ways: Mapping[str, float] = field(default_factory=dict)
    left_out: str | None = None
    copies: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is wanted of a memory.

    Parameters
    ----------
    after, until
        The first number that counts, less 1, and the last.
    levels
        Only those of these levels; None: of all.
    explain
        Also the best that were left out.
    merging
        Whether the memory may have copies, for which others answer.
    context
        In which firing together counts; None: in any, or in none.
    """

    k: int
    offset: int = 0
    where: Where | None = None
    after: int = 0
    until: int | None = None
    levels: frozenset[int] | None = None
    min_score: float | None = None
    explain: bool = False
    merging: bool = False
    context: str | None = None

    @property
    def open(self) -> bool:
        """Whether any engram may be an answer."""
        return self.where is None and self.levels is None and not self.after and self.until is None


def wanted(index: Index, cache: EngramWorkingSet, question: Question) -> Asking[Mask]:
    """Which rows may be an answer."""
    numbers = index.numbers[: index.size]
    found: Mask = index.alive[: index.size] & (numbers > question.after)
    if question.until is not None:
        found &= numbers <= question.until
    if question.levels is not None:
        level = np.full(index.size, LONG)
        here = list(cache.engrams.keys() - cache.long_here)
        level[index.rows(here)] = [cache.engrams[number].level for number in here]
        found &= np.isin(level, list(question.levels))
    if question.where is not None:
        matching = yield from index.matching(question.where, cache)
        if question.merging:
            copies = yield from all_of(cache)
            into = [copy.into for copy in copies if question.where.matches(json.loads(copy.payload))]
            rows = index.rows(into)
            matching[rows[rows >= 0]] = True
        found &= matching
    return found


def find(
    cache: EngramWorkingSet, index: Index, terms: Iterable[str], cue: Vectors, question: Question, weights: Weights
) -> Asking[list[Recalled]]:
    """The notes for which most speaks, the best first, of equals the oldest; last those for which nothing does.

    Parameters
    ----------
    terms, cue
        What the question mentions, and its vector.
    """
    yield from index.catch_up(cache)
    size, near = index.size, index.neighbours()
    found = [_alive(index, key(cache.name, TERM.label, term)) for term in terms] if weights.terms else []
    spoken = mentions(found, index.lengths[:size], cache.texts, near, weights.time)
    if weights.vector:
        likely = cosines(index.vectors[:size], index.norms[:size], cue)
        alike = likeness(likely, index.alive[:size], near, weights.time)
    else:
        alike = Evidence(np.zeros(size), np.zeros(size))
    score = weights.terms * spoken.whole + weights.vector * alike.whole
    own = weights.terms * spoken.own + weights.vector * alike.own
    best = score if weights.terms or weights.vector else own
    fired, together, by = yield from _fired_with(cache, index, best, question.context)
    activation = np.zeros(size)
    activation[fired] = weights.cofired * together
    score += activation
    open_ = yield from wanted(index, cache, question)
    allowed = open_ & (score >= question.min_score) if question.min_score is not None else open_
    rows = _best(score, allowed, question.offset + question.k)[question.offset :]
    left = _left_out(score, open_, allowed, rows, question) if question.explain else []
    shown_rows = [*((row, None) for row in rows.tolist()), *left]
    numbers = index.numbers[[row for row, _ in shown_rows]].tolist()
    yield from cache.load(numbers)
    copies = (yield from of_engrams(cache, numbers)) if question.merging and numbers else {}
    via = dict(zip(fired.tolist(), by.tolist(), strict=True))
    answers = []
    for engram, (row, why_not) in zip(numbers, shown_rows, strict=True):
        ways = {
            "terms": float(weights.terms * spoken.own[row]),
            "vector": float(weights.vector * alike.own[row]),
            "time": float(score[row] - activation[row] - own[row]),
            "cofired": float(activation[row]),
        }
        why = max(ways, key=lambda way: ways[way]) if score[row] > 0 else "none"
        source = via[row] if why == "cofired" else _neighbour(index, near, own, row) if why == "time" else None
        answers.append(
            Recalled(
                *told(cache, engram),
                why,
                via=source,
                score=float(score[row]),
                ways={way: value for way, value in ways.items() if value > 0},
                left_out=why_not,
                copies=tuple(copy.number for copy in copies.get(engram, ())),
            )
        )
    return answers


def _alive(index: Index, term: int) -> tuple[Ints, Floats]:
    """The rows of the living that mention a term, and how often."""
    rows, counts = index.postings.of(term)
    there = index.alive[rows] & (counts > 0)
    return rows[there], counts[there]


def _best(score: Floats, among: Mask, most: int) -> Ints:
    """Of some rows those of the highest scores, the highest first, of equals the first."""
    some = np.flatnonzero(among)
    if len(some) > most:
        bound = np.partition(score[some], len(some) - most)[len(some) - most]
        some = some[score[some] >= bound]
    return some[np.argsort(-score[some], kind="stable")[:most]]


def _left_out(
    score: Floats, open_: Mask, allowed: Mask, rows: Ints, question: Question
) -> list[tuple[int, str | None]]:
    """The best of those that are no answer, as many as are asked for, and why each is none."""
    others = score > 0
    others[rows] = False
    lowest = score[rows[-1]] if len(rows) else 0.0
    found: list[tuple[int, str | None]] = []
    for row in _best(score, others, question.offset + question.k).tolist():
        if not open_[row]:
            found.append((row, "filtered"))
        elif not allowed[row]:
            found.append((row, "below min_score"))
        elif score[row] <= lowest:
            found.append((row, "below the cut"))
        else:
            found.append((row, "on a page before"))
    return found[: question.k]


def _fired_with(
    cache: EngramWorkingSet, index: Index, score: Floats, context: str | None
) -> Asking[tuple[Ints, Floats, Ints]]:
    """Rows that fired with those that have most evidence, how strongly, and with which number."""
    best = _best(score, score > 0, _SOURCES)
    nothing = np.empty(0, np.int64)
    if not len(best):
        return nothing, np.empty(0), nothing
    synapses = yield from strongest_of(cache, index.numbers[best], _SYNAPSES, context)
    rows = index.rows(synapses.target)
    there = rows >= 0
    source, rows, count = synapses.source[there], rows[there], synapses.count[there]
    if not len(source):
        return nothing, np.empty(0), nothing
    numbers = np.unique(np.concatenate([source, index.numbers[rows]]))
    fires = {n: cache.engrams[n].fires for n in numbers.tolist() if n in cache.engrams}
    if missing := [n for n in numbers.tolist() if n not in fires]:
        table = yield Nodes(ENGRAM, "id", cache.ids(missing), ["number", "fires"])
        fires |= dict(zip(table["number"].tolist(), table["fires"].tolist(), strict=True))
    fired = np.array([fires[n] for n in source.tolist()]), np.array([fires[n] for n in index.numbers[rows].tolist()])
    return cofirings(np.minimum(score[index.rows(source)], 1), source, count, fired, rows)


def _neighbour(index: Index, near: Neighbours, own: Floats, row: int) -> int:
    """The number of the neighbour that gave a row most."""
    return int(index.numbers[max(near.around(row), key=lambda there: (there[1] * own[there[0]], -there[0]))[0]])


def told(cache: EngramWorkingSet, number: int) -> tuple[int, Any, str | None, str, float]:
    """Of an engram that the working set has: its number, payload, text, level in words, and ticks left to live."""
    e = cache.engrams[number]
    left = float(rules.lifespan(np.array(e.expires_at), cache.tick))
    return number, json.loads(e.payload), e.text, LEVELS[e.level], left
