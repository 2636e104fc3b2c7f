"""Which events a sequence memory's journal can have: what an import is held to (`kinds.Event.check`)."""

from __future__ import annotations

import json

from ..checks import number, shown, whole
from ..errors import BadInput
from ..journal.events import Event
from .collapse.collapsing import said
from .options import Options

__all__ = [
    "CONSOLIDATE",
    "RULE",
    "collapse",
    "consolidation",
    "consolidation_of",
    "decay",
    "payload",
    "reinforcement",
    "sample",
    "unlearning",
]

CONSOLIDATE = "consolidate"
RULE = 2
"""The rule by which parameters are fitted, which an event names: 1 fits all but how likely samples end."""


def sample(event: Event, options: Options) -> bool:
    """A sample is as this memory's tokenizer keeps it, and no longer than the memory takes; its text may be erased."""
    if event.payload is None:
        return True
    cut = options.cut
    if cut.payload(cut.sample(event.payload)) != event.payload:
        raise BadInput(f"{event.payload[:80]!r} is not what a journal has of a sample")
    size = len(cut.encode(event.payload))
    if size > options.max_symbols:
        raise BadInput(f"a sample has {size:,} symbols, and the memory takes {options.max_symbols:,}")
    return True


def unlearning(event: Event, _: Options) -> bool:
    """What is unlearned may be erased, too."""
    return _says(event, None, "erase", "erased")


def reinforcement(event: Event, _: Options) -> bool:
    """Nothing is said but the mass."""
    return _says(event, None)


def _says(event: Event, *payloads: str | None) -> bool:
    if event.payload not in payloads:
        raise BadInput(f"{event.payload!r} is not a payload of {event.kind}")
    return True


def decay(event: Event, _: Options) -> bool:
    """A decay is of a span of earlier events."""
    span = json.loads(event.payload or "")
    first, last = (whole(f"the {name} event of a decay", span[name], 0) for name in ("first", "last"))
    if not first <= last < event.position:
        raise BadInput(f"a decay is of earlier events, not of {shown(first)} to {shown(last)}")
    number("a half-life", span["half_life"], "a number above 0", lambda seconds: seconds > 0)
    return bool(span.keys() == {"first", "last", "half_life"})


def collapse(event: Event, _: Options) -> bool:
    """A collapse says how many contexts may be left, by a rule that this version knows."""
    said(event.payload)
    return True


def payload(samples: int) -> str:
    """What a consolidation says."""
    return json.dumps({"samples": samples, "rule": RULE})


def consolidation_of(said: str | None) -> tuple[int, int]:
    """How many samples a consolidation is of, and by which rule.

    Raises
    ------
    BadInput
        It says something else, or it is by a rule that this version does not know.
    """
    asked = json.loads(said or "")
    samples, rule = (whole(f"the {name} of a consolidation", asked[name], 1) for name in ("samples", "rule"))
    if rule > RULE:
        raise BadInput(f"a consolidation by rule {rule} is of a newer plasticdb (this one knows {RULE}); upgrade it")
    return samples, rule


def consolidation(event: Event, _: Options) -> bool:
    """A consolidation is of one or more samples, by a rule."""
    consolidation_of(event.payload)
    return event.target is None and json.loads(event.payload or "").keys() == {"samples", "rule"}
