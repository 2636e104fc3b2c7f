"""Views: what of a history a memory looks at. Each is a pure function from histories to a chain of contexts.

`suffix K`: the last 0, 1, ... K symbols. `position P`: a root, the number of symbols so far, then that with the last
1, ... 4 symbols, but only of the first P symbols of a sample; behind them it is silent. A context's parent drops its
oldest symbol. A memory keeps its set of views, as it is spelled here: `suffix 5, position 16`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..checks import shown
from ..errors import BadInput
from ..kit.ids import Hashes, extend, extend_one, mix, seed
from ..kit.sorting import groups
from ..kit.tables import Ints
from .vocabulary import START_CODE, Batch, Vocabulary

__all__ = [
    "EVERYWHERE",
    "FARTHEST",
    "Level",
    "View",
    "Views",
    "chains",
    "farthest",
    "last_place",
    "read",
    "spelled",
    "usual",
]

POSITION_DEPTH = 4
FARTHEST = 64
"""Symbols that a view reaches, at most."""
EVERYWHERE = 2**62
"""The reach of a position view without an end."""

_USUAL = {"chars": "suffix 5, position 16", "bytes": "suffix 6", "words": "suffix 4", "symbols": "suffix 4"}
"""The views of a new memory, by its tokenizer."""
_USUAL_TEXT = {"chars": "suffix 6"}
"""The same where its samples are paragraphs: there a deeper suffix says more than the place."""


@dataclass(frozen=True, slots=True)
class Level:
    """The contexts of one depth of one chain that a batch visits.

    target: [t] indices into batch.codes of the symbols predicted at this depth or deeper
    context: [t] which of the level's contexts speaks there
    first: [c] one target of each context, to spell it by
    parent: [c] its parent among the contexts of the level above
    hashes: [c]; at: [c]; length: symbols in its text
    """

    chain: str
    depth: int
    target: Ints
    context: Ints
    first: Ints
    parent: Ints
    hashes: Hashes
    at: Ints
    length: int


@dataclass(frozen=True, slots=True)
class Histories:
    """What comes before the symbols at `target` (sorted indices into batch.codes); `at`: each symbol's place in its sample."""

    batch: Batch
    vocabulary: Vocabulary
    target: Ints
    at: Ints


@dataclass(frozen=True, slots=True)
class View:
    """One view of a memory's set: which, and how far it reaches."""

    name: str
    reach: int

    def __str__(self) -> str:
        return f"{self.name} {'all' if self.reach == EVERYWHERE else self.reach}"


Views = tuple[View, ...]
"""A memory's set of views."""

# The views: a new one is a function, and a line in VIEWS.


def _suffix(histories: Histories, reach: int) -> Iterator[Level]:
    root = _root(histories, "suffix", histories.target)
    yield root
    yield from _back(histories, root, reach)


def _position(histories: Histories, reach: int) -> Iterator[Level]:
    target = histories.target[histories.at[histories.target] <= reach]
    if not len(target):
        return
    root = _root(histories, "position", target)
    places, first, context = groups(histories.at[target])
    hashes = extend(np.repeat(root.hashes, len(places)), mix(places.astype(np.uint64)))
    place = Level("position", 1, target, context, target[first], np.zeros_like(places), hashes, places, 0)
    yield from (root, place)
    yield from _back(histories, place, POSITION_DEPTH)


VIEWS: dict[str, Callable[[Histories, int], Iterator[Level]]] = {"suffix": _suffix, "position": _position}


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
    return [list(VIEWS[view.name](histories, view.reach)) for view in views]


def farthest(views: Views) -> int:
    """How many symbols before one its contexts may hold."""
    return max(POSITION_DEPTH if view.name == "position" else view.reach for view in views)


def last_place(views: Views, chain: str) -> int:
    """Up to which place in a sample a chain speaks."""
    return next((view.reach for view in views if view.name == chain == "position"), EVERYWHERE)


def _root(histories: Histories, chain: str, target: Ints) -> Level:
    zero = np.zeros(1, np.int64)
    hashes = np.array([seed(histories.vocabulary.memory, chain)])
    return Level(chain, 0, target, np.zeros_like(target), target[:1], zero, hashes, zero, 0)


def _back(histories: Histories, level: Level, most: int) -> Iterator[Level]:
    """The levels below one: with the last 1, 2, ... symbols."""
    batch, vocabulary, at = histories.batch, histories.vocabulary, histories.at
    if len(level.target) == 1:
        yield from _back_of_one(histories, level, min(most, int(at[level.target[0]])))
        return
    for length in range(1, most + 1):
        within = at[level.target] >= length
        target = level.target[within]
        if not len(target):
            return
        oldest = batch.codes[target - length]
        # Exact grouping: two targets share a context if they share its parent and its oldest symbol.
        key = level.context[within] * len(vocabulary.symbols) + oldest
        key, first, context = groups(key)
        parent, symbol = np.divmod(key, len(vocabulary.symbols))
        hashes = extend(level.hashes[parent], vocabulary.hashes(symbol))
        level = Level(
            level.chain, level.depth + 1, target, context, target[first], parent, hashes, level.at[parent], length
        )
        yield level


def _back_of_one(histories: Histories, above: Level, most: int) -> Iterator[Level]:
    """The same of one history, which needs no grouping: a prediction spends a third of its time here."""
    target, at = above.target, above.at
    batch, zero = histories.batch, np.zeros(1, np.int64)
    symbols = histories.vocabulary.hashes(batch.codes[target[0] - most : target[0]])
    value = int(above.hashes[0])
    for length, symbol in enumerate(reversed(symbols.tolist()), 1):
        value = extend_one(value, symbol)
        hashes = np.array([value], np.uint64)
        yield Level(above.chain, above.depth + length, target, zero, target, zero, hashes, at, length)


# How a set of views is spelled


@cache
def read(views: str) -> Views:
    """The views of a set, in one order however they were spelled.

    Raises
    ------
    BadInput
        It is none: a view is unknown, reaches too far or nowhere, or is there twice; or `suffix` is missing.

    Examples
    --------
    >>> [str(view) for view in read("position 16,suffix 5")]
    ['suffix 5', 'position 16']
    """
    found: dict[str, View] = {}
    for part in views.split(","):
        said = re.fullmatch(r"\s*([^\W\d_]+)\s+(-?\d{1,9}|all)\s*", part, re.ASCII)
        if said is None or said[1] not in VIEWS:
            raise BadInput(
                f'there is no view {shown(part.strip())}; a set of views is "suffix 6", or "suffix 5, position 16"'
            )
        name, reach = said[1], EVERYWHERE if said[2] == "all" else int(said[2])
        if name in found:
            raise BadInput(f"views name {name} twice; give it once")
        if not 1 <= reach <= FARTHEST and not (name == "position" and reach == EVERYWHERE):
            more = ", or all" if name == "position" else ""
            raise BadInput(f"the view {name} must be 1 to {FARTHEST}{more}, not {said[2]}")
        found[name] = View(name, reach)
    if "suffix" not in found:
        raise BadInput(
            f'views need suffix, which alone always speaks: "suffix 5, {", ".join(map(str, found.values()))}"'
        )
    return tuple(found[name] for name in VIEWS if name in found)


def spelled(views: str) -> str:
    """A set of views as memories keep it; raises BadInput where it is none."""
    return ", ".join(map(str, read(views)))


def usual(tokenizer: str, depth: int | None = None, paragraphs: bool = False) -> str:
    """The views of a new memory that asks for none.

    Parameters
    ----------
    depth
        How far the suffix is to reach instead.
    paragraphs
        Its samples are paragraphs, not lines.
    """
    views = read((paragraphs and _USUAL_TEXT.get(tokenizer)) or _USUAL[tokenizer])
    return ", ".join(
        str(View(view.name, depth) if view.name == "suffix" and depth is not None else view) for view in views
    )
