"""Fitting a memory's parameters to its own samples, of which each is predicted by a memory that lacks it.

Gates ascend log p of what follows, discounts and strengths each view's own log p of it, by Adagrad. Parameters stand still
for a window of samples; what comes out depends on the samples and their order alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from ...kit.plasticity import Floats, told
from ...kit.sorting import groups
from ...kit.tables import Ints
from ..prediction.interpolated import NOTHING
from ..prediction.parameters import BUCKETS, DEPTHS, Gates, Parameters
from ..prediction.predict import Base, Said, Speakers, Toward, account, expected, said, toward
from ..vocabulary import STOP_CODE
from .leaving_out import Alone

__all__ = ["WINDOW", "Abstraction", "Fitting", "windows"]

WINDOW = 512
"""Symbols after which parameters take a step."""

_GATES, _ENDINGS, _OTHERS = 0.02, 0.1, 0.05
"""How far a step goes: of gates, of what they say of the stop, and of all else."""
_GATES_DAMPED, _OTHERS_DAMPED = 1.0, 1e-4
_MOST_LOGIT = 6.0
_STRENGTH = -8.0, 4.0
"""Up to where a discount goes, and from where to where the log of a strength."""

CELLS = 500_000
"""Synapses that are looked through at a time."""

_Slopes = tuple[Ints, Floats]
"""Where numbers are, of which each may come more than once, and the slopes there."""
_WHAT = ("present", "depth", "confidence", "place", "last")
_OF_ENDING = ("depth", "place")


@dataclass(frozen=True, slots=True)
class Abstraction:
    """What the base falls back on: `Base.weight`, `Base.abstraction` and its factor, of the whole memory."""

    weight: Floats
    abstraction: Floats
    factor: float


def windows(sizes: Ints) -> Ints:
    """Where the windows of samples of these sizes begin, and the last one ends.

    >>> windows(np.array([300, 300, 500, 20, 7])).tolist()
    [0, 2, 4, 5]
    """
    begins, symbols = [0], 0
    for i, size in enumerate(sizes.tolist(), 1):
        symbols += size
        if symbols >= WINDOW:
            begins.append(i)
            symbols = 0
    return np.array(begins + [len(sizes)] * (begins[-1] < len(sizes)), np.int64)


@dataclass(slots=True)
class _Ascent:
    """Numbers that ascend, flat: their values, how far a step of each goes and how strong it is damped at first, the sums of
    their squared gradients, and which of them were met."""

    value: Floats
    far: Floats
    damped: float
    squares: Floats = field(init=False)
    met: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.squares, self.met = np.zeros(len(self.value)), np.zeros(len(self.value), bool)

    def step(self, at: Ints, gradient: Floats) -> None:
        """Go up by gradients at these places, of which each may come more than once."""
        if not len(at):
            return
        at, _, which = groups(at)
        g = np.bincount(which, gradient, len(at))
        self.squares[at] += g * g
        self.value[at] += self.far[at] * g / np.sqrt(self.squares[at] + self.damped)
        self.met[at] = True


class Fitting:
    """A fit on its way: give it window after window, and take the parameters.

    ending: whether gates also learn how likely a sample ends, where they may say so.
    """

    def __init__(self, begun: Parameters, ending: bool = True) -> None:
        self.begun, self.views = begun, len(begun.discount)
        self._ends = ending and begun.gates.end
        self.symbols, self.nats = 0, 0.0
        d = begun.discount
        with np.errstate(divide="ignore"):
            self._discount = _Ascent(np.log(d / (1.0 - d)).ravel(), np.full(d.size, _OTHERS), _OTHERS_DAMPED)
            self._strength = _Ascent(np.log(begun.strength).ravel(), np.full(d.size, _OTHERS), _OTHERS_DAMPED)
        self._gates = {name: self._ascent(name) for name in _WHAT}

    def _ascent(self, name: str) -> _Ascent:
        value = getattr(self.begun.gates, name)
        far = np.full(value.shape, _GATES)
        if name in _OF_ENDING:
            far[:, -1] = _ENDINGS
        return _Ascent(value.ravel().copy(), far.ravel(), _GATES_DAMPED)

    @property
    def parameters(self) -> Parameters:
        """What was found so far."""
        shape = self.begun.discount.shape
        gates = self.begun.gates
        return Parameters(
            (1.0 / (1.0 + np.exp(-self._discount.value))).reshape(shape),
            np.exp(self._strength.value).reshape(shape),
            Gates(*(self._gates[name].value.reshape(getattr(gates, name).shape) for name in _WHAT)),
        )

    @property
    def met(self) -> dict[str, NDArray[np.bool_]]:
        """Which gates were met, in the shapes of `Gates`."""
        return {name: self._gates[name].met.reshape(getattr(self.begun.gates, name).shape) for name in _WHAT}

    @property
    def moved(self) -> NDArray[np.bool_]:
        """[views, DEPTHS]: which discounts were."""
        return self._discount.met.reshape(self.begun.discount.shape)

    def window(self, alone: Alone, abstraction: Abstraction) -> None:
        """Predict the samples of a window, each without itself, and take a step."""
        now = self.parameters
        base = Base(
            abstraction.weight,
            float(now.discount[0, 0]),
            abstraction.abstraction,
            alone.sample,
            alone.mass,
            alone.total,
            np.full(len(alone.mass), abstraction.factor),
            alone.key,
            alone.other,
        )
        column = np.arange(len(abstraction.weight))
        speakers = Speakers.of(alone.contexts, alone.view, alone.depth, column, now)
        self.symbols += len(alone.code)
        gates: dict[str, list[_Slopes]] = {name: [] for name in _WHAT}
        discounts, strengths = [], []
        for some in _parts(speakers.many(alone.rows)):
            mine = replace(base, group=base.group[some])
            of = said(speakers, alone.rows[:, :, some], mine, now.gates, alone.place[some], alone.last[some], STOP_CODE)
            x = toward(of, mine, alone.code[some])
            self.nats -= float(x.log_p.sum())
            for name, found in chain(self._slopes_of_gates(of, x), self._slopes_of_ending(of, alone.code[some])):
                gates[name].append(found)
            less, more = self._slopes_of_views(of, speakers, x.base, mine, alone.code[some])
            discounts.append(less)
            strengths.append(more)
        for name, parts in gates.items():
            if parts:
                self._gates[name].step(*_together(parts))
        self._discount.step(*_together(discounts))
        self._strength.step(*_together(strengths))
        np.minimum(self._discount.value, _MOST_LOGIT, out=self._discount.value)
        met = self._strength.met
        self._strength.value[met] = self._strength.value[met].clip(*_STRENGTH)

    def _slopes_of_gates(self, of: Said, x: Toward) -> Iterator[tuple[str, _Slopes]]:
        gradient = x.ratio - expected(of)
        view, n = of.present.nonzero()
        g, features = gradient[view, n], of.features
        places = {
            "present": features.mask[n] * self.views + view,
            "depth": features.depth[n] * (self.views + 1) + view,
            "confidence": view * (DEPTHS * BUCKETS) + features.confidence[view, n],
        }
        if len(self.begun.gates.place):
            places["place"] = features.place[n] * (self.views + 1) + view
        if len(self.begun.gates.last):
            places["last"] = features.last[n] * self.views + view
        for name, at in places.items():
            yield name, (at, g)

    def _slopes_of_ending(self, of: Said, code: Ints) -> Iterator[tuple[str, _Slopes]]:
        if self._ends:
            stops = of.score[of.column == of.stop] / of.whole  # one cell of each history, in their order
            for name in _OF_ENDING:
                at = getattr(of.features, name) * (self.views + 1) + self.views
                yield name, (at, (code == of.stop) - stops)

    def _slopes_of_views(
        self, of: Said, speakers: Speakers, at_base: Floats, base: Base, code: Ints
    ) -> tuple[_Slopes, _Slopes]:
        """Of the logits of discounts, and of the logs of strengths."""
        own = account(speakers, of.rows, at_base, code)
        out = own.after[:, -1] if own.after.shape[1] else np.repeat(at_base[None], self.views, axis=0)
        speaks = (of.rows >= 0) & (speakers.mass[of.rows] > NOTHING)
        view, depth, n = speaks.nonzero()
        row = of.rows[view, depth, n]
        d, theta = speakers.discount[row], speakers.strength[row]
        before, after = own.before[view, depth, n], own.after[view, depth, n]
        share = own.passed[view, depth, n] / ((speakers.mass[row] + theta) * out[view, n])
        at = view * DEPTHS + np.minimum(depth + 1, DEPTHS - 1)
        less = share * (speakers.total[row] * before - told(own.weight[view, depth, n])) * d * (1.0 - d)
        more = share * (before - after) * theta
        n = np.arange(len(code))
        mass, total = base.mass[base.group], base.total[base.group]
        above = base.abstraction[code] * base.factor[base.group]
        heard = mass > NOTHING
        root = np.exp(of.rest[0]) * (total * above - told(base.weights(n, code))) / np.where(heard, mass, 1.0) / out[0]
        root = np.where(heard, root, 0.0) * base.discount * (1.0 - base.discount)
        return (np.concatenate([at, np.zeros(len(n), np.int64)]), np.concatenate([less, root])), (at, more)


def _parts(many: Ints) -> Iterator[slice]:
    """Histories in runs that have `CELLS` synapses together, about: so memory does not go by how long a sample is."""
    cuts = np.flatnonzero(np.diff(many.cumsum() // CELLS)) + 1
    for begin, end in pairwise([0, *cuts.tolist(), len(many)]):
        yield slice(begin, end)


def _together(parts: list[_Slopes]) -> _Slopes:
    return np.concatenate([at for at, _ in parts]), np.concatenate([slope for _, slope in parts])
