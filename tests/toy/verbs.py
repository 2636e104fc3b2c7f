"""What a toy memory is checked with: random mixes of its verbs."""

from __future__ import annotations

import random

from plasticdb.testing import Step, verb

__all__ = ["EVERYTHING", "learned", "mixes", "undone"]

NAMES = ["a", "as", "bee", "ba", "ß🧠", "it's"]
EVERYTHING = [
    verb("learn", ["animals/cats/tom", "animals/cats", "plants"], ["1", "2", "3"]),
    verb("learn", ["animals/cows", "animals/cats"]),
    verb("unlearn", "animals/cats"),
]


def path(draw: random.Random) -> str:
    return "/".join(draw.choices(NAMES, k=draw.randint(1, 3)))


def learning(draw: random.Random) -> Step:
    paths = [path(draw) for _ in range(draw.randint(1, 4))]
    return verb("learn", paths, [f"{draw.randrange(20)}" for _ in paths] if draw.random() < 0.3 else None)


def mixes(draw: random.Random) -> list[Step]:
    """Paths that are learned, taken back, and erased."""
    steps: list[Step] = [learning(draw)]
    for _ in range(draw.randint(1, 7)):
        steps.append(
            draw.choice([learning(draw), learning(draw), verb("unlearn", path(draw)), _unlearned(draw, steps[0])])
        )
    return steps


def _unlearned(draw: random.Random, step: Step) -> Step:
    """Unlearn a path that the mix begins with."""
    return verb("unlearn", step.args[0][0], erase=draw.random() < 0.3)  # type: ignore[attr-defined]


def learned(draw: random.Random) -> list[Step]:
    """Paths that are learned, in any order."""
    return [verb("learn", [path(draw) for _ in range(draw.randint(1, 4))]) for _ in range(draw.randint(2, 5))]


def undone(draw: random.Random) -> list[tuple[Step, Step]]:
    """A path that is learned, and taken back."""
    one = f"new/{path(draw)}"
    return [(verb("learn", [one]), verb("unlearn", one))]
