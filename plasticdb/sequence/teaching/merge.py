"""Merging: which events of an export a memory has already, and the others as they are here.

An event is the same as one here if it is a copy of it: a learning, if time, source, symbols, id and text are the same
(or the text was erased, there or here); a reinforcement or an unlearning, if it is about the same sample; a decay, if
it is of the same samples. What is left is added behind what is here, in its order, with some exceptions: a sample
that its source has taught here as well (by external id) is not learned twice, and what happened to it there is left
out with it; what happened to a sample that was unlearned here is left out; and a decay is of the samples that were
merged, so that it may become several where others stand between them. Consolidations are left out: where one of the two
was consolidated, so is what comes out, once, behind all else.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...journal import comparing
from ...journal.events import VOID, Event
from ...journal.pen import Pen, end_events, free_ids
from ...journal.skipping import make_void
from ...kinds import LEARN, SKIP, UNLEARN
from ..events import CONSOLIDATE

__all__ = ["merge"]

NOT_TAKEN = -1
"""Where an event is here that was left out."""

Sample = tuple[Any, ...]
"""time, source, symbols, external id, content: what a learning is known by; the last two are None once erased."""
Positions = NDArray[np.int64]


def merge(pen: Pen, there: Callable[[], Iterator[Event]], last: int, erased: int) -> tuple[Iterator[Event], int, int]:
    """What a locked memory lacks of an export: the events that are to be written; how many events of the export those are,
    and where here the export's last unlearning is whose text is gone (0: it was here before).

    there: gives the export's events, from the first to the `last`. erased: where its last unlearning is whose text is gone.
    """
    first = pen.position
    here = np.zeros(last + 1, np.int64)
    freed: list[int] = []
    left = _match(pen, there(), here, freed)
    plan = _Plan(pen, first, here, _taught(pen, left, freed))
    plan.read(there())
    end_events(pen.connection, pen.memory, plan.ends)
    for position in plan.void:
        make_void(pen.connection, pen.memory, position)
    free_ids(pen.connection, pen.memory, freed)
    gone, last_one = int(here[erased]), plan.consolidation()
    added = chain(plan.added(there()), () if last_one is None else (last_one,))
    return added, int((here > first).sum()) + (last_one is not None), gone if gone > first else 0


def _match(pen: Pen, there: Iterator[Event], here: Positions, freed: list[int]) -> list[Event]:
    """Find the samples that are here as well (their positions go into `here`); the learnings that are not. Those of here
    whose id another sample has there go into `freed`.

    A copy begins as the original does, position by position, which tells even equal samples apart. Behind that, samples
    of one time, source and length were learned in one go, and stand in one order wherever they were merged: if all of
    them are here, they match one by one; otherwise those whose id and text are the same do, and then the erased ones.
    """
    ours, learned = comparing.learned(pen), (event for event in there if event.kind == LEARN)
    theirs = next(learned, None)
    mine = next(ours, None)
    while mine and theirs and mine[0] == theirs.position and _same(mine[1], _sample(theirs)):
        here[theirs.position] = mine[0]
        if _lost_id(theirs, mine[1]):
            freed.append(mine[0])
        mine, theirs = next(ours, None), next(learned, None)
    left, pool = defaultdict[Sample, list[Event]](list), defaultdict[Sample, list[tuple[int, Sample]]](list)
    for event in () if theirs is None else chain([theirs], learned):
        left[_sample(event)[:3]].append(event)
    for row in () if mine is None else chain([mine], ours):
        pool[row[1][:3]].append(row)
    unlike = [event for key, events in left.items() for event in _pair(events, pool.get(key, []), here, freed)]
    return sorted(unlike, key=lambda event: event.position)


def _pair(theirs: list[Event], ours: list[tuple[int, Sample]], here: Positions, freed: list[int]) -> list[Event]:
    """Match samples of one time, source and length; those that are not here."""
    if len(theirs) == len(ours) and all(_same(b[1], _sample(a)) for a, b in zip(theirs, ours, strict=True)):
        for event, (position, sample) in zip(theirs, ours, strict=True):
            here[event.position] = position
            if _lost_id(event, sample):
                freed.append(position)
        return []
    texts = defaultdict[Sample, list[int]](list)
    for position, sample in reversed(ours):
        texts[sample].append(position)
    left = []
    for event in theirs:
        if found := texts.get(_sample(event)):
            here[event.position] = found.pop()
        else:
            left.append(event)
    rest = sorted((position, sample[-1] is None) for sample, found in texts.items() for position in found)
    erased, kept = ([position for position, gone in rest if gone is which][::-1] for which in (True, False))
    unlike = []
    for event in left:
        if found := kept if event.payload is None else erased:
            here[event.position] = found.pop()
        else:
            unlike.append(event)
    return unlike


def _sample(event: Event) -> Sample:
    return (event.time, event.source, event.symbols, event.external_id, event.content)


def _same(a: Sample, b: Sample) -> bool:
    """Whether two samples are one: as well where its text was erased, or another one has its id (`skipping`)."""
    alike = a[-1] is None or b[-1] is None or (a[-1] == b[-1] and None in (a[3], b[3]))
    return a == b or (a[:3] == b[:3] and alike)


def _lost_id(event: Event, sample: Sample) -> bool:
    """Whether a sample of here has an id that it has not there, though its text is there."""
    return event.external_id is None and event.payload is not None and sample[3] is not None


def _taught(pen: Pen, left: list[Event], freed: list[int]) -> dict[tuple[str | None, str], int]:
    """Where samples are that sources have taught here too, of those that did not match: by source and external id."""
    taught, lost = {}, set(freed)
    ids = sorted({event.external_id for event in left if event.external_id is not None})
    for position, source, external_id in comparing.taught(pen, ids):
        if position not in lost:
            taught[source, external_id] = position
    return taught


@dataclass(slots=True)
class _Plan:
    """Decides, event by event in their order, what is added and where (`here`); writes nothing."""

    pen: Pen
    position: int
    here: Positions
    taught: dict[tuple[str | None, str], int]
    ends: list[tuple[int, int]] = field(default_factory=list)
    void: list[int] = field(default_factory=list)  # events of here that were skipped there
    skips: dict[int, int] = field(default_factory=dict)  # where an event of here is skipped
    first: int = 0
    about: dict[tuple[Any, ...], list[int]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[int, int] = field(default_factory=dict)
    texts: set[int] = field(default_factory=set)  # samples of here that are unlearned and not erased
    spans: dict[tuple[float, float, int, int], int] = field(default_factory=dict)
    runs: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    masses: list[int] = field(default_factory=list)
    takes_mass: list[int] = field(default_factory=list)
    fits: list[tuple[float, str]] = field(default_factory=list)  # the consolidations of here
    fitted: Event | None = None  # the last one there
    newest: Event | None = None  # the last event there

    def __post_init__(self) -> None:
        self.first = self.position
        decays = []
        for row in comparing.events(self.pen):
            if row.mass is not None:
                self.masses.append(row.position)
            if row.target is not None and row.kind != SKIP:
                self.about[row.kind, row.time, row.mass, row.target].append(row.position)
            if row.kind == LEARN and row.ended is not None:
                self.ended[row.position] = row.ended
                if row.content is not None:
                    self.texts.add(row.position)
            elif row.kind == UNLEARN and row.payload == "erase":
                self.texts.discard(row.target)
            elif row.kind == "decay" and row.ended != VOID:
                decays.append(row)
            elif row.kind == SKIP:
                self.skips[row.target] = row.position
            elif row.kind == CONSOLIDATE and row.ended != VOID:
                self.fits.append((row.time, row.payload))
        for row in decays:
            span = json.loads(row.payload)
            for run in self._runs(np.arange(span["first"], span["last"] + 1)):
                self.spans[row.time, span["half_life"], *run] = row.position

    def read(self, there: Iterator[Event]) -> None:
        for event in there:
            if not self.here[event.position]:
                self.here[event.position] = self._place(event)
            if event.mass is not None:
                self.takes_mass.append(event.position)

    def _place(self, event: Event) -> int:
        """Where an event is here, or will be."""
        if event.kind == SKIP:
            return self._skip(int(self.here[event.target or 0]), event)
        self.newest = event
        skipped = event.ended == VOID  # then it is not added, but may be here, to be skipped
        if event.kind == "decay":
            return self._decay_here(event) if skipped else self._decay(event)
        if event.kind == CONSOLIDATE:
            self.fitted = self.fitted if skipped else event
            return NOT_TAKEN
        if event.target is None and (skipped or event.mass is None):  # about the whole graph, which is another one here
            return NOT_TAKEN
        if event.target is None:
            at = None if event.external_id is None else self.taught.get((event.source, event.external_id))
            return self._next(event) if at is None or at in self.ended else NOT_TAKEN
        sample = int(self.here[event.target])
        if sample == NOT_TAKEN:
            return NOT_TAKEN
        if event.kind == UNLEARN and not skipped:
            return self._unlearning(event, sample)
        if known := self.about.get((event.kind, event.time, event.mass, sample)):
            return known.pop(0)
        return NOT_TAKEN if skipped or sample in self.ended else self._next(event)

    def consolidation(self) -> Event | None:
        """The event that comes behind all that is added; None where there is nothing to fit anew."""
        known = self.fitted is None or (self.fitted.time, self.fitted.payload) in self.fits
        if self.newest is None or (known and (self.position == self.first or not (self.fits or self.fitted))):
            return None
        said = self.fits[-1][1] if self.fitted is None else self.fitted.payload
        event = self.newest if known or self.fitted is None else self.fitted
        return Event(self.position + 1, event.session, CONSOLIDATE, event.time, 1, payload=said)

    def _unlearning(self, event: Event, sample: int) -> int:
        if sample in self.ended:
            if event.payload is None or sample not in self.texts:
                return self.ended[sample] or NOT_TAKEN
            return self._next(event)  # unlearned before, and erased there: what is added takes the text away
        self.ended[sample] = self.position + 1
        if sample <= self.first:
            self.ends.append((sample, self.position + 1))
            if event.payload is None:
                self.texts.add(sample)
        return self._next(event)

    def _skip(self, position: int, event: Event) -> int:
        """What was skipped there is so here, where it is here; what it is about, or took back, follows (`skipping`)."""
        if position == NOT_TAKEN:
            return NOT_TAKEN
        if position not in self.skips:
            self.skips[position] = self.position + 1
            self.void.append(position)
            return self._next(event)
        return self.skips[position]

    def _next(self, event: Event) -> int:
        self.position += 1
        if event.mass is not None:
            self.masses.append(self.position)
        return self.position

    def _decay(self, event: Event) -> int:
        span = json.loads(event.payload or "")
        ends = bisect_left(self.takes_mass, span["first"]), bisect_right(self.takes_mass, span["last"])
        places = self.here[self.takes_mass[slice(*ends)]]
        runs = self._runs(np.sort(places[places > 0]))
        known = [self.spans.get((event.time, span["half_life"], *run)) for run in runs]
        new = [run for run, position in zip(runs, known, strict=True) if position is None]
        if not new:
            return NOT_TAKEN
        self.runs[event.position] = new
        first = self.position + 1
        self.position += len(new)
        return first

    def _decay_here(self, event: Event) -> int:
        """Where a decay that was skipped there is here."""
        try:
            half_life = json.loads(event.payload or "")["half_life"]
        except (ValueError, TypeError, KeyError):  # that may be why
            return NOT_TAKEN
        found = [position for key, position in self.spans.items() if key[:2] == (event.time, half_life)]
        return found[0] if len(found) == 1 else NOT_TAKEN

    def _runs(self, places: Positions) -> list[tuple[int, int]]:
        """Positions of events of mass as spans (first, last) with no other such event between."""
        masses = np.array(self.masses, np.int64)
        places = places[np.isin(places, masses)]
        if not len(places):
            return []
        cuts = np.flatnonzero(np.diff(np.searchsorted(masses, places)) > 1) + 1
        return [(int(run[0]), int(run[-1])) for run in np.split(places, cuts)]

    def added(self, there: Iterator[Event]) -> Iterator[Event]:
        """The events that are added, as they are here."""
        for event in there:
            position = int(self.here[event.position])
            if position <= self.first:
                continue
            if event.kind == "decay":
                half_life = json.loads(event.payload or "")["half_life"]
                for i, (first, last) in enumerate(self.runs[event.position]):
                    span = json.dumps({"first": first, "last": last, "half_life": half_life})
                    yield replace(event, position=position + i, payload=span)
                continue
            target = None if event.target is None else int(self.here[event.target])
            ended = None if event.ended is None else int(self.here[event.ended])
            payload = event.payload
            if payload == "erased" and target is not None and target <= self.first:
                payload = "erase"  # its text is still here: the graph unlearns it, then it goes
            yield replace(event, position=position, target=target, ended=ended, payload=payload)
