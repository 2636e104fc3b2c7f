"""Forgetting notes: which ones are meant, what goes with them, and a receipt that is asked for again afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..checks import flag, optional, shown, text
from ..errors import BadInput
from ..journal.events import SampleMark
from ..journal.journal import Written
from ..journal.operations import fingerprint
from ..kit.texts import did_you_mean
from ..memory import naming
from ..memory.moments import dated
from ..memory.requests import Asking, Between, Edges, Events, Marks, Named, Nodes, SourceNames
from . import notes
from .batch import EventBatch
from .copies import all_of, answering
from .events import Note, Update
from .merging import forget
from .options import Options
from .schema import APART, COFIRED, ENGRAM, FIRED, FIRING, MENTIONS, PAIRED, TERM
from .succession import of_session
from .where import Where
from .working_set import LAST, EngramWorkingSet, key

__all__ = ["Asked", "Chosen", "Receipt", "again", "plan", "receipt"]

_EVENTS = 1000
"""Events of the journal that are read in one go."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of forgetting, as the store and the journal answered when they were asked again afterwards.

    Parameters
    ----------
    asked
        What was asked: `ids`, or `where`, `source`, `stream`; and whether to `erase`.
    ids
        The numbers of the notes that were meant.
    engrams
        How many engrams are gone from the graph.
    dead
        How many of the notes were not there any more, since they had died, or were forgotten before.
    firings, synapses
        How often they were part of a firing that is not consolidated yet, and with how many others they had fired in
        consolidated ones; all of that is gone.
    terms
        Terms that nothing mentions any more.
    texts
        Texts and payloads that are gone from the journal; 0 where they were not to be erased.
    copies
        How many of the notes were merged into others, which do not answer for them any more.
    left
        What of all that is still there: nothing, unless something went wrong.
    """

    asked: Mapping[str, Any]
    ids: Sequence[int]
    engrams: int
    dead: int
    firings: int
    synapses: int
    terms: int
    texts: int
    copies: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be forgotten, checked."""

    ids: Sequence[int | str] | None
    where: Where | None
    source: str | None
    stream: str | None
    erase: bool
    given: Mapping[str, Any]
    """As the caller said it."""

    @classmethod
    def of(cls, ids: Any, where: Any, source: Any, stream: Any, erase: Any) -> Asked:
        """Check it; raises BadInput where it says nothing, or two things."""
        if ids is None and where is None and source is None and stream is None:
            raise BadInput("say which notes: their ids, or where, source, stream; nothing was forgotten")
        if ids is not None and not (where is None and stream is None):
            raise BadInput("give ids, or where and stream, and not both; nothing was forgotten")
        found = None if ids is None else naming.ids(ids)
        filtered = None if where is None else Where.parse(where)
        names = optional(text, "source", source), optional(text, "stream", stream)
        said = {"ids": found, "where": where, "source": source, "stream": stream}
        given = {name: value for name, value in said.items() if value is not None}
        return cls(found, filtered, *names, flag("erase", erase), given | {"erase": erase})

    @property
    def mark(self) -> int:
        """A fingerprint of it."""
        return fingerprint(self.ids, self.where and self.where.asked(), self.source, self.stream, self.erase)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The notes that are meant, and what there is of them: see `Receipt`.

    vanishing: how many terms nothing will mention any more. terms: the ids of those that they mention; None: not known.
    """

    numbers: Sequence[int]
    engrams: int
    firings: int
    synapses: int
    texts: int
    vanishing: int
    terms: Sequence[int] | None = None
    copies: int = 0

    def noted(self) -> list[Any]:
        """All of it as an operation keeps it: no text can be guessed from it."""
        found = [self.numbers, self.engrams, self.firings, self.synapses, self.texts, self.vanishing]
        return found if not self.copies else [*found, None, self.copies]


def again(noted: Sequence[Any], position: int) -> Asking[Chosen]:
    """What an operation kept."""
    yield from ()
    return Chosen(*noted)


def plan(batch: EventBatch, asked: Asked, options: Options) -> Asking[tuple[list[Written], Chosen]]:
    """The events that forget what is asked for, applied to a batch; and what there is of it now.

    Raises
    ------
    BadInput
        Something of it is not there; nothing was forgotten.
    """
    cache = batch.cache
    marks = yield from _chosen(cache, asked, options)
    numbers = [mark.position for mark in marks]
    alive = yield from notes.noted(cache, numbers)
    found = yield from _counted(cache, sorted(alive))
    mentioned = yield Edges(MENTIONS, cache.ids(alive))
    terms, fewer = np.unique(mentioned["target"], return_counts=True)
    known = yield Nodes(TERM, "id", terms, ["id", "engrams"])
    order = np.argsort(known["id"])
    copies = len((yield from batch.copies.load(numbers))) if batch.merging else 0
    yield from forget(batch, numbers)
    back = [key(cache.name, TERM.label, term) for one in batch.mentions.now.values() for term in one]
    vanishing = int(((known["engrams"][order] == fewer) & ~np.isin(terms, np.array(back, np.int64))).sum())
    how = "erase" if asked.erase else None
    events = [Written("unlearn", how, target=number) for number in numbers]
    texts = sum(mark.texts for mark in marks)
    return events, Chosen(numbers, len(alive), *found, texts, vanishing, terms.tolist(), copies)


def receipt(cache: EngramWorkingSet, asked: Asked, chosen: Chosen) -> Asking[Receipt]:
    """What is gone, as the store and the journal say now."""
    marks = yield Marks(chosen.numbers)
    alive = yield Nodes(ENGRAM, "id", cache.ids(chosen.numbers), ["number"])
    copies = (yield from answering(cache, chosen.numbers)) if chosen.copies else {}
    firings, synapses = yield from _counted(cache, sorted(chosen.numbers), afresh=True)
    terms = chosen.vanishing
    if chosen.terms is not None:
        there = yield Nodes(TERM, "id", np.array(chosen.terms, np.int64), ["id"])
        terms = len(chosen.terms) - len(there["id"])
    texts = sum(mark.texts for mark in marks)
    others = 0
    for relationship in (PAIRED, APART):
        others += len((yield Edges(relationship, cache.ids(chosen.numbers)))["source"])
    left = len(alive["number"]) + len(copies) + firings + synapses + others + (texts if asked.erase else 0)
    return Receipt(
        asked.given,
        chosen.numbers,
        chosen.engrams - len(alive["number"]),
        len(chosen.numbers) - chosen.engrams - chosen.copies,
        chosen.firings - firings,
        chosen.synapses - synapses,
        terms,
        chosen.texts - texts,
        chosen.copies - len(copies),
        left,
    )


def _counted(cache: EngramWorkingSet, numbers: Sequence[int], afresh: bool = False) -> Asking[tuple[int, int]]:
    """How often engrams were part of an open firing, and how many synapses they have; `afresh`: as the store says."""
    ids = cache.ids(numbers)
    synapses = yield Edges(COFIRED, ids)
    if not afresh:
        some = set(numbers)
        return sum(len(some & fired.keys()) for fired in cache.firings.values()), len(synapses["source"])
    open_ = yield Between(FIRING, "id", cache.first_firing, cache.first_firing + LAST, ["id"])
    fired = yield Edges(FIRED, open_["id"])
    return int(np.isin(fired["target"], ids).sum()), len(synapses["source"])


def _chosen(cache: EngramWorkingSet, asked: Asked, options: Options) -> Asking[list[SampleMark]]:
    """The notes that are meant, by number."""
    so = "; nothing was forgotten"
    if asked.source is not None and asked.source not in (names := (yield SourceNames()).values()):
        like = did_you_mean(asked.source, names)
        raise BadInput(f"nothing in {cache.name!r} is of a source {shown(asked.source)}{like}{so}")
    if asked.ids is not None:
        marks = yield from notes.resolved(cache.name, asked.ids, asked.source, so)
        for mark in marks:
            if mark.ended is not None and not (asked.erase and mark.texts):
                (end,) = yield Events(("unlearn",), mark.ended, mark.ended, 1)
                what = f"the engram {mark.position} of {cache.name!r} was forgotten at {dated(end.time)} already"
                more = " (erase=True removes its text, too)" if mark.texts else ""
                raise BadInput(f"{what}{more}{so}")
        return sorted(marks)
    of_source = None if asked.source is None else (yield Named(None, asked.source))
    if asked.where is None and asked.stream is None:
        marks = of_source or []
    else:
        numbers = yield from _filtered(cache, asked, options)
        marks = yield Marks(sorted(numbers))
        marks = marks if of_source is None else sorted(set(marks) & set(of_source))
    marks = [mark for mark in marks if mark.ended is None or (asked.erase and mark.ended and mark.texts)]
    if not marks:
        raise BadInput(f"no note in {cache.name!r} is so{so}")
    return marks


def _filtered(cache: EngramWorkingSet, asked: Asked, options: Options) -> Asking[set[int]]:
    """The numbers of the notes that filters mean: those alive, and where texts are erased also all that were."""
    found: set[int] = set()
    if asked.erase:
        found = yield from _ever(asked, options)
    if not found:
        wanted = notes.Wanted(asked.where, asked.stream)
        found = {engram.number for engram in (yield from notes.listing(cache, wanted, None))}
        if options.merge_above is not None:
            copies = yield from all_of(cache)
            found |= {copy.number for copy in copies if wanted.takes(copy.stream, copy.payload)}
    return found


def _ever(asked: Asked, options: Options) -> Asking[set[int]]:
    """The numbers of the notes, alive or not, that filters mean by what the journal last said of each."""
    found: set[int] = set()
    streamed: set[int] = set()
    last = 0
    while rows := (yield Events(("learn", "update"), last + 1, LAST, _EVENTS)):
        for row in rows:
            if row.payload is None:
                continue
            if row.kind == "learn":
                note, number = Note.read(row.payload), row.position
                stream = note.stream or (of_session(row.session) if options.embedder is not None else None)
                payload: str | None = note.payload
                if asked.stream in (None, stream):
                    streamed.add(number)
            else:
                number, payload = row.target or 0, Update.read(row.payload).payload
            if number in streamed and payload is not None:
                matches = asked.where is None or asked.where.matches(json.loads(payload))
                (found.add if matches else found.discard)(number)
        if len(rows) < _EVENTS:
            break
        last = rows[-1].position
    return found
