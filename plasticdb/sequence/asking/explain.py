"""Why this prediction: what each view made of the symbol, how much it counted, its contexts, and the samples that taught them.

The logarithm of the probability is a sum of shares: of chance, of the base, of each context of each view, and of the scale
that makes all symbols' probabilities one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...checks import shown
from ...errors import BadInput
from ...kit.plasticity import Floats
from ...kit.tables import Ints
from ...memory.display import table
from ...memory.requests import Asking
from ..prediction.parameters import BUCKETS, ENDING, PLACES, Gates
from ..prediction.predict import Account, Features, account, toward
from ..tokens import Tokenizer
from ..views import Views, spell
from ..vocabulary import START_CODE, Batch, encode
from ..working_set import SequenceWorkingSet
from .ask import Listened, columns, distributions, listen, trusted

__all__ = ["Explanation", "Lesson", "Opinion", "Spoke", "explain"]

SURE = (
    "heard one symbol once",
    "heard one symbol twice",
    "heard one symbol 3 or 4 times",
    "heard one symbol often",
    "leaves more than 1/2 open",
    "leaves 1/4 to 1/2 open",
    "leaves 1/10 to 1/4 open",
    "leaves less than 1/10 open",
)
"""How sure the deepest context is, by bucket."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A sample that taught a context, and the source it came from."""

    sample: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Spoke:
    """One context's say about the symbol.

    weight, fired: of its synapse to the symbol; mass: of all its synapses. before: what its abstraction gave the
    symbol; after: what it made of that. share: what that adds to the logarithm of the probability. The first is the
    base, the root of the suffix.
    """

    chain: str
    context: str
    at: int
    weight: float
    fired: int
    mass: float
    before: float
    after: float
    share: float
    taught_by: tuple[Lesson, ...] = ()


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one view makes of the symbol.

    ratio: how many times as likely as the base it makes it. weight: the power to which that counts, the sum of its
    `gates`: what each thing that they look at gave. share: what it adds to the logarithm of the probability.
    """

    view: str
    ratio: float
    weight: float
    gates: dict[str, float]
    share: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a symbol is expected after a prompt.

    chance: what the base took over from nothing: of all symbols one, less what is kept for those that were never learned.
    views: those that speak. ending: of the stop alone, what the gates give to it beside the views, each thing that they look
    at its share. scale: the share that makes all symbols' probabilities one. spoke: the base, then each view's contexts from
    the general to the deepest one.
    """

    prompt: str
    symbol: str
    probability: float
    chance: float
    views: tuple[Opinion, ...]
    ending: dict[str, float]
    scale: float
    spoke: tuple[Spoke, ...]

    @property
    def base(self) -> float:
        """What the base gives to the symbol, before any view."""
        return self.spoke[0].after

    @property
    def shares(self) -> dict[str, float]:
        """Of what the logarithm of the probability is the sum."""
        found = {"chance": float(np.log(self.chance)), "base": self.spoke[0].share}
        found |= {one.view: one.share for one in self.views}
        if self.ending:
            found[ENDING] = sum(self.ending.values())
        return found | {"scale": self.scale}

    def __repr__(self) -> str:
        who = f"{len(self.spoke)} contexts of {' and '.join(one.view for one in self.views)}"
        return f"<Explanation: {self.symbol!r:.60} after {self.prompt!r:.60}: p = {self.probability:.4f}; {who} spoke>"

    def _repr_html_(self) -> str:
        rows = [
            {
                "chain": one.chain,
                "at": one.at or None,
                "context": one.context,
                "weight": one.weight,
                "fired": one.fired,
                "before": one.before,
                "after": one.after,
                "share": f"{one.share:+.3f}",
                "taught by": [f"{lesson.sample} ({lesson.source or 'no source'})" for lesson in one.taught_by],
            }
            for one in self.spoke
        ]
        return table(rows, caption=f"{self.symbol!r} after {self.prompt!r}: p = {self.probability:.4f}")


def explain(
    cache: SequenceWorkingSet, tokenizer: Tokenizer, views: Views, payload: str, symbol: str | None
) -> Asking[Explanation]:
    """See SequenceMemory.explain; contexts by the texts of their concepts, and without the samples (`taught`)."""
    batch = encode(tokenizer, [tokenizer.text(payload)], cache.vocabulary)
    heard = yield from listen(cache, tokenizer, batch, views, batch.offsets[1:] - 1, drawn=True, root=True)
    known, (codes, column) = cache.vocabulary, columns(cache.vocabulary, drawn=True)
    if symbol is None:
        symbol = known.symbols[codes[np.argmax(distributions(cache, views, heard)[0])]]
    code = np.array([known.codes.get(symbol, START_CODE)])
    if column[code[0]] == len(codes):
        raise BadInput(f"the symbol {shown(symbol)} was never learned; `plasticdb predict` shows those that were")
    base, gates = heard.base(), trusted(cache, views).gates
    said = heard.said(base, gates)
    of = toward(said, base, column[code])
    b, chance = float(of.base[0]), heard.known / len(codes)
    found = account(heard.speakers, heard.rows, of.base, column[code])
    spoke = [_spoke(heard, batch, 0, 0, heard.root, code, (chance, b), float(np.log(b / chance)))]
    names = [view.chain for view in views]
    opinions = []
    for view in np.flatnonzero(said.present[:, 0]).tolist():
        weight, mine = float(said.weights[view, 0]), _contexts(heard, batch, view, code, found, said.weights)
        ratio, because = mine[-1].after / b, _because(names, view, said.features, gates, known.symbols)
        opinions.append(Opinion(names[view], ratio, weight, because, weight * float(np.log(ratio))))
        spoke += mine
    scale = -float(said.lifted[0] + np.log(said.whole[0]))
    ending = _ending(said.features, gates) if gates.end and column[code[0]] == said.stop else {}
    log_p = np.log(b) + sum(one.share for one in opinions) + sum(ending.values()) + scale
    p = float(np.exp(log_p))
    return Explanation(tokenizer.shown(payload), symbol, p, chance, tuple(opinions), ending, scale, tuple(spoke))


def _contexts(heard: Listened, batch: Batch, view: int, code: Ints, found: Account, weights: Floats) -> list[Spoke]:
    """What the contexts of one view say."""
    out = []
    for depth in np.flatnonzero(heard.rows[view, :, 0] >= 0).tolist():
        at = view, depth, 0
        before, after = float(found.before[at]), float(found.after[at])
        share, row = float(weights[view, 0]) * float(np.log(after / before)), int(heard.rows[at])
        out.append(_spoke(heard, batch, view, depth + 1, row, code, (before, after), share))
    return out


def _spoke(
    heard: Listened,
    batch: Batch,
    view: int,
    depth: int,
    row: int,
    code: Ints,
    p: tuple[float, float],
    share: float,
) -> Spoke:
    level, context = heard.levels[view][depth], heard.contexts.take(np.array([row]))
    edge = context.edges["code"] == code[0]
    weight, fired = (context.edges[name][edge].sum() for name in ("weight", "fired"))
    text, place = spell(batch, heard.levels[view], depth, 0), int(level.at[0])
    mass = float(context.columns["mass"][0])
    return Spoke(level.chain, text, place, float(weight), int(fired), mass, *p, share)


def _because(names: list[str], view: int, features: Features, gates: Gates, symbols: list[str]) -> dict[str, float]:
    """What each thing that the gates look at gave to a view."""
    mask, depth, confidence = int(features.mask[0]), int(features.depth[0]), int(features.confidence[view, 0])
    speak = [name for i, name in enumerate(names) if mask >> i & 1]
    deepest, sure = divmod(confidence, BUCKETS)
    found = {
        f"{' and '.join(speak)} speak" if len(speak) > 1 else f"{speak[0]} speaks alone": gates.present[mask, view],
        _known(features): gates.depth[depth, view],
        f"its context of depth {deepest} {SURE[sure]}": gates.confidence[view, confidence],
    }
    if len(gates.place):
        found[_place(features)] = gates.place[features.place[0], view]
    if len(gates.last):
        last = int(features.last[0])
        found[f"after {shown(symbols[last])}"] = gates.last[last, view] if last < len(gates.last) else 0.0
    return {why: float(weight) for why, weight in found.items()}


def _ending(features: Features, gates: Gates) -> dict[str, float]:
    """What each thing that the gates look at gave to the stop."""
    depth, place = int(features.depth[0]), int(features.place[0])
    return {_known(features): float(gates.depth[depth, -1]), _place(features): float(gates.place[place, -1])}


def _known(features: Features) -> str:
    return f"suffix known to depth {features.depth[0]}"


def _place(features: Features) -> str:
    place = int(features.place[0])
    return f"place {place}{'' if place < PLACES - 1 else ' or behind'}"
