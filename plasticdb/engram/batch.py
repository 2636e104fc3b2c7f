"""One batch of events on its way into the graph: what they do to the working set, and that as changes of the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush

import numpy as np

from ..memory.requests import Asking, Between, Nodes
from ..memory.succession import Succession
from . import rules
from .copies import Copies
from .events import Note, Prepared, Reminding, Update
from .mentions import Mentions
from .options import Options
from .rules import LONG, SHORT, WORKING, Vectors
from .schema import ENGRAM, NEXT, STREAM
from .shortcuts import Shortcuts
from .succession import insert, of_session
from .usefulness import least_useful
from .working_set import COLUMNS, Engram, EngramWorkingSet

__all__ = ["EventBatch"]

_SPARE = 20
"""Of long-term memory that is too large a part goes, so that not every tick has to look for the least useful."""


@dataclass(slots=True)
class EventBatch:
    """Applies events, one after the other, to the working set; `outcome.changes` says what that is in the graph.

    ticks: how many ticks it may take at most: engrams that may die in them are fetched in one go.
    """

    cache: EngramWorkingSet
    options: Options
    ticks: int
    created: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    dead: dict[int, Engram] = field(default_factory=dict)
    fired: dict[int, tuple[int, int]] = field(default_factory=dict)
    gone: list[tuple[int, int]] = field(default_factory=list)
    closed: dict[int, dict[int, str]] = field(default_factory=dict)
    closed_in: dict[int, str] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)
    expiring: list[tuple[float, int]] | None = None
    updated: bool = False
    copies: Copies = field(init=False)
    mentions: Mentions = field(init=False)
    shortcuts: Shortcuts = field(init=False)
    succession: Succession = field(init=False)

    def __post_init__(self) -> None:
        self.cache.changing()
        self.copies, self.mentions = Copies(self.cache), Mentions(self.cache)
        self.shortcuts = Shortcuts(self.cache, self.options.shortcuts, self.closed)
        self.succession = Succession(self.cache, STREAM, NEXT, "engrams")

    @property
    def merging(self) -> bool:
        """Whether there may be copies, which notes become that are merged into others."""
        return self.options.merge_above is not None

    # What happens

    def remember(self, number: int, note: Note, external_id: str | None, session: int) -> Asking[None]:
        """Take an engram into working memory; one whose text was erased takes its place, and is forgotten later."""
        cache, vector = self.cache, note.vector
        if vector is None:
            vector = np.zeros(self.options.dimension, np.float32)
        engram = Engram(number, WORKING, vector, note.payload, cache.tick, self._expiry(), external_id=external_id)
        cache.add(engram)
        self.created.add(number)
        self._ages(engram)
        if note.text is not None:
            self._word(engram, note.text, note.terms)
        engram.stream = note.stream
        if engram.stream is None and self.options.embedder is not None and note.vector is not None:
            engram.stream = of_session(session)
        if engram.stream is not None:
            yield from self.succession.load([engram.stream])
            self.succession.add(engram)

    def update(self, number: int, update: Update) -> Asking[None]:
        """Give an engram another payload or text; where it is not alive, nothing happens."""
        cache = self.cache
        yield from cache.load([number], self.dead)
        if (engram := cache.engrams.get(number)) is None:
            return
        engram.payload = update.payload or engram.payload
        if update.vector is not None:
            engram.vector = update.vector
        if update.text is not None:
            self._word(engram, update.text, update.terms)
        cache.updated += 1
        self.updated = True
        self.touched.add(number)

    def reembed(self, prepared: Mapping[int, str | None]) -> Asking[None]:
        """Give engrams other vectors, as they were prepared; where one was erased, or does not fit, it is one of zeros."""
        cache = self.cache
        yield from cache.load(prepared, self.dead)
        for number, payload in prepared.items():
            if (engram := cache.engrams.get(number)) is not None:
                engram.vector = self._prepared(payload)
                self.touched.add(number)
        for number, copy in (yield from self.copies.load(prepared)).items() if self.merging else ():
            self.copies.put(replace(copy, vector=self._prepared(prepared[number])))
        cache.updated += 1
        self.updated = True

    def _prepared(self, payload: str | None) -> Vectors:
        vector = None if payload is None else Prepared.read(payload).vector
        fits = vector is not None and len(vector) == self.options.dimension
        return vector if fits and vector is not None else np.zeros(self.options.dimension, np.float32)

    def unlearn(self, numbers: Sequence[int]) -> Asking[None]:
        """Forget engrams, one after the other: from now on it is as if they had never been, but for what others fired."""
        yield from self.cache.load(numbers, self.dead)
        there = [number for number in dict.fromkeys(numbers) if number in self.cache.engrams]
        if there:
            yield from self.take_out(there)

    def take_out(self, numbers: Sequence[int]) -> Asking[None]:
        """Let engrams that are here be no more, one after the other."""
        yield from self._bury(numbers)
        yield from self._leave([self.dead[number] for number in numbers])

    def put_back(self, engram: Engram, text: str | None, terms: Mapping[str, int], stream: str | None) -> Asking[None]:
        """Let an engram be again that was here before, at its place in a stream."""
        number = engram.number
        there = self.dead.pop(number, None) is not None and number not in self.created
        (self.touched if there else self.created).add(number)
        self.updated |= there
        self.cache.add(engram)
        self._ages(engram)
        self._word(engram, text, terms)
        if stream is not None:
            self.touched |= yield from insert(self.succession, self.cache, engram, stream, self.dead)

    def live(self, lifespans: Mapping[int, float]) -> Asking[None]:
        """Give engrams so many ticks to live from now on; pinned ones stay as they are."""
        yield from self.cache.load(lifespans, self.dead)
        for number, ticks in lifespans.items():
            engram = self.cache.engrams.get(number)
            if engram is not None and not engram.pinned:
                self.expires(engram, float(rules.expiry(self.cache.tick, ticks)))

    def pin(self, numbers: Sequence[int], pinned: bool) -> Asking[None]:
        """Let engrams never die, or live as long as new ones do."""
        yield from self.cache.load(numbers, self.dead)
        for number in numbers:
            if (engram := self.cache.engrams.get(number)) is not None and bool(engram.pinned) != pinned:
                engram.pinned = int(pinned)
                self.expires(engram, np.inf if pinned else self._expiry())

    def fire(self, number: int, reminding: Reminding, session: int) -> Asking[None]:
        """Engrams fire together; one that is not alive (as only a journal made by hand would have it) does not."""
        yield from self.cache.load(reminding.fired(), self.dead)
        why = {engram: why for engram, why in reminding.fired().items() if engram in self.cache.engrams}
        for engram in why:
            self.cache.engrams[engram].fires += 1
        self.touched.update(why)
        self.cache.firings[number] = why
        self.fired[number] = (self.cache.tick, session)
        if reminding.context is not None:
            self.cache.contexts[number] = reminding.context
        yield from self.shortcuts.fire(number, why)

    def reward(self, deltas: Mapping[int, float]) -> Asking[None]:
        """Give engrams so many ticks more; one that is not alive is left out."""
        cache = self.cache
        yield from cache.load(deltas, self.dead)
        deltas = {number: delta for number, delta in deltas.items() if number in cache.engrams}
        for number, delta in deltas.items():
            engram = cache.engrams[number]
            left = rules.lifespan(np.array(engram.expires_at), cache.tick, delta)
            engram.rewarded += delta
            self.expires(engram, float(rules.expiry(cache.tick, left)))

    def turn(self) -> Asking[None]:
        """End a tick."""
        cache = self.cache
        yield from self._expect()
        cache.tick += 1
        expired = set()
        assert self.expiring is not None
        while self.expiring and self.expiring[0][0] <= cache.tick:
            at, number = heappop(self.expiring)
            if number in cache.engrams and cache.engrams[number].expires_at == at:
                expired.add(number)
        working, short = (np.array([e.number for e in cache.at(level)], np.int64) for level in (WORKING, SHORT))
        ended = rules.turn(working, short, np.array(sorted(expired), np.int64), self.options.capacity)
        for number in ended.short.tolist():
            cache.move(number, SHORT)
        for number in ended.long.tolist():
            cache.move(number, LONG)
        self.touched.update(ended.short.tolist(), ended.long.tolist())
        yield from self._die(ended.died.tolist())
        yield from self._place(ended.long.tolist(), self._holes(ended.died.tolist()))
        most = self.options.capacity_long
        if most is not None and cache.long > most:
            copies = (yield from self.copies.all()) if self.merging else ()
            useless = yield from least_useful(cache, self.dead, copies, cache.long - most + most // _SPARE)
            yield from self._die(useless)
            yield from self._place([], self._holes(useless))

    def consolidate(self, firings: list[int]) -> None:
        cache = self.cache
        for number in [n for n in firings if n in cache.firings]:
            self.closed[number] = cache.firings.pop(number)
            cache.consolidated = max(cache.consolidated, number)
            if number in cache.contexts:
                self.closed_in[number] = cache.contexts.pop(number)

    # How it is kept

    def _expiry(self) -> float:
        """The tick at which what is new dies."""
        return float(rules.expiry(self.cache.tick, self.options.life))

    def expires(self, engram: Engram, at: float) -> None:
        """Let an engram die at a tick."""
        engram.expires_at = at
        self.touched.add(engram.number)
        self._ages(engram)

    def _word(self, engram: Engram, text: str | None, terms: Mapping[str, int]) -> None:
        """Let an engram have this text."""
        cache, count = self.cache, sum(terms.values())
        cache.texts += (text is not None) - (engram.text is not None)
        cache.terms += count - engram.terms
        if engram.terms or terms:
            self.mentions.now[engram.number] = terms
        engram.text, engram.terms = text, count

    def _ages(self, engram: Engram) -> None:
        if self.expiring is not None:
            heappush(self.expiring, (engram.expires_at, engram.number))

    def _expect(self) -> Asking[None]:
        """Before the first tick: fetch who may die in this batch."""
        if self.expiring is None:
            cache = self.cache
            last = cache.tick + self.ticks
            if cache.long:
                found = yield Between(ENGRAM, "expires_at", -np.inf, last, COLUMNS)
                alive = ~np.isin(found["number"], list(self.dead))
                cache.take({name: column[alive] for name, column in found.items()})
            self.expiring = [(e.expires_at, e.number) for e in cache.engrams.values()]
            heapify(self.expiring)

    def _holes(self, died: list[int]) -> list[int]:
        """The places that were of the dead."""
        return sorted(e.place for e in map(self.dead.__getitem__, died) if e.place is not None)

    def _die(self, numbers: list[int]) -> Asking[None]:
        """Let engrams die, and their copies with them."""
        if self.merging and numbers:
            for copies in (yield from self.copies.of(numbers)).values():
                for copy in copies:
                    self.copies.drop(copy.number)
        yield from self._bury(numbers)

    def _bury(self, died: Sequence[int]) -> Asking[None]:
        cache = self.cache
        yield from cache.load(died, self.dead)
        yield from self.shortcuts.bury(died)
        if linked := [engram for number in died if (engram := cache.engrams[number]).stream is not None]:
            yield from cache.load((yield from self.succession.behind(linked)))
            self.touched |= self.succession.remove(linked, cache.engrams)
        for number in died:
            self._word(cache.engrams[number], None, {})
            cache.gone += 1
            self.dead[number] = cache.remove(number)
        for firing, fired in cache.firings.items():
            for number in [n for n in died if n in fired]:
                del fired[number]
                if firing not in self.fired:
                    self.gone.append((firing, number))

    def _place(self, promoted: list[int], holes: list[int]) -> Asking[None]:
        """Number the long-term engrams without gaps: new ones, and then the last ones, go where others died."""
        cache = self.cache
        for number in promoted:
            place = holes.pop(0) if holes else cache.long
            cache.engrams[number].place, cache.long = place, max(cache.long, place + 1)
        if holes:
            self.places = {e.place: e.number for e in cache.engrams.values() if e.place is not None}
        while holes:
            cache.long -= 1
            if holes[-1] == cache.long:
                holes.pop()
                continue
            last = yield from self.long_term(cache.long)
            cache.engrams[last].place = holes.pop(0)
            self.touched.add(last)

    def _leave(self, dead: Sequence[Engram]) -> Asking[None]:
        """Let the places of the dead be filled as each goes in its turn: so it does not matter how many go at once."""
        cache = self.cache
        self.places = {e.place: e.number for e in (*cache.engrams.values(), *dead) if e.place is not None}
        last_places = range(cache.long - sum(engram.place is not None for engram in dead), cache.long)
        if unknown := [place for place in last_places if place not in self.places]:  # in one go
            keys = np.array(unknown, np.int64) + cache.first_place
            for number in cache.take((yield Nodes(ENGRAM, "place", keys, COLUMNS))):
                place = cache.engrams[number].place
                assert place is not None
                self.places[place] = number
        for engram in dead:
            if (hole := engram.place) is None:
                continue
            self.cache.long -= 1
            if hole != self.cache.long:
                last = yield from self.long_term(self.cache.long)
                moved = self.cache.engrams.get(last) or self.dead[last]
                moved.place, self.places[hole] = hole, last
                self.touched.add(last)
            self.places.pop(self.cache.long)

    def long_term(self, place: int) -> Asking[int]:
        """The number of the long-term engram in a place; the working set has it then."""
        cache = self.cache
        if place not in self.places:
            key = np.array([cache.first_place + place])
            (number,) = cache.take((yield Nodes(ENGRAM, "place", key, COLUMNS)))
            self.places[place] = number
        return self.places[place]
