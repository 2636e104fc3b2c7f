"""Chains: what one transform memory answers is the key for the next, as often as it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import BadInput
from .answering import Found, Share
from .factors import Floats

__all__ = ["UNTIL", "Chained", "Step", "checked", "follow"]

UNTIL = ("converged", "stop")
Reading = tuple[str, Callable[[Floats], Found]]
"""A memory's name, and how it is read."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a chain: which memory was read, which slots answered, and what.

    Parameters
    ----------
    memory
        The memory's name.
    slots
        The slots that answered, with their shares.
    value
        What they answered: the key of the next step.
    """

    memory: str
    slots: Sequence[Share]
    value: Floats


@dataclass(frozen=True, slots=True)
class Chained:
    """What a chain gives, why it ended, and its steps.

    Parameters
    ----------
    value
        What the last step answered.
    halted
        `done`: each memory was read once, as was asked; `converged`: another round changes nothing; `stop`: a stop slot
        answered; `budget`: neither came in so many steps.
    steps
        All steps, in their order.
    """

    value: Floats
    halted: str
    steps: Sequence[Step]


def follow(
    query: Floats,
    chain: Sequence[Reading],
    *,
    until: str | None,
    budget: int,
    tolerance: float,
    stops: Callable[[str, Found, Floats], bool],
) -> Chained:
    """Go through a chain, again and again until it halts; once, where there is no rule for that.

    stops: whether a memory's answer to a key is that of a stop slot.
    """
    value, steps = query, list[Step]()
    while True:
        before = value
        for name, read in chain:
            if len(steps) == budget:
                return Chained(value, "budget", steps)
            key, found = value, read(value)
            value = found.value
            steps.append(Step(name, found.slots, value))
            if until == "stop" and stops(name, found, key):
                return Chained(value, "stop", steps)
        if until is None:
            return Chained(value, "done", steps)
        if until == "converged" and len(value) == len(before) and np.linalg.norm(value - before) <= tolerance:
            return Chained(value, "converged", steps)


def checked(sizes: Sequence[tuple[str, int, int]], again: bool) -> None:
    """Raise BadInput where a memory does not take what the one before it gives: names, with numbers in a key and a value.

    again: whether the first one comes after the last.
    """
    behind = [*sizes[1:], sizes[0]] if again else sizes[1:]
    for (name, _, gives), (next_, takes, _) in zip(sizes, behind, strict=False):
        if gives != takes:
            raise BadInput(
                f"{next_!r} has keys of {takes} numbers, and {name!r} before it has values of {gives}; a chain needs as many"
            )
