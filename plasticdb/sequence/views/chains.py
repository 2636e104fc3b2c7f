"""The views themselves: each gives the chain of contexts of its histories, from the root to the deepest level.

A view that has nothing to say of a history has no context there, the root neither: it is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...kit.sorting import begins_of, order
from ...kit.tables import Ints
from ..vocabulary import START_CODE, Batch, Vocabulary
from .levels import Histories, Level, along, one_more, place, root
from .spelling import EVERYWHERE, View, Views

__all__ = ["VIEWS", "chains", "farthest", "spell"]

POSITION_DEPTH = 4


def _suffix(histories: Histories, view: View) -> Iterator[Level]:
    """The last symbols."""
    yield (above := root(histories, view.chain, histories.target))
    yield from along(histories, above, view.numbers, straight=True)


def _position(histories: Histories, view: View) -> Iterator[Level]:
    """The number of symbols so far, then that with the last 1, ... 4 symbols."""
    target = histories.target[histories.at[histories.target] <= view.reach]
    if not len(target):
        return
    yield (above := root(histories, view.chain, target))
    yield (above := place(histories, above))
    yield from along(histories, above, range(1, POSITION_DEPTH + 1), straight=True)


def _skip(histories: Histories, view: View) -> Iterator[Level]:
    """The last symbols but one of them, which is left out."""
    out, size, last = view.numbers
    at = histories.at[histories.target]
    distances = [distance for distance in range(1, size + 1) if distance != out]
    target = histories.target[(at >= distances[0]) & (at <= last)]
    if not len(target):
        return
    yield (above := root(histories, view.chain, target))
    yield from along(histories, above, distances)


def _follower(histories: Histories, view: View) -> Iterator[Level]:
    """What followed the last symbol when it was there before, then the last symbol, and the one before it."""
    before = _occurred(histories)
    target, before = histories.target[before >= 0], before[before >= 0]
    if not len(target):
        return
    yield (above := root(histories, view.chain, target))
    yield (above := one_more(histories, above, slice(None), before + 1))
    yield from along(histories, above, (1, 2))


VIEWS: dict[str, Callable[[Histories, View], Iterator[Level]]] = {
    "suffix": _suffix,
    "position": _position,
    "skip": _skip,
    "follower": _follower,
}


def chains(
    batch: Batch, vocabulary: Vocabulary, views: Views, target: Ints | None = None, at: Ints | None = None
) -> list[list[Level]]:
    """Each view's chain for every symbol in a batch, from the root to the deepest level; empty where it is silent.

    target: only of the symbols at these indices of batch.codes (sorted). at: the place of each symbol in its sample,
    where the batch has no more than the last `farthest` symbols of each history.
    """
    every = np.flatnonzero(batch.codes != START_CODE) if target is None else target
    if at is None:
        at = np.arange(len(batch.codes)) - np.repeat(batch.offsets[:-1], np.diff(batch.offsets))
    histories = Histories(batch, vocabulary, every, at)
    return [list(VIEWS[view.name](histories, view)) for view in views]


def farthest(views: Views) -> int:
    """How many symbols before one its contexts may depend on; `EVERYWHERE`: on all of them."""
    return max(
        {"suffix": view.reach, "position": POSITION_DEPTH, "skip": view.reach}.get(view.name, EVERYWHERE)
        for view in views
    )


def spell(batch: Batch, chain: Sequence[Level], depth: int, which: int) -> str:
    """The text of a context: what each level adds, the deepest first."""
    level = chain[depth]
    if level.straight:
        end = int(level.first[which])
        return batch.spell(end - int(level.length[which]), end)
    parts = []
    for level in reversed(chain[: depth + 1]):
        begin, end = int(level.begin[which]), int(level.end[which])
        parts += [batch.spell(begin, end)] * (end > begin)
        which = int(level.parent[which])
    return batch.between.join(parts)


def _occurred(histories: Histories) -> Ints:
    """Where the last symbol before each target was before in its sample, -1 where it was not."""
    codes, last = histories.batch.codes, histories.target - 1
    begin = last - (histories.at[histories.target] - 1)
    if len(last) == 1:
        found = np.flatnonzero(codes[begin[0] + 1 : last[0]] == codes[last[0]])
        return found[-1:] + begin + 1 if len(found) else np.array([-1])
    sample = np.repeat(np.arange(len(histories.batch)), np.diff(histories.batch.offsets))
    key = sample * len(histories.vocabulary.symbols) + codes
    place = order(key)
    again = np.flatnonzero(~begins_of(key[place]))
    before = np.full(len(codes), -1)
    before[place[again]] = place[again - 1]
    before[codes == START_CODE] = -1  # where a history is cut short it stands for what was before
    return before[last]
