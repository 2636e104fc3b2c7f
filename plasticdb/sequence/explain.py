"""Why this prediction: the contexts that spoke, what each said, and the samples that taught it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..checks import shown
from ..errors import BadInput
from ..journal.events import SampleRow
from ..memory.display import table
from ..memory.requests import Asking, Samples
from .ask import columns, listen
from .interpolation import combine, voices
from .tokens import START, STOP, Tokenizer
from .views import Views, last_place
from .vocabulary import encode
from .working_set import SequenceWorkingSet

__all__ = ["Explanation", "Lesson", "Spoke", "explain", "taught"]

PAGE = 200
"""Samples that are looked at in one go, whether they taught a context."""
LAST = 2**62
"""No position is as high."""


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
            text, place = batch.spell(int(level.first[0]) - level.length, int(level.first[0])), int(level.at[0])
            share = (after - voice.inherits * before) * passed / final
            spoke.append(Spoke(level.chain, text, place, float(weight), int(fired), mass, before, after, float(share)))
            passed *= voice.inherits
        out += reversed(spoke)
        chains[levels[0].chain] = final
    return Explanation(tokenizer.shown(payload), symbol, float(p[at]), chains, tuple(out))


def taught(tokenizer: Tokenizer, views: Views, explanation: Explanation, samples: int) -> Asking[Explanation]:
    """The explanation with up to `samples` samples for each context whose synapse to the symbol they taught, newest first."""
    spoke = []
    for context in explanation.spoke:
        most = samples if context.fired else 0
        lessons = yield from _lessons(tokenizer, context, explanation.symbol, last_place(views, context.chain), most)
        spoke.append(replace(context, context=tokenizer.edge(context.context), taught_by=tuple(lessons)))
    return replace(explanation, spoke=tuple(spoke))


def _lessons(tokenizer: Tokenizer, context: Spoke, symbol: str, last: int, most: int) -> Asking[list[Lesson]]:
    wanted = [*tokenizer.split(context.context), symbol]
    found: list[Lesson] = []
    before = LAST
    while most > len(found):
        rows: list[SampleRow] = yield Samples(_pieces(tokenizer, wanted), before, PAGE)
        fits = [row for row in rows if _holds([START, *tokenizer.encode(row.payload), STOP], wanted, context.at, last)]
        found += [Lesson(tokenizer.shown(row.payload), row.source) for row in fits[: most - len(found)]]
        if len(rows) < PAGE:
            break
        before = rows[-1].position
    return found


def _holds(symbols: Sequence[str], wanted: list[str], at: int, last: int) -> bool:
    """Whether a sample says `wanted`; at a place, if the context has one, else not behind the last that its chain sees."""
    size = len(wanted)
    symbols = symbols[: last + 1]
    if at:
        return list(symbols[at - size + 1 : at + 1]) == wanted
    return any(list(symbols[i : i + size]) == wanted for i in range(1 - (wanted[0] == START), len(symbols) - size + 1))


def _pieces(tokenizer: Tokenizer, symbols: Sequence[str]) -> list[str]:
    """Texts that a payload must contain to hold these symbols: what the database can look for."""
    inner = [symbol for symbol in symbols if symbol not in (START, STOP)]
    if tokenizer.name == "chars":
        return ["".join(inner)] if inner else []
    if tokenizer.name == "symbols":
        return [json.dumps(symbol, ensure_ascii=False) for symbol in inner]
    return inner if tokenizer.name == "words" else []
