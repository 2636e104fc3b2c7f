"""Which samples taught what an explanation shows: those in which the context stands before the symbol."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...journal.events import SampleRow
from ...memory.requests import Asking, Samples
from ..tokens import START, STOP, Tokenizer
from ..views import Level, View, Views, chains
from ..vocabulary import Batch, Vocabulary, encode
from .explain import Explanation, Lesson

__all__ = ["taught"]

PAGE = 200
"""Samples that are looked at in one go, whether they taught a context."""
LAST = 2**62
"""No position is as high."""


def taught(
    tokenizer: Tokenizer, views: Views, payload: str, explanation: Explanation, samples: int
) -> Asking[Explanation]:
    """The explanation with up to `samples` samples for each context whose synapse to the symbol they taught, newest first.

    payload: what was explained.
    """
    vocabulary = Vocabulary("")
    vocabulary.add([explanation.symbol])
    batch = encode(tokenizer, [tokenizer.text(payload)], vocabulary)
    levels = chains(batch, vocabulary, views, batch.offsets[1:] - 1)
    seen = {view.chain: (view, chain) for view, chain in zip(views, levels, strict=True)}
    depth = {chain: -(chain == "suffix") for chain in seen}  # whose root is the base, and comes first
    spoke = []
    for context in explanation.spoke:
        view, chain = seen[context.chain]
        depth[context.chain] += 1
        above = chain[: depth[context.chain] + 1]
        wanted = _wanted(tokenizer, batch, above, explanation.symbol)
        most = samples if context.fired else 0
        lessons = yield from _lessons(tokenizer, vocabulary, view, above[-1], explanation.symbol, wanted, most)
        spoke.append(replace(context, context=tokenizer.edge(context.context), taught_by=tuple(lessons)))
    return replace(explanation, spoke=tuple(spoke))


def _lessons(
    tokenizer: Tokenizer, vocabulary: Vocabulary, view: View, level: Level, symbol: str, wanted: list[str], most: int
) -> Asking[list[Lesson]]:
    found: list[Lesson] = []
    before = LAST
    while most > len(found):
        rows: list[SampleRow] = yield Samples(wanted, before, PAGE)
        batch = encode(tokenizer, [tokenizer.text(row.payload) for row in rows], vocabulary)
        holds = _holds(batch, vocabulary, view, level, vocabulary.codes[symbol])
        fits = [row for row, held in zip(rows, holds.tolist(), strict=True) if held]
        found += [Lesson(tokenizer.shown(row.payload), row.source) for row in fits[: most - len(found)]]
        if len(rows) < PAGE:
            break
        before = rows[-1].position
    return found


def _holds(batch: Batch, vocabulary: Vocabulary, view: View, level: Level, symbol: int) -> NDArray[np.bool_]:
    """Which samples have a symbol behind the one context of a level."""
    out = np.zeros(len(batch), bool)
    if not len(batch):
        return out
    chain = chains(batch, vocabulary, (view,))[0]
    if len(chain) > level.depth:
        there = chain[level.depth]
        before = there.hashes[there.context] == level.hashes[0]
        target = there.target[before & (batch.codes[there.target] == symbol)]
        out[batch.offsets.searchsorted(target, "right") - 1] = True
    return out


def _wanted(tokenizer: Tokenizer, batch: Batch, chain: Sequence[Level], symbol: str) -> list[str]:
    """Texts that a payload must contain to have a symbol behind a context: what the database can look for."""
    last = chain[-1]
    if last.straight:
        end = int(last.first[0])
        return _pieces(tokenizer, [[*tokenizer.split(batch.spell(end - int(last.length[0]), end)), symbol]])
    added = [batch.spell(int(level.begin[0]), int(level.end[0])) for level in chain]
    return _pieces(tokenizer, [*map(tokenizer.split, added), [symbol]])


def _pieces(tokenizer: Tokenizer, runs: Iterable[Sequence[str]]) -> list[str]:
    inner = [[symbol for symbol in run if symbol not in (START, STOP)] for run in runs]
    if tokenizer.name == "chars":
        return ["".join(run) for run in inner if run]
    every = [symbol for run in inner for symbol in run]
    if tokenizer.name == "symbols":
        return [json.dumps(symbol, ensure_ascii=False) for symbol in every]
    return every if tokenizer.name == "words" else []
