"""What a plan decides of transforms, and the transforms that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kit.tables import Ints
from .factors import Floats, Pairs, factor_of, fitted
from .reading import Transforms, outputs

__all__ = ["Maps", "Shapes", "built", "joined", "packed", "reaches"]


@dataclass(frozen=True, slots=True)
class Shapes:
    """What is decided of transforms: centre [g, n], pull [g], reach [g], ridge [g]."""

    centre: Floats
    pull: Floats
    reach: Floats
    ridge: Floats

    def __len__(self) -> int:
        return len(self.pull)

    def of(self, some: Ints) -> Shapes:
        """Those at some places."""
        return Shapes(self.centre[some], self.pull[some], self.reach[some], self.ridge[some])


@dataclass(frozen=True, slots=True)
class Maps:
    """Transforms that are asked by their place, and not by where a key is."""

    transforms: Transforms

    def say(self, keys: Floats, which: Ints) -> Floats:
        """What transform which[i] says for key i."""
        return outputs(keys, self.transforms, which)


def built(pairs: Pairs, group: Ints, shapes: Shapes, gain: float = np.inf) -> Maps:
    """Transforms of such shapes, each fitted to the pairs of its group; one that has none maps all to 0."""
    g, n, d = len(shapes), pairs.keys.shape[1], pairs.values.shape[1]
    matrix, offset = np.zeros((g, d, n)), np.zeros((g, d))
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(g + 1))
    for j in np.flatnonzero(np.diff(bounds)):
        some = order[bounds[j] : bounds[j + 1]]
        fit = fitted(factor_of(pairs.keys[some], pairs.values[some]), float(shapes.ridge[j]), gain, shapes.centre[j])
        matrix[j], offset[j] = fit.matrix, fit.offset
    return Maps(Transforms(shapes.centre, matrix, offset, shapes.pull, shapes.reach))


def joined(one: Shapes, other: Shapes) -> Shapes:
    """The shapes of both, one after the other."""
    names = ("centre", "pull", "reach", "ridge")
    return Shapes(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in names))


def packed(group: Ints, count: int) -> tuple[Ints, Ints]:
    """Number groups that have members one after the other; with the groups that these were."""
    kept = np.flatnonzero(np.bincount(group[group >= 0], minlength=count))
    places = np.full(count + 1, -1)
    places[kept] = np.arange(len(kept))
    return places[group], kept


def reaches(pairs: Pairs, group: Ints, centre: Floats) -> Floats:
    """How far the furthest key of each group is from its centre."""
    found, some = np.zeros(len(centre)), np.flatnonzero(group >= 0)
    np.maximum.at(found, group[some], np.sqrt(((pairs.keys[some] - centre[group[some]]) ** 2).sum(axis=1)))
    return found
