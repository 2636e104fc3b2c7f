"""The samples that a memory has at a position, in an order of their own: that in which they were learned says nothing in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..journal.events import EventRow
from ..kit.ids import extend
from ..kit.plasticity import Decay, Floats, weigh
from ..kit.sorting import order
from ..kit.spelling import Spelling
from ..kit.tables import Ints
from ..memory.requests import Alive, Asking, Decays, EventCount, Masses, Payloads

__all__ = ["Living", "living", "texts_of", "weights"]

_POTENTIATED = ("reinforce", "weaken", "decay")


@dataclass(frozen=True, slots=True)
class Living:
    """Where samples stand in the journal, and what each weighs."""

    position: Ints
    mass: Floats


def living(last: int, most: int | None = None) -> Asking[Living]:
    """The samples alive at a position whose texts are there, the first `most` (None: all) in the order of a hash of what they
    are, and of which of its like each is."""
    position, content = yield Alive(last)
    by_content = order(content)
    position, content = position[by_content], content[by_content]
    begins = np.flatnonzero(np.diff(content, prepend=-1))
    nth = np.arange(len(content)) - np.repeat(begins, np.diff(begins, append=len(content)))
    hashes = extend(content.astype(np.uint64), nth.astype(np.uint64))
    mass = np.ones(len(content))
    chosen = np.lexsort((nth, content, hashes))[:most]
    if (yield EventCount(_POTENTIATED, 1, last)):
        alike = np.flatnonzero(np.isin(content, content[chosen]))
        mass[alike] = yield from weights(position[alike], last)
        # Those of one text are told apart by what they weigh alone.
        inner = np.lexsort((mass, content))
        position, mass = position[inner], mass[inner]
    return Living(position[chosen], mass[chosen])


def texts_of(positions: Ints, spelling: Spelling) -> Asking[tuple[list[str], Ints]]:
    """The texts of samples as concepts, and which of them these are: not those whose text was erased."""
    known: dict[int, str | None] = yield Payloads(positions.tolist())
    found = [known[at] for at in positions.tolist()]
    kept = [i for i, text in enumerate(found) if text is not None]
    return [spelling.text(found[i] or "") for i in kept], np.array(kept, np.int64)


def weights(positions: Ints, last: int) -> Asking[Floats]:
    """What samples weigh at a position, with what potentiated them."""
    rows: list[EventRow] = yield Masses(positions.tolist(), last)
    decays: list[Decay] = yield Decays(last)
    mass, time = (np.array([getattr(row, name) for row in rows], np.float64) for name in ("mass", "time"))
    weight = weigh(mass, time, np.array([row.position for row in rows], np.int64), decays, last + 1)
    sample = np.array([row.position if row.target is None else row.target for row in rows], np.int64)
    by = positions.argsort()
    found = np.bincount(positions[by].searchsorted(sample), weight, len(positions))
    out = np.empty(len(positions))
    out[by] = found
    return out
