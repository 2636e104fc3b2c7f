"""Reading an export of a journal: whole, by its checksum, and in every line what it should be, before anything is done."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from ..errors import BadInput, BadMemory
from ..files.samples import check_source
from ..journal.events import Event
from ..journal.tables import VOID
from ..kinds import LEARN, SKIP, Kind, kind_of, load
from ..kinds import Event as Declared
from ..kit.spelling import PLAIN, Spelling
from ..kit.texts import is_text
from ..memory.options import options_of
from .agreement import Ties
from .dump import FORMAT

__all__ = ["Contents", "Dumped", "check", "events"]

LONGEST = 1 << 28
"""Bytes of a line at most."""
_HIGHEST = 1 << 63
_AGES = 6e10
"""Seconds: within the years 69 and 3871."""
_HEAVIEST = 1e6
"""What a sample is reinforced or weakened by at most."""


@dataclass(slots=True)
class Dumped:
    """A memory in an export, and where in the file its sources and events begin."""

    name: str
    kind: Kind
    options: dict[str, Any]
    """As they were kept. `settings`: as its kind's class."""
    settings: Any
    position: int
    erased: int
    offset: int = 0
    sources: dict[int, str] = field(default_factory=dict)

    @property
    def spelling(self) -> Spelling:
        """Which payloads are one sample."""
        found: Spelling = getattr(self.settings, "spelling", PLAIN)
        return found


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
            if event.kind == LEARN and event.payload is not None and event.ended != VOID:
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
        raise BadInput(
            f"{file} is not an export of plasticdb; give a file that `plasticdb export --format jsonl` wrote"
        )
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
    ties: Ties = field(init=False)
    checks: dict[str, Callable[[Event, Any], object] | None] = field(default_factory=dict)

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
            self.memory, self.at = _memory(record, offset), 0
            kind = self.memory.kind
            self.ties = Ties(kind)
            self.checks = {event.name: load(event.check) if event.check else None for event in kind.events}
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
        _must(_whole(event.symbols) > 0, f"{event.symbols} is not a number of symbols")
        declared = memory.kind.event(event.kind)
        if declared is None and event.kind != SKIP:
            raise _Wrong(f"{event.kind!r} is not a kind of event that this version knows")
        if event.external_id is not None:
            _text(event.external_id)
        if event.payload is not None:
            _text(event.payload)
        if declared is None:
            _must(event.target is None or 0 < _whole(event.target) < self.at, "a target comes earlier")
            bare = (event.source, event.external_id, event.payload, event.mass, event.ended)
            _must(event.target is not None and bare == (None,) * len(bare), "a skip has a target and nothing else")
        else:
            self._declared(event, declared, memory)
        self.ties.add(event)

    def _declared(self, event: Event, declared: Declared, memory: Dumped) -> None:
        ended = event.ended
        _must(
            ended is None or _whole(ended) == VOID or self.at < ended <= memory.position,
            "what ends an event comes later",
        )
        _must((event.target is not None) == declared.targeted, f"a {event.kind} has a wrong target")
        _must(event.target is None or 0 < _whole(event.target) < self.at, "a target comes earlier")
        named = event.source is not None or event.external_id is not None
        _must(declared.sample or not named, f"a {event.kind} has no source and no id")
        if ended == VOID:  # that it can't be applied may be why it was skipped
            return
        if declared.mass:
            mass = _number(event.mass)
            _must(0 < abs(mass) <= _HEAVIEST, f"{event.mass} is not a mass")
            right = mass == 1 if declared.sample else (mass < 0) == (declared.mass < 0)
            _must(right, f"{mass} is not a mass of a {event.kind}")
        else:
            _must(event.mass is None, f"a {event.kind} has no mass")
        if (check := self.checks[event.kind]) is not None:
            _must(check(event, memory.settings) is not False, f"that is not what a journal has of a {event.kind}")

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
    try:
        found, options = kind_of(name, kind), record["options"]
        settings = options_of(name, kind, options)
    except BadMemory as error:
        raise _Wrong(str(error)) from None
    return Dumped(name, found, options, settings, _whole(record["position"]), _whole(record["erased"]), offset)


def _event(record: dict[str, Any], sources: dict[int, str]) -> Event:
    values = {name: value for name, value in record.items() if name != "record"}
    _must("content" not in values, "an event has no content of its own: it follows from the payload")
    if "source" in values:
        values["source"] = sources[values["source"]]
    return Event(**values)


def _must(true: bool, otherwise: str) -> None:
    if not true:
        raise _Wrong(otherwise)


def _text(value: object) -> str:
    if not isinstance(value, str) or not is_text(value):  # its words would be as long as a payload
        raise _Wrong(f"{value!r} is not a text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _HIGHEST:
        raise _Wrong(f"{value!r} is not a whole number")
    return value


def _time(value: object) -> float:
    seconds = _number(value)
    _must(-_AGES < seconds < _AGES, f"{value!r} is not a time")
    return seconds


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _Wrong(f"{value!r} is not a number")
    return float(value)
