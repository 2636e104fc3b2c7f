"""The levels of a chain of contexts, each made of the one above it by a symbol more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from ...kit.ids import Hashes, as_id, extend, extend_one, mix, seed
from ...kit.sorting import groups
from ...kit.tables import Ints
from ..derived import NOTHING, PIECE
from ..vocabulary import Batch, Vocabulary

__all__ = ["Histories", "Level", "along", "hashed", "one_more", "place", "root", "running", "stretch"]

EMPTY = np.uint64(1)
"""The hash of no symbol."""


@dataclass(frozen=True, slots=True)
class Level:
    """The contexts of one depth of one chain that a batch visits.

    target: [t] indices into batch.codes of the symbols predicted at this depth or deeper
    context: [t] which of the level's contexts speaks there
    first: [c] one target of each context
    parent: [c] its parent among the contexts of the level above
    hashes: [c]; at: [c]
    step: [c] what it adds to its parent: the code of a symbol, or a number below 0, which is stored as it is (`derived.py`)
    begin, end: [c] where the batch has what it adds
    length: [c] symbols in its text. straight: the text stands right before `first`
    """

    chain: str
    depth: int
    target: Ints
    context: Ints
    first: Ints
    parent: Ints
    hashes: Hashes
    at: Ints
    step: Ints
    begin: Ints
    end: Ints
    length: Ints
    straight: bool


@dataclass(frozen=True, slots=True)
class Histories:
    """What comes before the symbols at `target` (sorted indices into batch.codes); `at`: each symbol's place in its sample."""

    batch: Batch
    vocabulary: Vocabulary
    target: Ints
    at: Ints


def root(histories: Histories, chain: str, target: Ints) -> Level:
    """The root of a chain that speaks at these targets: a context that says nothing."""
    zero, first = np.zeros(1, np.int64), target[:1]
    hashes = np.array([seed(histories.vocabulary.memory, chain)])
    straight = True
    return Level(
        chain, 0, target, np.zeros_like(target), first, zero, hashes, zero, zero - 1, first, first, zero, straight
    )


def place(histories: Histories, above: Level) -> Level:
    """The level below a root whose contexts say nothing but the place in the sample."""
    places, first, context = groups(histories.at[above.target])
    parent = np.zeros_like(places)
    hashes = extend(above.hashes[parent], mix(places.astype(np.uint64)))
    first = above.target[first]
    return Level(
        above.chain, 1, above.target, context, first, parent, hashes, places, -places, first, first, parent, True
    )


def along(histories: Histories, above: Level, distances: Iterable[int], straight: bool = False) -> Iterator[Level]:
    """The levels below one: each with the symbol that stands so far before the target, as long as the history has one."""
    if len(above.target) == 1:
        target, at = int(above.target[0]), int(histories.at[above.target[0]])
        near = takewhile(lambda distance: distance <= at, distances)
        yield from _of_one(histories, above, [target - distance for distance in near], straight)
        return
    for distance in distances:
        within = histories.at[above.target] >= distance
        if not within.any():
            return
        above = one_more(histories, above, within, above.target[within] - distance, straight)
        yield above


def one_more(
    histories: Histories, above: Level, within: NDArray[np.bool_] | slice, where: Ints, straight: bool = False
) -> Level:
    """The level below one of those of its targets that are `within`; where: the place of the symbol that each adds."""
    codes, size = histories.batch.codes, len(histories.vocabulary.symbols)
    target = above.target[within]
    # Exact grouping: two targets share a context if they share its parent and the symbol that it adds.
    key, first, context = groups(above.context[within] * size + codes[where])
    parent, step = np.divmod(key, size)
    hashes = extend(above.hashes[parent], histories.vocabulary.hashes(step))
    begin = where[first]
    return Level(
        above.chain,
        above.depth + 1,
        target,
        context,
        target[first],
        parent,
        hashes,
        above.at[parent],
        step,
        begin,
        begin + 1,
        above.length[parent] + 1,
        straight,
    )


def _of_one(histories: Histories, above: Level, places: list[int], straight: bool) -> Iterator[Level]:
    """The same of one history, which needs no grouping: a prediction spends a third of its time here."""
    if not places:
        return
    target, at, zero = above.target, above.at, np.zeros(1, np.int64)
    begin = np.array(places)
    steps = histories.batch.codes[begin]
    end, hashes = begin + 1, np.empty(len(begin), np.uint64)
    value = int(above.hashes[0])
    for i, symbol in enumerate(histories.vocabulary.hashes(steps).tolist()):
        value = extend_one(value, symbol)
        hashes[i] = value
    length = above.length + np.arange(1, len(begin) + 1)
    for i in range(len(begin)):
        one = slice(i, i + 1)
        yield Level(
            above.chain, above.depth + 1 + i, target, zero, target, zero, hashes[one], at, steps[one], begin[one],
            end[one], length[one], straight,
        )  # fmt: skip


def stretch(
    histories: Histories,
    above: Level,
    within: NDArray[np.bool_] | slice,
    where: tuple[Ints, Ints],
    hashes: Hashes,
    straight: bool = False,
) -> Level:
    """The level below one of those of its targets that are `within`, each with a stretch of symbols: one, several or none.

    where: the begin and the end of each stretch. hashes: of each (`hashed`), where it has several symbols.
    """
    codes, size = histories.batch.codes, len(histories.vocabulary.symbols)
    target, (begin, end) = above.target[within], where
    many = end - begin
    one = codes[np.where(many > 0, begin, 0)]
    piece = as_id(hashes) | PIECE
    # As in `one_more`; a piece is known by its id, which is far above all codes.
    value, some, which = groups(np.where(many > 1, piece, np.where(many > 0, one, size)))
    key, first, context = groups(above.context[within] * len(value) + which)
    parent, which = np.divmod(key, len(value))
    added = histories.vocabulary.hashes(one[some])
    added[many[some] > 1] = hashes[some][many[some] > 1]
    added[many[some] == 0] = EMPTY
    step = np.where(value >= PIECE, -value, np.where(many[some] > 0, value, NOTHING))
    return Level(
        above.chain,
        above.depth + 1,
        target,
        context,
        target[first],
        parent,
        extend(above.hashes[parent], added[which]),
        above.at[parent],
        step[which],
        begin[first],
        end[first],
        above.length[parent] + many[first],
        straight,
    )


def hashed(histories: Histories, begin: Ints, end: Ints) -> Hashes:
    """The hashes of stretches of symbols, whatever chain has them."""
    out = np.repeat(_piece(histories), len(begin))
    some, at = np.arange(len(begin)), begin
    while len(some := some[at[some] < end[some]]):
        out[some] = extend(out[some], histories.vocabulary.hashes(histories.batch.codes[at[some]]))
        at = at + 1
    return out


def running(histories: Histories, begin: Ints, end: Ints) -> Hashes:
    """For each symbol of stretches that do not overlap the hash of its stretch up to there; by places of the batch."""
    out = np.zeros(len(histories.batch.codes), np.uint64)
    some, at, value = np.arange(len(begin)), begin, np.repeat(_piece(histories), len(begin))
    while len(some := some[at[some] < end[some]]):
        value[some] = extend(value[some], histories.vocabulary.hashes(histories.batch.codes[at[some]]))
        out[at[some]] = value[some]
        at = at + 1
    return out


def _piece(histories: Histories) -> Hashes:
    return np.array([seed(histories.vocabulary.memory, "piece")])
