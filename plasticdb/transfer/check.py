"""Reading an export of a journal: whole, by its checksum, and in every line what it should be, before anything is done."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from ..engram import events as engram_events
from ..engram import options as engram_options
from ..engram.memory import EngramMemory
from ..errors import BadInput, BadMemory
from ..files.samples import check_source
from ..journal.tables import KINDS, MASSES, SKIP, VOID
from ..kit.spelling import PLAIN, Spelling
from ..kit.texts import is_text
from ..memory.options import filled
from ..sequence.memory import SequenceMemory
from ..sequence.options import Options
from ..sequence.tokens import Tokenizer
from .agreement import Ties
from .dump import FORMAT

__all__ = ["Contents", "Dumped", "Event", "check", "events"]

LONGEST = 1 << 28
"""Bytes of a line at most."""
_HIGHEST = 1 << 63
_AGES = 6e10
"""Seconds: within the years 69 and 3871."""
_HEAVIEST = 1e6
"""What a sample is reinforced or weakened by at most."""
OPTIONS: dict[str, type[Options] | type[engram_options.Options]] = {
    SequenceMemory.kind.name: Options,
    EngramMemory.kind.name: engram_options.Options,
}


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the file has it; `source` is a name. `content` is the hash by which the journal finds a sample."""

    position: int
    session: int
    kind: str
    time: float
    symbols: int
    source: str | None = None
    external_id: str | None = None
    payload: str | None = None
    mass: float | None = None
    target: int | None = None
    ended: int | None = None
    content: int | None = None


@dataclass(slots=True)
class Dumped:
    """A memory in an export, and where in the file its sources and events begin."""

    name: str
    kind: str
    options: dict[str, Any]
    position: int
    erased: int
    offset: int = 0
    sources: dict[int, str] = field(default_factory=dict)

    @property
    def cut(self) -> Tokenizer | None:
        """How a sequence memory's samples are cut."""
        return Options(**self.options).cut if self.kind == SequenceMemory.kind.name else None

    @property
    def spelling(self) -> Spelling:
        """Which payloads are one sample."""
        return PLAIN if (cut := self.cut) is None else cut.spelling


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in an export."""

    sessions: dict[int, tuple[str, float, float | None]]
    memories: list[Dumped]


def check(stream: BinaryIO, file: str) -> Contents:
    """Read an export to its end; raises BadInput, in words, where it is not one, not whole, or not as it was written."""
    _checksum(stream, file)
    stream.seek(0)
    contents = Contents({}, [])
    reader, offset = _Reader(contents), 0
    for line, raw in enumerate(stream, 1):
        offset += len(raw)
        try:
            record = json.loads(raw)
            if record["record"] == "end":
                break
            reader.read(record, offset)
        except (_Wrong, BadInput) as error:
            raise BadInput(f"{file}: line {line}: {error}; nothing was imported") from None
        except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
            raise BadInput(f"{file}: line {line} is not what an export has there; nothing was imported") from None
    reader.end(file)
    return contents


def events(stream: BinaryIO, memory: Dumped) -> Iterator[Event]:
    """The events of a memory of a checked export, in order."""
    spelling = memory.spelling
    stream.seek(memory.offset)
    for raw in stream:
        record = json.loads(raw)
        if record["record"] == "event":
            event = _event(record, memory.sources)
            if event.kind == "learn" and event.payload is not None and event.ended != VOID:
                event = replace(event, content=spelling.content(event.payload))
            yield event
        elif record["record"] != "source":
            return


class _Wrong(Exception):
    """What is wrong with a record, in words."""


def _checksum(stream: BinaryIO, file: str) -> None:
    """That the file begins and ends as an export does, and is as it was written."""
    first = stream.readline(1 << 16)
    try:
        head = json.loads(first)
        mine = head["record"] == "plasticdb" and isinstance(head["format"], int)
    except (ValueError, KeyError, TypeError, RecursionError):
        mine = False
    if not mine:
        raise BadInput(f"{file} is no export of plasticdb; give a file that `plasticdb export --format jsonl` wrote")
    if head["format"] > FORMAT:
        raise BadInput(
            f"{file} was written by a newer plasticdb ({head.get('version')}, format {head['format']}); upgrade to read it"
        )
    seen, lines, last = hashlib.sha256(), 0, first
    while raw := stream.readline(LONGEST):
        seen.update(last)
        lines += 1
        last = raw
    try:
        end = json.loads(last)
        ended = end["record"] == "end" and last.endswith(b"\n")
    except (ValueError, KeyError, TypeError, RecursionError):
        ended = False
    if not ended:
        raise BadInput(
            f"{file} is cut off (its last line is not the end of an export); get the whole file, or export again"
        )
    if (end.get("lines"), end.get("sha256")) != (lines, seen.hexdigest()):
        raise BadInput(f"{file} is damaged (it does not have the checksum that it was written with); export again")


@dataclass(slots=True)
class _Reader:
    """Takes one record after the other and refuses what cannot follow."""

    contents: Contents
    head: bool = False
    memory: Dumped | None = None
    at: int = 0
    ties: Ties = field(default_factory=Ties)

    def read(self, record: dict[str, Any], offset: int) -> None:
        what = record["record"]
        if not self.head or what == "plasticdb":
            _must(what == "plasticdb" and not self.head, "an export begins with its head, once")
            self.head = True
        elif what == "session":
            _must(self.memory is None, "sessions come before memories")
            _must(_whole(record["id"]) not in self.contents.sessions, "a session comes once")
            ended = record["ended"]
            values = (_text(record["version"]), _time(record["started"]), None if ended is None else _time(ended))
            self.contents.sessions[_whole(record["id"])] = values
        elif what == "memory":
            self._end()
            self.memory, self.at, self.ties = _memory(record, offset), 0, Ties()
            _must(self.memory.erased <= self.memory.position, "what was erased is in the journal")
            _must(self.memory.name not in {m.name for m in self.contents.memories}, "a memory comes once")
            self.contents.memories.append(self.memory)
        elif what == "source":
            _must(self.memory is not None and self.at == 0, "sources come before events")
            assert self.memory is not None
            name = _text(record["name"])
            check_source(name)
            _must(_whole(record["id"]) not in self.memory.sources, "a source comes once")
            _must(name not in self.memory.sources.values(), "a source comes once")
            self.memory.sources[_whole(record["id"])] = name
        else:
            _must(what == "event" and self.memory is not None, f"{what!r} is nothing that this version knows")
            assert self.memory is not None
            self._event(_event(record, self.memory.sources), self.memory)

    def _event(self, event: Event, memory: Dumped) -> None:
        _must(_whole(event.position) == self.at + 1, f"event {self.at + 1} is missing")
        self.at += 1
        _must(event.session in self.contents.sessions, f"session {event.session} is missing")
        _time(event.time)
        _must(_whole(event.symbols) > 0, f"{event.symbols} is no number of symbols")
        _must(event.kind in (*KINDS[memory.kind], SKIP), f"{event.kind!r} is no kind of event that this version knows")
        if event.external_id is not None:
            _text(event.external_id)
        if event.payload is not None:
            _text(event.payload)
        if event.kind == SKIP:
            bare = (event.source, event.external_id, event.payload, event.mass, event.ended)
            _must(event.target is None or 0 < _whole(event.target) < self.at, "a target comes earlier")
            _must(event.target is not None and bare == (None,) * len(bare), "a skip has a target and nothing else")
        elif memory.kind == EngramMemory.kind.name:
            self._of_engrams(event, memory)
        else:
            self._of_samples(event, memory)
        self.ties.add(event)

    def _of_samples(self, event: Event, memory: Dumped) -> None:
        ended = event.ended
        _must(
            ended is None or _whole(ended) == VOID or self.at < ended <= memory.position,
            "what ends an event comes later",
        )
        _must((event.target is None) == (event.kind in ("learn", "decay")), f"a {event.kind} has a wrong target")
        _must(event.target is None or 0 < _whole(event.target) < self.at, "a target comes earlier")
        learns = event.kind == "learn"
        _must(learns or (event.source is None and event.external_id is None), f"a {event.kind} has no source and no id")
        if ended == VOID:  # that it can't be applied may be why it was skipped
            return
        if event.kind in MASSES:
            mass = _number(event.mass)
            _must(0 < abs(mass) <= _HEAVIEST, f"{event.mass} is no mass")
            _must(
                mass == 1 if learns else (mass < 0) == (event.kind == "weaken"), f"{mass} is no mass of a {event.kind}"
            )
        else:
            _must(event.mass is None, f"a {event.kind} has no mass")
        if learns:
            if event.payload is not None:
                _payload(memory, event.payload)
        elif event.kind == "decay":
            span = json.loads(_text(event.payload))
            _must(_whole(span["first"]) <= _whole(span["last"]) < self.at, "a decay is of what was before it")
            _must(span.keys() == {"first", "last", "half_life"} and _number(span["half_life"]) > 0, "no decay")
        else:
            payloads = (None, "erase", "erased") if event.kind == "unlearn" else (None,)
            _must(event.payload in payloads, f"{event.payload!r} is no payload of {event.kind}")

    def _of_engrams(self, event: Event, memory: Dumped) -> None:
        _must(
            event.target is None and event.ended in (None, VOID) and event.source is None, "engrams are not taken back"
        )
        _must(event.external_id is None or event.kind == "learn", f"a {event.kind} has no id")
        if event.ended == VOID:
            return
        _must(event.mass == (1 if event.kind == "learn" else None), f"{event.mass} is no mass of an engram")
        options = engram_options.Options(**memory.options)
        _must(
            engram_events.check(event.kind, event.payload, event.position, options),
            f"that is not what a journal has of a {event.kind}",
        )

    def _end(self) -> None:
        if self.memory is not None:
            _must(self.at == self.memory.position, f"{self.memory.name!r} ends at event {self.at}")
            if wrong := self.ties.wrong(self.memory.erased):
                raise _Wrong(f"the events of {self.memory.name!r} do not agree: {wrong}")

    def end(self, file: str) -> None:
        try:
            self._end()
        except _Wrong as error:
            raise BadInput(f"{file}: {error}; nothing was imported") from None
        if not self.contents.memories:
            raise BadInput(f"{file} holds no memory; there is nothing to import")


def _memory(record: dict[str, Any], offset: int) -> Dumped:
    name, kind = _text(record["name"]), _text(record["kind"])
    if kind not in OPTIONS:
        raise _Wrong(f"{name!r} is a memory of the kind {kind!r}, which this version does not have; upgrade plasticdb")
    try:
        OPTIONS[kind](**filled(record["options"], OPTIONS[kind]))
    except BadMemory as error:
        raise _Wrong(str(error)) from None
    return Dumped(name, kind, record["options"], _whole(record["position"]), _whole(record["erased"]), offset)


def _event(record: dict[str, Any], sources: dict[int, str]) -> Event:
    values = {name: value for name, value in record.items() if name != "record"}
    _must("content" not in values, "an event has no content of its own: it follows from the payload")
    if "source" in values:
        values["source"] = sources[values["source"]]
    return Event(**values)


def _payload(memory: Dumped, payload: str) -> None:
    cut = memory.cut
    assert cut is not None
    _must(cut.payload(cut.sample(payload)) == payload, f"{payload[:80]!r} is not what a journal has of a sample")
    size, most = len(cut.encode(payload)), Options(**memory.options).max_symbols
    _must(size <= most, f"a sample has {size:,} symbols, and the memory takes {most:,}")


def _must(true: bool, otherwise: str) -> None:
    if not true:
        raise _Wrong(otherwise)


def _text(value: object) -> str:
    if not isinstance(value, str) or not is_text(value):  # its words would be as long as a payload
        raise _Wrong(f"{value!r} is no text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _HIGHEST:
        raise _Wrong(f"{value!r} is no whole number")
    return value


def _time(value: object) -> float:
    seconds = _number(value)
    _must(-_AGES < seconds < _AGES, f"{value!r} is no time")
    return seconds


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _Wrong(f"{value!r} is no number")
    return float(value)
