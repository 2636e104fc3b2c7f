"""What callers give, checked before anything happens: vectors, payloads, external ids, rewards. All of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import flag, label, labels, listed, one_of, optional, shown, text, whole
from ..checks import number as checked_number
from ..errors import BadInput
from ..files.samples import check_source
from ..journal.journal import Written, asked_of
from ..journal.operations import fingerprint
from ..memory.opening import checked_name
from ..memory.payloads import noted
from .events import Note, rewarding
from .finding import Question
from .options import LONGEST, Options
from .rules import LEVELS, Vectors
from .where import Where
from .working_set import LAST

__all__ = [
    "UNSOUND", "asked", "context", "engrams", "levels", "lifespan", "living", "owned", "question", "rewards", "sound", "vectors",
]  # fmt: skip

_NONE = np.empty(0, np.float32)
_HIGHEST = 1e18
"""So that the square of a distance is a float32, too."""
UNSOUND = f"has a value that is not finite (NaN or infinite), or beyond {_HIGHEST:g}"


def vectors(found: Any, dimension: int, memory: str) -> Vectors:
    """Vectors [n, dimension] as float32, n at least 1; other numbers are converted. Zeros are a vector like any other.

    >>> vectors([[1, 2]], dimension=2, memory="m").dtype
    dtype('float32')
    """
    try:
        numbers = np.asarray(found)
        if numbers.dtype.kind not in "fiu":
            raise ValueError
        with np.errstate(over="ignore"):
            numbers = numbers.astype(np.float32)
    except (TypeError, ValueError):
        raise BadInput("vectors must be numbers, an array of [n, dimension]") from None
    if numbers.ndim != 2 or numbers.shape[1] != dimension:
        raise BadInput(
            f"{memory!r} has vectors of {dimension} numbers, an array of [n, {dimension}], not of {list(numbers.shape)}"
        )
    if not len(numbers):
        raise BadInput("there is no vector to remember; give at least one")
    for i in np.flatnonzero(~sound(numbers)).tolist():
        raise BadInput(f"vector {i + 1:,} of {len(numbers):,} {UNSOUND}")
    return numbers


def sound(vectors: NDArray[Any]) -> NDArray[np.bool_]:
    """Which vectors [..., dimension] can be remembered."""
    fine: NDArray[np.bool_] = (np.abs(vectors) <= _HIGHEST).all(axis=-1)
    return fine


def engrams(
    found: Sequence[Note],
    payloads: Sequence[Any] | None,
    external_ids: Sequence[str] | None,
    stream: str | None = None,
    source: str | None = None,
) -> list[Written]:
    """Engrams as events of the journal, one for each note."""
    kept, names = optional(listed, "payloads", payloads), optional(labels, "external id", external_ids)
    stream, source = optional(label, "a stream's name", stream), check_source(source)
    for what, given in (("payloads", kept), ("external ids", names)):
        if given is not None and len(given) != len(found):
            of = "vectors" if found[0].text is None else "texts"
            raise BadInput(f"give one of the {what} for each of the {len(found)} {of}, not {len(given)}")
    none = [None] * len(found)
    events = []
    for note, payload, name in zip(found, kept or none, names or none, strict=True):
        try:
            event = replace(note, payload=noted(payload), stream=stream)
            events.append(Written("learn", event.written(), 1, name, source))
        except BadInput as refused:
            where = f"payload {len(events) + 1:,} of {len(found):,}: " if len(found) > 1 else ""
            raise BadInput(f"{where}{refused}") from None
    return events


def asked(found: Sequence[Note], events: Sequence[Written], lifespan: float | None = None) -> int:
    """A fingerprint of engrams that are to be remembered: of texts and not of what an embedder makes of them."""
    told = [
        event
        if note.text is None
        else replace(event, payload=replace(Note.read(event.payload), vector=_NONE).written())
        for note, event in zip(found, events, strict=True)
    ]
    source, mark = events[0].source, asked_of(told)
    return mark if source is None and lifespan is None else fingerprint(mark, source, lifespan)


def lifespan(ticks: Any) -> float | None:
    """Ticks to live, as float32; None: as long as the memory's engrams live."""
    wanted = f"a number of ticks above 0, up to {int(LONGEST):,}"
    found = optional(checked_number, "lifespan", ticks, wanted, lambda ticks: bool(0 < np.float32(ticks) <= LONGEST))
    return None if found is None else float(np.float32(found))


def context(name: Any) -> str | None:
    """In which engrams fire together; None: in none that has a name."""
    return optional(label, "a context's name", name)


def living(numbers: Sequence[int], ticks: float | None) -> list[Written]:
    """The event that gives engrams so many ticks to live; none where they live as long as any."""
    return [] if ticks is None else [Written("live", rewarding(dict.fromkeys(numbers, ticks)), len(numbers))]


def rewards(deltas: Mapping[Any, Any]) -> dict[int, float]:
    """Ticks by number, as float32, without what cannot be the number of an engram."""
    if not isinstance(deltas, Mapping):
        raise BadInput(f"a reward is ticks by id, such as {{17: 2.5}}, and no {type(deltas).__name__}")
    for id, delta in deltas.items():
        numeric = isinstance(delta, int | float | np.integer | np.floating) and not isinstance(delta, bool)
        if not (numeric and -LONGEST <= delta <= LONGEST):
            wanted = f"a number of ticks up to {int(LONGEST):,}"
            raise BadInput(f"the reward of {shown(id)} must be {wanted}, not {shown(delta)}")
    return {
        int(number): float(np.float32(delta))
        for number, delta in deltas.items()
        if isinstance(number, int | np.integer) and not isinstance(number, bool) and 0 < number < LAST
    }


def owned(name: str, owner: Any) -> str:
    """The name of an owner's own memory."""
    owner = text("an owner's name", owner)
    full = checked_name(f"{name}/{owner}")
    if not owner.strip() or "/" in owner:
        raise BadInput(f"an owner's name must have a character and no '/', unlike {shown(owner)}")
    return full


def question(
    k: Any, where: Any, among: Any, min_score: Any, offset: Any, explain: Any, named: Any, options: Options
) -> Question:
    """What a caller wants, checked; raises BadInput."""
    found = Question(
        whole("k", k, 1),
        whole("offset", offset, 0),
        optional(lambda _, given: Where.parse(given), "where", where),
        levels=levels([among] if isinstance(among, str) else among),
        min_score=optional(checked_number, "min_score", min_score),
        explain=flag("explain", explain),
        merging=options.merge_above is not None,
        context=context(named),
    )
    if found.offset and options.embedder is None:
        raise BadInput("a memory of vectors has no pages, since what is brought along depends on k; give a higher k")
    return found


def levels(given: Any) -> frozenset[int] | None:
    """Levels by their names; None: all of them.

    >>> sorted(levels(["working", "long-term"]))
    [1, 3]
    """
    if given is None:
        return None
    numbers = {name: number for number, name in LEVELS.items()}
    return frozenset(numbers[one_of("level", name, numbers)] for name in listed("levels", given))
