"""What the journal keeps of a classifier: events, and how they are written.

`learn` is one sample with its label, as it was given: numbers, or a mapping. `unlearn` says that it is forgotten. What the
neurons make of it is arithmetic, sample by sample in the order of the journal.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..journal.events import Event
from .features import Samples, checked, hashed
from .options import Options

__all__ = ["LabelName", "called", "check", "ending", "label_type", "read", "spelled", "typed", "written"]

Floats = NDArray[np.float64]
LabelName = int | str | bool
_FORMS: dict[str, np.dtype[Any]] = {"u1": np.dtype("u1"), "f4": np.dtype("<f4"), "f8": np.dtype("<f8")}
"""How the numbers of a sample may be written, the shortest first: the first that keeps each as it is."""
_PLAIN = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def spelled(name: LabelName) -> str:
    """A label as JSON."""
    return json.dumps(name, ensure_ascii=False)


def ending(name: LabelName) -> str:
    """What the events of a label end in, and no others."""
    return f',"y":{spelled(name)}}}'


def called(text: str, of: str) -> LabelName:
    """The label of a text and a type."""
    found: LabelName = text if of == "str" else json.loads(text)
    return found


def typed(text: str, of: str | None) -> LabelName:
    """A label as it is typed, where the memory has labels of a type; what is none of these stays a text.

    >>> typed("7", "int"), typed("7", "str"), typed("true", "bool"), typed("x", "int")
    (7, '7', True, 'x')
    """
    if of == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if of == "int" and text.removeprefix("-").isdecimal():
        return int(text)
    return text


def label_type(name: LabelName) -> str:
    """What a label is: one of `options.LABEL_TYPES`."""
    return type(name).__name__


def written(samples: Samples, names: Sequence[LabelName]) -> list[str]:
    """Samples with their labels as the journal has them, row by row."""
    ends = {name: ending(name) for name in set(names)}
    if not isinstance(samples, np.ndarray):
        return [f'{{"f":{_PLAIN(one)}{ends[name]}' for one, name in zip(samples, names, strict=True)]
    form = _form(samples)
    data, width = samples.astype(_FORMS[form]).tobytes(), _FORMS[form].itemsize * samples.shape[1]
    return [
        f'{{"t":"{form}","x":"{base64.b64encode(data[i * width : (i + 1) * width]).decode()}"{ends[name]}'
        for i, name in enumerate(names)
    ]


def _form(samples: Floats) -> str:
    low, high = (float(samples.min()), float(samples.max())) if samples.size else (0.0, 0.0)
    for form in ("u1", "f4"):
        fits = low >= 0.0 and high <= 255.0 if form == "u1" else max(-low, high) < 3e38
        if fits and bool((samples.astype(_FORMS[form]) == samples).all()):
            return form
    return "f8"


def read(payload: str, dimension: int) -> tuple[Floats, LabelName]:
    """The sample of an event [dimension], and its label."""
    found = json.loads(payload)
    if "f" in found:
        return hashed(found["f"], dimension), found["y"]
    return np.frombuffer(base64.b64decode(found["x"]), _FORMS[found["t"]]).astype(np.float64), found["y"]


def check(event: Event, options: Options) -> bool:
    """Whether a journal can have this event; of a payload that is no JSON at all a ValueError or the like."""
    if event.kind != "learn":
        return event.source is None and event.payload in (None, "erase", "erased")
    if event.payload is None:
        return True
    found: dict[str, Any] = json.loads(event.payload)
    if options.sparse:
        checked(found["f"])
    x, y = read(event.payload, options.dimension or 1)
    has = {"f", "y"} if options.sparse else {"t", "x", "y"}
    shaped = found.keys() == has and event.payload.endswith(ending(y))
    known = (options.sparse or options.dimension in (None, len(x))) and options.label_type in (None, label_type(y))
    return shaped and known and isinstance(y, int | str) and bool(np.isfinite(x).all())
