"""Why this prediction: the contexts that spoke, what each said, and the samples that taught it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..checks import shown
from ..errors import BadInput
from ..memory.display import table
from ..memory.requests import Asking
from .ask import columns, listen
from .interpolation import combine, voices
from .tokens import Tokenizer
from .views import Views, spell
from .vocabulary import encode
from .working_set import SequenceWorkingSet

__all__ = ["Explanation", "Lesson", "Spoke", "explain"]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A sample that taught a context, and the source it came from."""

    sample: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Spoke:
    """One context's say about the symbol.

    weight, fired: of its synapse to the symbol; mass: of all its synapses. before: what its abstraction gave the
    symbol; after: what it made of that. share: the part of its chain's final probability that it added itself (the
    shares of a chain and of the uniform start add up to 1).
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
class Explanation:
    """Why a symbol is expected after a prompt. `spoke`: each chain from its root to the deepest context that spoke."""

    prompt: str
    symbol: str
    probability: float
    chains: dict[str, float]
    spoke: tuple[Spoke, ...]

    def __repr__(self) -> str:
        who = f"{len(self.spoke)} contexts of {' and '.join(self.chains)}"
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
                "share": f"{one.share:.1%}",
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
    codes, column = columns(cache.vocabulary)
    heard = yield from listen(cache, batch, views, batch.offsets[1:] - 1)
    spoken = [voices(heard.speakers, row[:, 0], column, len(codes)) for row in heard.chains]
    p = combine([chain[-1].after[None] for chain in spoken], heard.speaks)[0]
    if symbol is None:
        symbol = cache.vocabulary.symbols[codes[np.argmax(p)]]
    at = column[cache.vocabulary.codes[symbol]] if symbol in cache.vocabulary.codes else -1
    if at < 0:
        raise BadInput(f"the symbol {shown(symbol)} was never learned; `plasticdb predict` shows those that were")
    chains: dict[str, float] = {}
    out: list[Spoke] = []
    for chain, levels in zip(spoken, heard.levels, strict=True):
        final, passed = float(chain[-1].after[at]), 1.0
        spoke: list[Spoke] = []
        for voice in reversed(chain):
            context, level = heard.contexts.take(np.array([voice.row])), levels[voice.depth]
            mass, before, after = float(context.columns["mass"][0]), float(voice.before[at]), float(voice.after[at])
            edge = context.edges["code"] == codes[at]
            weight, fired = (context.edges[name][edge].sum() for name in ("weight", "fired"))
            text, place = spell(batch, levels, voice.depth, 0), int(level.at[0])
            share = (after - voice.inherits * before) * passed / final
            spoke.append(Spoke(level.chain, text, place, float(weight), int(fired), mass, before, after, float(share)))
            passed *= voice.inherits
        out += reversed(spoke)
        chains[levels[0].chain] = final
    return Explanation(tokenizer.shown(payload), symbol, float(p[at]), chains, tuple(out))
