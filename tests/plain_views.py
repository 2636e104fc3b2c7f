"""What the views see, by plain loops over the symbols of a sample: the oracle of the tests."""

from __future__ import annotations

import re
from collections import Counter

START, STOP = "\u2402", "\u2403"
Key = tuple[str, int, str]


def plainly(views: str, sample: str) -> Counter[Key]:
    """What a sample teaches, by a plain loop: how often each context (chain, at, text) is fired."""
    return sum((keys(views, sample, symbol) for symbol in {*sample, STOP}), Counter())


def keys(views: str, sample: str, symbol: str) -> Counter[Key]:
    """The contexts in which a sample has a symbol, and how often."""
    history = [START, *sample, STOP]
    return Counter(
        (chain, at, "".join(symbols))
        for i in range(1, len(history))
        if history[i] == symbol
        for view in views.split(", ")
        for chain, at, symbols in seen(view.split(), history[:i])
    )


def seen(view: list[str], h: list[str]) -> list[tuple[str, int, list[str]]]:
    """The contexts of a view after a history, from the root on; symbols in the order of their text."""
    i = len(h)
    match view:
        case ["suffix", depth]:
            return [("suffix", 0, h[i - d :]) for d in range(min(int(depth), i) + 1)]
        case ["suffix", *depths]:
            last, found = 0, [("suffix", 0, h[i:])]
            for d in (
                int(d) for depth in depths for d in range(int(depth.split("-")[0]), int(depth.split("-")[-1]) + 1)
            ):
                if min(d, i) > last:
                    found.append(("suffix", 0, h[i - min(d, i) :]))
                last = d
            return found
        case ["position", last]:
            near = [("position", i, h[i - d :]) for d in range(min(4, i) + 1)]
            return [("position", 0, []), *near] if last == "all" or i <= int(last) else []
        case ["skip", out, "of", size, *within]:
            distances = [d for d in range(1, int(size) + 1) if d != int(out) and d <= i]
            if not distances or (within and i > int(within[1])):
                return []
            left = [distances[:n] for n in range(len(distances) + 1)]
            return [(f"skip{out}", 0, [h[i - d] for d in reversed(some)]) for some in left]
        case ["follower", *length]:
            many = int(length[0]) if length else 1
            before = [j for j in range(many, i - 1) if h[j + 1 - many : j + 1] == h[i - many :]]
            if not before:
                return []
            what = [h[before[-1] + 1], h[-1], h[-2]]
            return [("".join(["follower", *length]), 0, what[:n][::-1]) for n in range(4)]
        case ["word"]:
            words, inside = [""], False
            for symbol in h[1:]:
                letter = symbol.isalnum() or symbol == "_"
                if letter and inside:
                    words[-1] += symbol
                elif not symbol.isspace():
                    words.append(symbol)
                inside = letter
            said = [words.pop() if inside else "", *reversed(["", "", *words[1:]])]
            return [("word", 0, said[:n][::-1]) for n in range(4)]
        case ["line"]:
            begun = re.match(r"\s*\w*", "".join(h[1:]))
            assert begun
            first = begun[0] or "".join(h[1:2])
            if not first or (begun[0] and len(begun[0]) == i - 1):
                return []
            return [
                ("line", 0, []),
                *(("line", 0, [*h[i - d :], first] if d else [first]) for d in range(min(3, i) + 1)),
            ]
        case ["first", last]:
            if i < 2:
                return []
            near = [h[i - d :] for d in range(1, int(last) + 1) if d < i - 1]
            return [("first", 0, []), ("first", 0, [h[1]]), *(("first", 0, [*some, h[1]]) for some in near)]
    raise AssertionError(view)
