"""Looking around in the abstraction tree: concepts under a prefix, and the tree drawn from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...errors import NothingLearned
from ...kit.tables import Table, height
from ...memory.display import drawing
from ...memory.requests import Asking
from ..learning import tree as rules
from ..tokens import Tokenizer
from ..vocabulary import encode
from ..working_set import SequenceWorkingSet

__all__ = ["Branch", "Concept", "concepts", "tree"]


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of the abstraction tree: a prefix at which samples part, or a whole sample (ending in ␃)."""

    text: str
    r_level: int
    length: int
    count: int
    mass: float


@dataclass(frozen=True, slots=True)
class Branch:
    """A concept with what hangs under it. `edge` is what it adds to its parent; `more` says that children were cut off."""

    concept: Concept
    edge: str
    children: tuple[Branch, ...] = ()
    more: bool = False

    def drawn(self) -> Iterator[tuple[str, Branch]]:
        """This concept and all below, depth first, each with the lines that are drawn in front of it.

        Nothing here calls itself: a chain of samples, each a symbol longer, is as deep as they are many.
        """
        left = [("", "", self)]
        while left:
            before, below, branch = left.pop()
            yield before, branch
            for child in reversed(branch.children):
                last = child is branch.children[-1]
                left.append((below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "), child))

    def _lines(self) -> Iterator[str]:
        for before, branch in self.drawn():
            yield f"{before}{branch.edge or '(root)'}  {branch.concept.count:,}{' ...' if branch.more else ''}"

    def __repr__(self) -> str:
        what = f"{self.concept.count:,} samples, {len(self.children):,} branches"
        return f"<Branch {self.concept.text!r:.60}: {what}; print it to draw the tree>"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        return drawing(self._lines())


def concepts(cache: SequenceWorkingSet, tokenizer: Tokenizer, payload: str) -> Asking[list[Concept]]:
    """All concepts that begin with a prefix, in no particular order."""
    top = yield from _top(cache, tokenizer, payload)
    if not height(top):
        return []
    below = yield from cache.below(top["id"])
    return _concepts(top, tokenizer) + _concepts(below, tokenizer)


def tree(cache: SequenceWorkingSet, tokenizer: Tokenizer, payload: str, depth: int | None) -> Asking[Branch]:
    """The tree under a prefix, at most `depth` levels of it; raises NothingLearned where no sample begins so."""
    top = yield from _top(cache, tokenizer, payload)
    if not height(top):
        raise NothingLearned(f"no learned sample begins with {tokenizer.shown(payload)!r}")
    levels = [top]
    while height(levels[-1]) and (depth is None or len(levels) <= depth + 1):
        levels.append((yield from cache.children(levels[-1]["id"])))
    cut = set(levels.pop()["parent"].tolist()) if depth is not None and len(levels) > depth + 1 else set()
    children: dict[int | None, list[Branch]] = {}
    for i in reversed(range(len(levels))):
        length = dict(zip(levels[i - 1]["id"].tolist(), levels[i - 1]["length"].tolist(), strict=True)) if i else {}
        parents = levels[i]["parent"].tolist() if i else [None]
        named = zip(levels[i]["text"], levels[i]["id"].tolist(), parents, _concepts(levels[i], tokenizer), strict=True)
        for text, id, parent, concept in named:
            edge = tokenizer.edge(text, length.get(parent, 0))
            below = sorted(children.pop(id, []), key=lambda b: (-b.concept.count, b.edge))
            children.setdefault(parent, []).append(Branch(concept, edge, tuple(below), id in cut))
    return children[None][0]


def _top(cache: SequenceWorkingSet, tokenizer: Tokenizer, payload: str) -> Asking[Table]:
    """The one concept that every concept with this prefix hangs under (or is), as a table of at most one row."""
    batch = encode(tokenizer, [tokenizer.text(payload)], cache.vocabulary)
    way = rules.paths(batch, cache.vocabulary)
    nodes = yield from cache.get_prefixes(way.slots)
    prefix = tokenizer.encode(payload)
    fits = [tokenizer.split(text)[: len(prefix)] == prefix for text in nodes["text"]]
    at = np.flatnonzero(np.array(fits, bool) & (nodes["length"] >= len(prefix)))
    best = at[np.argsort(nodes["length"][at])[:1]]
    return {name: column[best] for name, column in nodes.items()}


def _concepts(table: Table, tokenizer: Tokenizer) -> list[Concept]:
    names = ("r_level", "length", "count", "mass")
    texts = map(tokenizer.edge, table["text"])
    return [Concept(*row) for row in zip(texts, *(table[name].tolist() for name in names), strict=True)]
