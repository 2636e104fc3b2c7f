"""Figures against goals, one line each."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured; `goal` is the most it may be, a negative one the least (None: only told)."""

    work: str
    value: float
    unit: str
    goal: float | None = None

    def __str__(self) -> str:
        met = ""
        if self.goal is not None:
            sign, good = ("<=", self.value <= self.goal) if self.goal >= 0 else (">=", self.value >= -self.goal)
            met = f"goal {sign} {abs(self.goal):g} {self.unit}: {'met' if good else 'MISSED'}"
        value = f"{self.value:.3f}" if not 0 < abs(self.value) < 1e-3 else f"{self.value:.1e}"
        return f"{self.work:<66} {value:>10} {self.unit:<4} {met}".rstrip()


def tell(*figures: Figure) -> None:
    for figure in figures:
        print(figure, flush=True)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(work: Callable[[], float], times: int) -> float:
    return statistics.median(work() for _ in range(times))


def child(code: str, *words: str, stdin: str | None = None) -> list[float]:
    """Run Python code in a process of its own; the numbers that it prints."""
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, stdin=open(stdin) if stdin else None)  # noqa: SIM115
    return [float(word) for word in done.stdout.split()]
