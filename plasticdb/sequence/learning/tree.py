"""The prefix chain: a radix tree of all samples, refactored and potentiated a batch at a time.

A concept is a prefix at which samples part, or a whole sample (with its stop). The tree is canonical: it depends on
which samples are in it and not on their order. So a batch need not be inserted sample by sample. The prefixes of its
samples, together with the concepts that were fetched on their paths, form a small trie; which of its points are
concepts, under which parent and at which r_level, follows from counting children and running along the samples.

`slots` says what to fetch. `emptied` says which concepts lose a child and so need their other children fetched.
`grow` makes the new concepts. `lift` carries changed r_levels to the concepts further below.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from ...errors import Collision
from ...kit import ids
from ...kit.ids import Hashes, extend, extend_one, seed
from ...kit.plasticity import Floats
from ...kit.sorting import among, distinct, groups, places
from ...kit.tables import Ints, Table, height
from ..vocabulary import STOP_CODE, Batch, Vocabulary

__all__ = ["COLUMNS", "Growth", "Paths", "emptied", "grow", "lift", "paths"]

FEW = 10
"""So many samples at most are hashed each for itself: an array of them takes longer."""
COLUMNS = {
    "id": "int",
    "slot": "int",
    "text": "text",
    "length": "int",
    "r_level": "int",
    "count": "int",
    "mass": "float",
}
"""What is fetched of a concept of the prefix chain, and its type."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Every prefix of every sample, one sample behind the other, from the empty prefix (the root) to the whole sample.

    hashes: [p]; length: [p] symbols in the prefix; sample: [p] whose prefix it is; last: [p] code of the last symbol
    (-1 at the root); end: [p] where the sample stands in batch.codes behind the prefix.
    """

    hashes: Hashes
    length: Ints
    sample: Ints
    last: Ints
    end: Ints

    @property
    def slots(self) -> Ints:
        """The slots to fetch: the concepts found there are those on the samples' paths."""
        return distinct(ids.slots(self.hashes))

    @property
    def leaves(self) -> Ints:
        """The ids of the samples' own concepts: the whole samples, stop included. Shape [samples]."""
        return ids.as_id(self.hashes[np.flatnonzero(np.diff(self.sample, append=-1))])

    def before(self, other: Paths, batch: Batch) -> Paths:
        """These and others behind them, whose batch stands behind this one's (`batch`)."""
        return Paths(
            np.concatenate([self.hashes, other.hashes]),
            np.concatenate([self.length, other.length]),
            np.concatenate([self.sample, other.sample + len(batch)]),
            np.concatenate([self.last, other.last]),
            np.concatenate([self.end, other.end + len(batch.codes)]),
        )

    def beside(self, nodes: Table) -> list[str]:
        """The texts of those concepts that are no prefix of a sample: where samples leave an edge, and siblings."""
        on = among(nodes["id"], distinct(ids.as_id(self.hashes)))
        return [str(text) for text in nodes["text"][~on]]


def paths(batch: Batch, vocabulary: Vocabulary) -> Paths:
    """Hash all prefixes of a batch: a loop over positions, all samples that are long enough at once; the last few alone."""
    sizes = np.diff(batch.offsets) - 1  # the start symbol is no part of the prefix chain
    first = np.concatenate([[0], np.cumsum(sizes + 1)[:-1]]).astype(np.int64)
    total = int(np.sum(sizes + 1))
    sample = np.repeat(np.arange(len(batch)), sizes + 1)
    length = np.arange(total) - first[sample]
    end = batch.offsets[sample] + 1 + length
    last = np.where(length > 0, batch.codes[np.minimum(end - 1, len(batch.codes) - 1)], -1)
    hashes = np.zeros(total, np.uint64)
    hashes[first] = seed(vocabulary.memory, "prefix")
    longest_first = np.argsort(-sizes, kind="stable")
    reach = np.searchsorted(-sizes[longest_first], -np.arange(1, int(sizes.max(initial=0)) + 1), side="right")
    together = int(np.count_nonzero(reach > FEW))
    for size, samples in enumerate(reach[:together].tolist(), start=1):
        at = first[longest_first[:samples]] + size
        hashes[at] = extend(hashes[at - 1], vocabulary.hashes(last[at]))
    for one in longest_first[: reach[together] if together < len(reach) else 0].tolist():
        begin, behind = int(first[one]) + together, int(first[one] + sizes[one]) + 1
        symbols = vocabulary.hashes(last[begin + 1 : behind]).tolist()
        tail = accumulate(symbols, extend_one, initial=int(hashes[begin]))
        hashes[begin:behind] = np.fromiter(tail, np.uint64, len(symbols) + 1)
    return Paths(hashes, length, sample, last, end)


def emptied(way: Paths, nodes: Table, count: Ints) -> Ints:
    """The ids of fetched concepts that stay but lose a child, when `count` is added to the samples' counts."""
    if not (count < 0).any() or not height(nodes):
        return np.empty(0, np.int64)
    at = ids.as_id(way.hashes)
    order = np.argsort(nodes["id"])
    place = np.minimum(np.searchsorted(nodes["id"][order], at), len(order) - 1)
    node = np.where(nodes["id"][order][place] == at, order[place], -1)
    on = np.flatnonzero(node >= 0)
    added = np.bincount(node[on], count[way.sample[on]].astype(np.float64), height(nodes))
    stays = nodes["count"] + added > 0
    # Along each sample: a concept that stays, and the next one on the way does not.
    here, below = on[:-1], on[1:]
    parts = (way.sample[here] == way.sample[below]) & stays[node[here]] & ~stays[node[below]]
    return distinct(nodes["id"][node[here[parts]]])


@dataclass(frozen=True, slots=True)
class Growth:
    """What a batch makes of the concepts on its paths.

    now: all of them that are there after the batch, `COLUMNS` and `parent` (an id, None for the root), sorted by id
    existed: which of them were there before; moved: which of those changed their slot
    gone: ids of those that went; vacated: slots in which no concept is any more
    lifted, lift: ids of old concepts with others below whose r_level changed, and by how much
    """

    now: Table
    existed: NDArray[np.bool_]
    moved: NDArray[np.bool_]
    gone: Ints
    vacated: Ints
    lifted: Ints
    lift: Ints


def grow(
    batch: Batch, way: Paths, vocabulary: Vocabulary, nodes: Table, known: Ints, count: Ints, mass: Floats
) -> Growth:
    """The prefix tree around a batch of samples after `count` and `mass` were added to them.

    batch, way: the samples, and behind them the texts of those fetched `nodes` that are no prefix of one (where a
    sample leaves an edge), with a count and a mass of 0. known: ids of concepts all of whose children are in `nodes`.
    """
    identity = ids.as_id(way.hashes)
    points, first, point = groups(identity)
    up = point[np.maximum(first - 1, 0)]
    root = way.length[first] == 0
    _check(way, first, point, up)

    order = np.argsort(nodes["id"])
    node = np.full(len(points), -1)
    node[np.searchsorted(points, nodes["id"][order])] = order
    old = node >= 0
    spelled = batch.texts(way.end[first[old]] - way.length[first[old]], way.end[first[old]])
    _compare(spelled, nodes, node[old])

    # An edge of the old tree belongs to the concept at its lower end: what was counted there was counted all along it.
    below = _next_in_sample(node[point], way.sample)
    source = np.full(len(points), -1)
    np.maximum.at(source, point, below)
    had = source >= 0
    counts = np.bincount(point, count[way.sample].astype(np.float64), len(points)).astype(np.int64)
    counts[had] += nodes["count"][source[had]]
    masses = np.bincount(point, mass[way.sample], len(points))
    masses[had] += nodes["mass"][source[had]]

    alive = counts > 0
    branches = np.bincount(up[alive & ~root], minlength=len(points))
    whole = way.last[first] == STOP_CODE
    kept = old & ~places(known, points)[1]  # it may have children that were not fetched
    concept = alive & (root | whole | (branches >= 2) | kept)

    mark = concept[point]
    spot = np.maximum.accumulate(np.where(mark, np.arange(len(mark)), -1))
    above = np.concatenate([[-1], spot[:-1]])[first]  # where the nearest concept above stands
    depth = np.cumsum(mark)
    begin = first - way.length[first]
    r_level = depth[first] - depth[begin]

    at = np.flatnonzero(concept)
    stands = first[at]
    parent = np.full(len(at), None, object)
    inner = ~root[at]
    parent[inner] = identity[above[at[inner]]]
    edge = np.where(root[at], stands, np.minimum(above[at] + 1, len(identity) - 1))
    slot = ids.slots(way.hashes[edge])
    existed = old[at]
    was = node[at[existed]]
    moved = np.zeros(len(at), bool)
    moved[existed] = nodes["slot"][was] != slot[existed]
    now: Table = {
        "id": points[at],
        "parent": parent,
        "slot": slot,
        "text": batch.texts(way.end[stands] - way.length[stands], way.end[stands]),
        "length": way.length[stands],
        "r_level": r_level[at],
        "count": counts[at],
        "mass": masses[at],
    }
    lift = r_level[at[existed]] - nodes["r_level"][was]
    return Growth(
        now,
        existed,
        moved,
        points[old & ~concept],
        (was_at := np.sort(nodes["slot"]))[~places(np.sort(slot), was_at)[1]],
        points[at[existed]][(lift != 0) & ~whole[at[existed]]],
        lift[(lift != 0) & ~whole[at[existed]]],
    )


def lift(growth: Growth, below: Table) -> tuple[Table, Ints]:
    """The concepts further below those whose r_level changed, with their new r_levels; and their old ones.

    below: `COLUMNS` and `parent` of everything under growth.lifted.
    """
    below = _rows(below, ~among(below["id"], np.sort(np.concatenate([growth.now["id"], growth.gone]))))
    ids_, shift = (
        np.concatenate([growth.lifted, below["id"]]),
        np.concatenate([growth.lift, np.zeros(height(below), np.int64)]),
    )
    order = np.argsort(ids_)
    for level in distinct(below["r_level"]):
        here = np.flatnonzero(below["r_level"] == level)
        parents = below["parent"][here].astype(np.int64)
        place = np.minimum(np.searchsorted(ids_[order], parents), len(order) - 1)
        found = ids_[order][place] == parents
        shift[len(growth.lifted) + here] = np.where(found, shift[order[place]], 0)
    shift = shift[len(growth.lifted) :]
    changed = _rows(below, shift != 0)
    return changed | {"r_level": changed["r_level"] + shift[shift != 0]}, changed["r_level"]


def _rows(table: Table, index: NDArray[np.bool_]) -> Table:
    return {name: column[index] for name, column in table.items()}


def _next_in_sample(value: Ints, sample: Ints) -> Ints:
    """For each place the first value >= 0 at or behind it in the same sample, else -1."""
    last = len(value)
    at = np.where(value >= 0, np.arange(last), last)
    after = np.minimum.accumulate(at[::-1])[::-1]
    inside = np.minimum(after, last - 1)
    return np.where((after < last) & (sample[inside] == sample), value[inside], -1)


def _check(way: Paths, first: Ints, point: Ints, up: Ints) -> None:
    """Every prefix with one hash must have the same parent and the same last symbol, or two prefixes collided."""
    parent = np.where(way.length > 0, np.concatenate([[-1], point[:-1]]), -1)
    own = np.where(way.length[first] > 0, up, -1)
    if (way.last != way.last[first][point]).any() or (parent != own[point]).any():
        raise Collision("two prefixes of this batch have one id; rename the memory (its name is part of every id)")


def _compare(spelled: NDArray[np.object_], nodes: Table, node: Ints) -> None:
    for text, i in zip(spelled.tolist(), node.tolist(), strict=True):
        if text != nodes["text"][i]:
            raise Collision(
                f"{text!r} and {nodes['text'][i]!r} have one id; rename the memory (its name is part of every id)"
            )
