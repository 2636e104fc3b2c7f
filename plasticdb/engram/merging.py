"""Notes that are nearly the same become one (`merge_above`): which these are, what becomes of them, and what if one is forgotten.

A note that is merged is a copy from then on (see `copies`), and what it is merged into lives as long as it would have. Where
that one is forgotten, its oldest copy takes its place, as what it was itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from ..journal.events import Written
from ..memory.requests import Asking, Named, Payloads
from .batch import EventBatch
from .copies import Copy
from .events import Note
from .evidence import cosines
from .index import Index
from .rules import LONG, Vectors
from .working_set import Engram, stacked

__all__ = ["alike", "forget", "merge", "unknown"]

Pair = tuple[int, int]
"""The numbers of a note, and of the one that it is merged into."""
_ROUNDED = 1e-6
"""How far from 1 the cosine of a vector with itself may be, since it is computed of float32s."""


def unknown(events: Sequence[Written], position: int) -> Asking[tuple[list[Written], list[int]]]:
    """Those of some notes whose external ids their source did not give before, and where each is or will be: behind a
    position. The journal goes by the same rule when it takes them."""
    known: dict[str, int] = {}
    names = [event.external_id for event in events if event.external_id is not None]
    source = events[0].source
    for mark in (yield Named(names, source)) if names else ():
        if mark.ended is None and mark.source == source:
            known[mark.external_id or ""] = mark.position
    new: list[Written] = []
    ids: list[int] = []
    for event in events:
        name = event.external_id
        if name is None or name not in known:
            new.append(event)
            ids.append(position + len(new))
            if name is not None:
                known[name] = ids[-1]
        else:
            ids.append(known[name])
    return new, ids


def alike(index: Index, new: Sequence[Engram], above: float) -> list[Pair]:
    """Which of some new notes are merged, one after the other: each into the nearest that is alive, of equals the oldest.

    Parameters
    ----------
    index
        Of the memory without the new ones.
    above
        The cosine from which on two are the same.
    """
    pairs: list[Pair] = []
    kept: list[Engram] = []
    dimension = index.vectors.shape[1] if index.size else len(new[0].vector) if new else 0
    for engram in new:
        near = _best(index.vectors[: index.size], index.norms[: index.size], engram.vector)
        vectors = stacked(kept, dimension)
        nearer = _best(vectors, np.sqrt(np.einsum("nd,nd->n", vectors, vectors)), engram.vector)
        row, own = near[1], nearer[1]
        if max(near[0], nearer[0]) < above - _ROUNDED:
            kept.append(engram)
        elif near[0] >= nearer[0]:
            pairs.append((engram.number, int(index.numbers[row])))
        else:
            pairs.append((engram.number, kept[own].number))
    return pairs


def _best(vectors: Vectors, norms: Vectors, cue: Vectors) -> tuple[float, int]:
    """The highest cosine of some vectors with another, and the first that has it; those of the dead have none."""
    if not len(vectors):
        return -2.0, -1
    found = cosines(vectors, norms, cue)
    row = int(found.argmax())
    return float(found[row]), row


def merge(batch: EventBatch, pairs: Iterable[Pair]) -> Asking[None]:
    """Let notes be copies of others; where one of two is not alive (as only a journal made by hand has it) nothing happens."""
    cache, copies = batch.cache, batch.copies
    for number, into in pairs:
        yield from cache.load([number, into], batch.dead)
        young, old = cache.engrams.get(number), cache.engrams.get(into)
        if young is None or old is None or young is old:
            continue
        copy = Copy(
            number, into, young.vector, young.payload, young.born, young.text, young.external_id, young.stream
        )  # fmt: skip
        own = {} if number in batch.created else (yield from copies.of([number]))
        yield from batch.take_out([number])
        for one in (copy, *own.get(number, ())):
            copies.put(replace(one, into=into))
        if young.expires_at > old.expires_at:
            batch.expires(old, young.expires_at)


def forget(batch: EventBatch, numbers: Sequence[int]) -> Asking[None]:
    """Forget engrams, and copies of such, one after the other."""
    if not batch.merging:
        yield from batch.unlearn(numbers)
        return
    yield from batch.copies.load(numbers)
    yield from batch.cache.load(numbers, batch.dead)
    yield from batch.copies.of([number for number in numbers if number in batch.cache.engrams])
    for number in dict.fromkeys(numbers):
        if (yield from batch.copies.load([number])):
            batch.copies.drop(number)
            continue
        old = batch.cache.engrams.get(number)
        if old is None:
            continue
        heirs = (yield from batch.copies.of([number])).get(number, [])
        yield from batch.take_out([number])
        if heirs:
            yield from _succeed(batch, old, heirs)


def _succeed(batch: EventBatch, old: Engram, heirs: Sequence[Copy]) -> Asking[None]:
    """Let the oldest of the copies of an engram that is forgotten be an engram in its place."""
    cache, (first, *others) = batch.cache, heirs
    written = yield Payloads([first.number])
    terms = {} if first.text is None else Note.read(written[first.number]).terms
    new = Engram(
        first.number, old.level, first.vector, first.payload, first.born, old.expires_at,
        external_id=first.external_id, pinned=old.pinned,
    )  # fmt: skip
    if new.level == LONG:
        new.place, cache.long = cache.long, cache.long + 1
    batch.copies.drop(first.number)
    yield from batch.put_back(new, first.text, terms, first.stream)
    for copy in others:
        batch.copies.put(replace(copy, into=first.number))
