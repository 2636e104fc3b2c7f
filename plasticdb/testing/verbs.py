"""What a kind of memory brings to be checked: steps, of which each does one verb, and random mixes of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import BadInput, BadMemory, Forgotten, NeverLearned, NothingLearned

if TYPE_CHECKING:
    pass

__all__ = ["Clock", "Mixes", "Step", "Verb", "Wait", "for_any_mix", "outcome", "verb", "wait"]


class Step(Protocol):
    """A function of a memory that does one verb, and hands on what else it is given: `operation`, the verb's id."""

    def __call__(self, memory: Any, /, **how: Any) -> object: ...


Mixes = "SearchStrategy[list[Step]] | Callable[[random.Random], Sequence[Step]]"
"""A hypothesis strategy of lists of steps, or a function that draws such a list from a random.Random."""
REFUSALS = (BadInput, BadMemory, Forgotten, NeverLearned, NothingLearned)
"""Errors by which a memory refuses a verb and changes nothing: a mix may have such verbs."""


@dataclass(slots=True)
class Clock:
    """A clock that stands still until a step waits.

    Parameters
    ----------
    now
        Seconds since 1970.
    """

    now: float = 1000.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


@dataclass(frozen=True, slots=True)
class Verb:
    """A step that calls a method of the memory. Made by `verb`."""

    name: str
    args: tuple[Any, ...]
    more: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, memory: Any, /, **how: Any) -> object:
        """Call the method."""
        return getattr(memory, self.name)(*self.args, **self.more, **how)

    def __repr__(self) -> str:
        shown = [*map(repr, self.args), *(f"{name}={value!r}" for name, value in self.more.items())]
        return f"memory.{self.name}({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class Wait:
    """A step that lets time pass. Made by `wait`."""

    seconds: float

    def __call__(self, memory: Any, /, **how: Any) -> object:
        """Move the clock of the memory's database."""
        memory._clock.now += self.seconds
        return None


def verb(name: str, *args: Any, **more: Any) -> Verb:
    """Make a step that calls a method of the memory.

    Parameters
    ----------
    name
        The method.
    *args, **more
        What it is given.

    Returns
    -------
    Verb
        The step; its repr is the call.

    Examples
    --------
    >>> verb("learn", "emma", source="s")
    memory.learn('emma', source='s')
    """
    return Verb(name, args, more)


def wait(seconds: float) -> Wait:
    """Make a step that lets time pass.

    Parameters
    ----------
    seconds
        How much.
    """
    return Wait(seconds)


def outcome(step: Step, memory: Any, **how: Any) -> object:
    """Do a step.

    Returns
    -------
    object
        What the verb returned, or the name of the error by which the memory refused it.
    """
    try:
        return step(memory, **how)
    except REFUSALS as error:
        return type(error).__name__


def for_any_mix(mixes: Any, examples: int, law: Callable[[list[Step]], None]) -> None:
    """Hold a law against a number of mixes.

    Parameters
    ----------
    mixes
        Where they come from; see `Mixes`.
    examples
        How many.
    law
        Raises AssertionError where a mix breaks it.
    """
    if callable(mixes):
        for seed in range(examples):
            law(list(mixes(random.Random(seed))))
        return
    from hypothesis import HealthCheck, given, settings

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mixes)
    def holds(steps: list[Step]) -> None:
        law(steps)

    holds()
