"""What the journal keeps of a transform memory: events, and how they are written.

`learn` one pair, and its position is the slot's number; `unlearn` that it is forgotten; `absorb` which pairs become one
transform, whose number is the event's position, or are added to one that is there; `consolidate` how the memory reads from now
on, and whether all that were absorbed are raw again before; `use` which slots answered, by what shares. Which pairs go together
is written as it came out. The matrices are arithmetic from that: so a journal makes the same graph everywhere.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..journal.events import Event
from ..memory.payloads import LONGEST_PAYLOAD, compact
from .options import Options

__all__ = [
    "MODES",
    "Absorbing",
    "Pair",
    "Settled",
    "check",
    "shared",
    "sharing",
    "written_pairs",
]

MODES = ("none", "exact", "general")
"""How a memory reads, by number."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and its value, as bytes of float64s; with what was given beside them.

    Parameters
    ----------
    payload
        Any JSON, as text.
    stream
        In which it follows what was written last.
    """

    key: bytes
    value: bytes
    payload: str | None = None
    stream: str | None = None

    @classmethod
    def read(cls, payload: str) -> Pair:
        """The pair of an event."""
        found = json.loads(payload)
        key, value = base64.b64decode(found["k"]), base64.b64decode(found["v"])
        return cls(key, value, compact(found["p"]) if "p" in found else None, found.get("s"))


@dataclass(frozen=True, slots=True)
class Absorbing:
    """Pairs by their numbers that become one transform, with its shape.

    Parameters
    ----------
    slots
        The numbers.
    centre
        From where the transform is reached, as bytes of float64s: it stays there, whatever pairs it loses.
    ridge, pull, reach
        See `schema.SLOT`.
    into
        The number of a transform that is there, to which they are added.
    told
        The numbers of pairs that only say again what it says: they are kept with it, and count for nothing.
    """

    slots: Sequence[int]
    centre: bytes
    ridge: float
    pull: float
    reach: float
    into: int | None = None
    told: Sequence[int] = ()

    def written(self) -> str:
        kept = {"slots": list(self.slots), "c": base64.b64encode(self.centre).decode(), "ridge": self.ridge}
        kept |= {"pull": self.pull, "reach": self.reach}
        kept |= {} if self.into is None else {"into": self.into}
        return compact(kept | ({"told": list(self.told)} if self.told else {}))

    @classmethod
    def read(cls, payload: str) -> Absorbing:
        found = json.loads(payload)
        slots, centre = [int(number) for number in found["slots"]], base64.b64decode(found["c"])
        ridge, pull, reach = (float(found[name]) for name in ("ridge", "pull", "reach"))
        return cls(slots, centre, ridge, pull, reach, found.get("into"), [int(n) for n in found.get("told", ())])


@dataclass(frozen=True, slots=True)
class Settled:
    """How a memory reads from now on.

    Parameters
    ----------
    afresh
        Its transforms are dissolved into their pairs before.
    told
        The numbers of pairs that stay raw, and count for nothing: the memory had said them itself, and says otherwise now.
    """

    mode: int
    few: int
    temperature: float
    cap: float
    gain: float
    afresh: bool = False
    told: Sequence[int] = ()

    def written(self) -> str:
        """As the journal has it, which knows no infinity."""
        kept = {name: None if value == math.inf else value for name, value in asdict(self).items()}
        told = {"told": list(self.told)} if self.told else {}
        return compact({name: value for name, value in kept.items() if name != "told"} | told)

    @classmethod
    def read(cls, payload: str) -> Settled:
        found: dict[str, Any] = json.loads(payload)
        bounds = {name: math.inf if found[name] is None else found[name] for name in ("cap", "gain")}
        return cls(**(found | bounds))


def sharing(shares: Mapping[int, float]) -> str:
    """By what shares slots were used, as the journal has them."""
    return compact({"used": list(shares.items())})


def shared(payload: str) -> dict[int, float]:
    """By what shares slots were used, by number."""
    return {int(number): float(share) for number, share in json.loads(payload)["used"]}


def written_pairs(keys: Floats, values: Floats, payloads: Sequence[str | None], stream: str | None) -> list[str]:
    """Pairs as the journal has them, row by row: a write may have 100,000."""
    tail = "" if stream is None else f',"s":{compact(stream)}'
    ks, vs = (_encoded(some) for some in (keys, values))
    return [
        f'{{"k":"{k}","v":"{v}"{tail}}}' if p is None else f'{{"k":"{k}","v":"{v}","p":{p}{tail}}}'
        for k, v, p in zip(ks, vs, payloads, strict=True)
    ]


def check(event: Event, options: Options) -> bool:
    """Whether a journal can have this event; of a payload that is no JSON at all a ValueError or the like."""
    kind, payload, position = event.kind, event.payload, event.position
    if kind == "learn":
        return payload is None or _sound(Pair.read(payload), options)
    if event.source is not None:
        return False
    if kind == "unlearn":
        return payload in (None, "erase", "erased")
    if payload is None:
        return False
    if kind == "absorb":
        return _shaped(Absorbing.read(payload), options, position)
    if kind == "use":
        return all(0 < number < position and 0 < share <= 1 for number, share in shared(payload).items())
    settled = Settled.read(payload)
    told = all(type(number) is int and 0 < number < position for number in settled.told)
    whole = type(settled.few) is int and settled.few >= 1 and settled.mode in range(len(MODES))
    bounds = all(isinstance(bound, int | float) and bound > 0 for bound in (settled.cap, settled.gain))
    return told and whole and bounds and type(settled.afresh) is bool and _finite(settled.temperature)


def _sound(pair: Pair, options: Options) -> bool:
    fits = len(pair.key) == 8 * options.key_dimension and len(pair.value) == 8 * options.value_dimension
    finite = fits and bool(np.isfinite(np.frombuffer(pair.key + pair.value, "<f8")).all())
    return finite and len(pair.payload or "") <= LONGEST_PAYLOAD


def _shaped(found: Absorbing, options: Options, position: int) -> bool:
    numbers = [*found.slots, *found.told, *([] if found.into is None else [found.into])]
    fits = len(found.centre) == 8 * options.key_dimension and bool(
        np.isfinite(np.frombuffer(found.centre, "<f8")).all()
    )
    shape = _finite(found.ridge) and math.isfinite(found.pull) and found.reach >= 0
    return fits and shape and all(type(n) is int and 0 < n < position for n in numbers)


def _finite(number: Any) -> bool:
    return isinstance(number, int | float) and math.isfinite(number) and number >= 0


def _encoded(rows: Floats) -> list[str]:
    data, width = np.ascontiguousarray(rows, "<f8").tobytes(), 8 * rows.shape[1]
    return [base64.b64encode(data[i : i + width]).decode() for i in range(0, len(data), width)]
