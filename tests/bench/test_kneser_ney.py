"""What the memory is compared with is what it says: modified Kneser-Ney, worked by hand and as plain dicts."""

from __future__ import annotations

import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the bench is not installed
from bench.kneser_ney import START, STOP, KneserNey

Samples = Sequence[Sequence[int]]


def test_one_order_worked_by_hand() -> None:
    """`ab` and `a`: behind the start `a` twice; behind `a` `b` once and the stop once; behind `b` the stop.

    There are too few counts of counts, so 1 loses .5 and 2 loses .7. The lowest order counts contexts: `a` has 1, `b` 1,
    the stop 2 (behind `a` and behind `b`), 4 in all, of which .5 + .5 + .7 go to one of 3 symbols each.
    """
    a, b = 2, 3
    model = KneserNey([[a, b], [a]], order=1, symbols=3)
    left = 1.7 / 4 / 3
    lowest = {a: 0.5 / 4 + left, b: 0.5 / 4 + left, STOP: 1.3 / 4 + left}
    start_a = 1.3 / 2 + 0.7 / 2 * lowest[a]
    a_b = 0.5 / 2 + 1.0 / 2 * lowest[b]
    b_stop = 0.5 / 1 + 0.5 / 1 * lowest[STOP]
    assert model.nats([[a, b]]) == pytest.approx([-math.log(start_a * a_b * b_stop)])


class Plain:
    """The same by its definition, one look at a dict a count."""

    def __init__(self, samples: Samples, order: int, symbols: int) -> None:
        self.order, self.symbols = order, symbols
        often: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for sample in samples:
            text = (START, *sample, STOP)
            for i in range(1, len(text)):
                for depth in range(min(order, i) + 1):
                    often[text[i - depth : i]][text[i]] += 1
        longer: dict[tuple[int, ...], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        for context, seen in often.items():
            for symbol in seen:
                if context:
                    longer[context[1:]][symbol].add(context[0])
        self.counts = {
            context: dict(seen)
            if len(context) == order or context[:1] == (START,)
            else {symbol: len(before) for symbol, before in longer[context].items()}
            for context, seen in often.items()
        }

    def discount(self, depth: int, count: int) -> float:
        found = Counter(n for context, seen in self.counts.items() if len(context) == depth for n in seen.values())
        n1, n2, n3, n4 = (found[n] for n in (1, 2, 3, 4))
        if not (n1 and n2 and n3):
            return (0.0, 0.5, 0.7, 0.9)[min(count, 3)]
        y = n1 / (n1 + 2 * n2)
        wanted = (0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)[min(count, 3)]
        return min(max(wanted, 0.05), (0.05, 0.99, 1.9, 2.9)[min(count, 3)]) if count else 0.0

    def p(self, history: tuple[int, ...], symbol: int) -> float:
        said = 1 / self.symbols
        for depth in range(min(self.order, len(history)) + 1):
            seen = self.counts.get(history[len(history) - depth :])
            if seen is None:
                break
            total, count = sum(seen.values()), seen.get(symbol, 0)
            left = sum(self.discount(depth, n) for n in seen.values())
            said = (count - self.discount(depth, count)) / total + left / total * said
        return said

    def nats(self, samples: Samples) -> list[float]:
        texts = [(START, *sample, STOP) for sample in samples]
        return [-sum(math.log(self.p(text[:i], text[i])) for i in range(1, len(text))) for text in texts]


@pytest.mark.parametrize("order", [0, 1, 2, 3, 5])
def test_it_is_what_plain_dicts_say(order: int) -> None:
    rng = random.Random(order)
    learned = [rng.choices([2, 3, 4, 5], [4, 2, 1, 1], k=rng.randint(0, 8)) for _ in range(60)]
    held = [rng.choices([2, 3, 4, 5, 6, 7], k=rng.randint(0, 6)) for _ in range(10)]  # 6 and 7 are new
    assert KneserNey(learned, order, 9).nats(held).tolist() == pytest.approx(Plain(learned, order, 9).nats(held))


def test_probabilities_add_up() -> None:
    model = KneserNey([[2, 3, 2, 4], [2, 3, 3], [4]], order=3, symbols=4)
    prompt = [2, 3]
    ended = math.exp(-model.nats([prompt])[0])
    begun = {s: np.exp(-(model.nats([[*prompt, s]])[0])) for s in (2, 3, 4)}
    stops = Plain([[2, 3, 2, 4], [2, 3, 3], [4]], 3, 4)
    before = math.prod(stops.p((START, *prompt[:i]), prompt[i]) for i in range(2))
    each = [p / stops.p((START, *prompt, s), STOP) for s, p in begun.items()]
    assert (ended + sum(each)) / before == pytest.approx(1)
