"""The views themselves: each gives the chain of contexts of its histories, from the root to the deepest level.

A view that has nothing to say of a history has no context there, the root neither: it is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ...kit.sorting import begins_of, groups, order
from ...kit.tables import Ints
from ..vocabulary import START_CODE, STOP_CODE, Batch, Vocabulary
from .levels import Histories, Level, along, hashed, one_more, place, root, running, stretch
from .spelling import EVERYWHERE, FARTHEST, View, Views

__all__ = ["VIEWS", "chains", "farthest", "spell"]

POSITION_DEPTH, LINE_DEPTH, WORDS = 4, 3, 3
LETTER, SPACE, OTHER, NONE = range(4)
"""What a symbol is to words; the start and the stop are none."""
_SPACES = ("\\x09", "\\x0a", "\\x0b", "\\x0c", "\\x0d")
"""The bytes that are white space, as symbols; the space itself is one in any case."""


def _suffix(histories: Histories, view: View) -> Iterator[Level]:
    """The last symbols; where a depth is beyond a history's beginning, all of it."""
    yield (above := root(histories, view.chain, histories.target))
    near = [depth for depth, nth in zip(view.numbers, range(1, FARTHEST + 1), strict=False) if depth == nth]
    for level in along(histories, above, near, straight=True):
        yield (above := level)
    if above.depth < len(near):
        return
    for last, depth in pairwise(view.numbers[len(near) - 1 :]):
        at = histories.at[above.target]
        within = at > last
        if not within.any():
            return
        target, at = above.target[within], at[within]
        where = target - np.minimum(at, depth), target - last
        yield (above := stretch(histories, above, within, where, hashed(histories, *where), straight=True))


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
    """What followed the last symbols when they were there before, then the last symbol, and the one before it."""
    before = _occurred(histories, view.reach)
    target, before = histories.target[before >= 0], before[before >= 0]
    if not len(target):
        return
    yield (above := root(histories, view.chain, target))
    yield (above := one_more(histories, above, slice(None), before + 1))
    yield from along(histories, above, (1, 2))


def _word(histories: Histories, view: View) -> Iterator[Level]:
    """The word so far, then the word before it, and the one before that. What is no letter and no space is a word, too."""
    classes = _classes(histories)
    target, at = histories.target, histories.at[histories.target]
    inside, alone = classes == LETTER, np.flatnonzero(classes == OTHER)
    edge = np.diff(inside.astype(np.int8), prepend=0, append=0)
    begin = np.concatenate([np.flatnonzero(edge == 1), alone])
    by = begin.argsort()
    begin, end = begin[by], np.concatenate([np.flatnonzero(edge == -1), alone + 1])[by]
    hashes = running(histories, begin, end)
    begin, end = (np.append(part, len(classes)) for part in (begin, end))  # one more, which is behind all targets
    words = begin.searchsorted(target)  # that began before the target
    so_far = inside[target - 1]
    yield (above := root(histories, view.chain, target))
    for back in range(WORDS):
        # The word so far counts as one that is empty where the last symbol ended it.
        which = np.maximum(words - 1 - back + (~so_far if back else 0), -1)
        there = (begin[which] > target - at) & (begin[which] < target) & (so_far | (back > 0))
        first = np.where(there, begin[which], target)
        last = np.where(there, np.minimum(end[which], target), target)
        yield (above := stretch(histories, above, slice(None), (first, last), hashes[last - 1]))


def _line(histories: Histories, view: View) -> Iterator[Level]:
    """The sample's beginning, which is its indentation and first word, then the last symbols; silent up to its end."""
    classes = _classes(histories)
    start = histories.target - histories.at[histories.target]
    begins, which = np.flatnonzero(np.diff(start, prepend=-1)), np.cumsum(np.diff(start, prepend=-1) > 0) - 1
    begin = start[begins] + 1
    solid, ends = np.flatnonzero(classes != SPACE), np.flatnonzero(classes != LETTER)
    end = ends[ends.searchsorted(solid[solid.searchsorted(begin)])]
    alone = (end == begin) & (classes[begin] == OTHER)
    end = end + alone
    # A word ends where a symbol that is no letter is seen: before that nobody knows.
    within = (histories.target >= (end + ~alone)[which]) & (end > begin)[which]
    if not within.any():
        return
    hashes, where = running(histories, begin, end), (begin[which][within], end[which][within])
    yield (above := root(histories, view.chain, histories.target[within]))
    yield (above := stretch(histories, above, slice(None), where, hashes[where[1] - 1]))
    yield from along(histories, above, range(1, LINE_DEPTH + 1))


def _first(histories: Histories, view: View) -> Iterator[Level]:
    """The first symbol, then the last 1, 2, ... of those behind it; silent where nothing came yet."""
    target = histories.target[histories.at[histories.target] > 1]
    if not len(target):
        return
    yield (above := root(histories, view.chain, target))
    yield (above := one_more(histories, above, slice(None), target - histories.at[target] + 1))
    for distance in range(1, view.reach + 1):
        within = histories.at[above.target] > distance + 1
        if not within.any():
            return
        yield (above := one_more(histories, above, within, above.target[within] - distance))


VIEWS: dict[str, Callable[[Histories, View], Iterator[Level]]] = {
    "suffix": _suffix,
    "position": _position,
    "skip": _skip,
    "follower": _follower,
    "word": _word,
    "line": _line,
    "first": _first,
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


def _occurred(histories: Histories, length: int) -> Ints:
    """Where so many last symbols before each target were before in its sample (the last of them), -1 where they were not."""
    codes, last = histories.batch.codes, histories.target - 1
    begin = last - (histories.at[histories.target] - 1)
    if len(last) == 1:
        seen = codes[begin[0] + 1 : last[0] + 1]
        if len(seen) <= length:
            return np.array([-1])
        runs = sliding_window_view(seen, length)
        same = np.flatnonzero((runs[:-1] == runs[-1]).all(axis=1))
        return same[-1:] + begin + length if len(same) else np.array([-1])
    samples = np.diff(histories.batch.offsets)
    which, size = np.repeat(np.arange(len(samples)), samples), len(histories.vocabulary.symbols)
    for back in range(length):  # exact: two places share a key if they share their sample and the symbols up to there
        key = which * size + np.roll(codes, back)
        which = groups(key)[2] if back + 1 < length else which
    place = order(key)
    again = np.flatnonzero(~begins_of(key[place]))
    before = np.full(len(codes), -1)
    before[place[again]] = place[again - 1]
    found: Ints = np.where(last - begin < length, -1, before[last])
    return found


def _classes(histories: Histories) -> Ints:
    """What each symbol of the batch is to words: by Unicode, or where symbols are bytes by ASCII."""
    codes, symbols = histories.batch.codes, histories.vocabulary.symbols
    known = np.zeros(len(symbols), np.int64)
    seen = np.zeros(len(symbols), bool)
    seen[codes] = True
    for code in np.flatnonzero(seen).tolist():
        known[code] = _class(symbols[code])
    known[[START_CODE, STOP_CODE]] = NONE
    return known[codes]


def _class(symbol: str) -> int:
    if len(symbol) > 1:
        return SPACE if symbol in _SPACES else OTHER
    return LETTER if symbol.isalnum() or symbol == "_" else SPACE if symbol.isspace() else OTHER
