"""The rule of prediction as its formulas say it: loops over contexts and symbols, slow and plain on purpose.

A context is what the reference of the weights takes it for: a tuple of its chain, its place if it has one, and its symbols;
so its depth is the tuple's length less 1. What it heard is [n, T, {symbol: weight}].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

from plasticdb.sequence.prediction.parameters import Parameters
from plasticdb.sequence.tokens import STOP

__all__ = ["Answer", "answer"]

Contexts = Mapping[tuple[Any, ...], tuple[float, float, Mapping[str, float]]]


@dataclass
class Answer:
    """p of each symbol; of each view how much it counts, and how much likelier than the base it makes each symbol."""

    p: dict[str, float]
    base: dict[str, float]
    weights: list[float]
    ratios: list[dict[str, float]]


def told(c: float) -> float:
    """f(c)."""
    return c if c <= 1 else sqrt(c)


def numbers(
    contexts: Contexts, chain: str, depth: int, parameters: Parameters | None, view: int
) -> tuple[float, float]:
    """d and theta."""
    if parameters is not None:
        return float(parameters.discount[view, depth]), float(parameters.strength[view, depth])
    weights = [c for key, x in contexts.items() if (key[0], len(key) - 1) == (chain, depth) for c in x[2].values()]
    once, twice = sum(1e-9 <= c < 1.99 for c in weights), sum(1.99 <= c < 2.99 for c in weights)
    return min((once + 1) / (once + 2 * twice + 1.5), 0.97), 0.3 if depth else 0.0


def answer(
    contexts: Contexts,
    chains: Sequence[Sequence[tuple[Any, ...]]],
    vocabulary: Sequence[str],
    parameters: Parameters | None = None,
    at: int = 1,
    last: int = 0,
) -> Answer:
    """What follows one history.

    chains: each view's contexts from the root, the suffix first. at: the place in the sample; last: the last symbol's code.
    """
    n, total, heard = contexts[chains[0][0]]
    d, _ = numbers(contexts, chains[0][0][0], 0, parameters, 0)
    base = {}
    for s in vocabulary:
        c = max(heard.get(s, 0.0), 0.0)
        base[s] = (c - d * told(c) + d * total / len(vocabulary)) / n if n > 1e-9 else 1 / len(vocabulary)
    ratios, known = [], []
    for view, chain in enumerate(chains):
        p, there = dict(base), []
        for context in chain[1:]:
            if context not in contexts:
                break
            n, total, heard = contexts[context]
            d, theta = numbers(contexts, context[0], len(context) - 1, parameters, view)
            left = (theta + d * total) / (n + theta) if n > 1e-9 else 1.0
            there.append((n, left, sum(c > 1e-9 for c in heard.values())))
            for s in vocabulary:
                c = max(heard.get(s, 0.0), 0.0)
                p[s] = left * p[s] + ((c - d * told(c)) / (n + theta) if n > 1e-9 else 0.0)
        ratios.append({s: p[s] / base[s] for s in vocabulary})
        known.append(there)
    weights = [weight(view, known, parameters, at, last) for view in range(len(chains))]
    score = {s: base[s] * exp(sum(w * log(r[s]) for w, r in zip(weights, ratios, strict=True))) for s in vocabulary}
    if parameters is not None and len(parameters.gates.place):
        score[STOP if STOP in score else "$"] *= exp(ending(known, parameters, at))
    whole = sum(score.values())
    return Answer({s: x / whole for s, x in score.items()}, base, weights, ratios)


def weight(view: int, known: list[list[Any]], parameters: Parameters | None, at: int, last: int) -> float:
    """How much a view counts."""
    if not known[view]:
        return 0.0
    speaking = sum(bool(there) for there in known)
    if parameters is None:
        return 1.1 / speaking if speaking > 1 else 1.0
    n, left, symbols = known[view][-1]
    if symbols == 1:
        bucket = 0 if n < 1.5 else 1 if n < 2.5 else 2 if n < 4.5 else 3
    else:
        bucket = 4 if left > 0.5 else 5 if left > 0.25 else 6 if left > 0.1 else 7
    gates = parameters.gates
    mask = sum(1 << i for i, there in enumerate(known) if there)
    found = gates.present[mask, view] + gates.depth[min(len(known[0]), 25), view]
    found += gates.confidence[view, min(len(known[view]), 25) * 8 + bucket]
    if len(gates.place):
        found += gates.place[min(at, 19), view]
    if last < len(gates.last):
        found += gates.last[last, view]
    return float(found)


def ending(known: list[list[Any]], parameters: Parameters, at: int) -> float:
    """By how much the logarithm of the stop's score grows beside the views."""
    gates = parameters.gates
    return float(gates.depth[min(len(known[0]), 25), -1] + gates.place[min(at, 19), -1])
