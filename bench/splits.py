"""What predictions are measured on: samples to learn, others to tune on, and others to be held to at the end."""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import random
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .data import NAMES, census, library, library_lines

EVENTS = NAMES.parent / "events"
TUNING = (10, 11, 12)
"""The seeds of names that choices are made on; 0 to 4 are for the end."""


@dataclass(frozen=True, slots=True)
class Split:
    """Samples to learn and samples to predict, cut by a tokenizer."""

    name: str
    tokenizer: str
    learned: list[Any]
    held: list[Any]

    def file(self, samples: Sequence[Any]) -> bytes:
        """Samples as a file for those that compress files: a line each, or two bytes a symbol."""
        if self.tokenizer != "symbols":
            return "".join(f"{sample}\n" for sample in samples).encode()
        code = {symbol: i for i, symbol in enumerate(sorted({s for sample in self.learned for s in sample}), 1)}
        codes = ((code.setdefault(s, len(code) + 1) for s in sample) for sample in samples)
        return b"".join(number.to_bytes(2, "big") for sample in codes for number in (*sample, 0))


def names(seed: int, folder: Path = NAMES.parent) -> Split:
    """The 32,033 names, shuffled by a seed: the first 1,000 are held out."""
    file = folder / "names.txt"
    found = file.read_text().split() if file.exists() else census()
    order = list(range(len(found)))
    random.Random(seed).shuffle(order)
    shuffled = [found[i] for i in order]
    return Split(f"names, split {seed}", "chars", shuffled[1000:], shuffled[:1000])


def code(lines: int | None = 30_000, tune: bool = False) -> Split:
    """Lines of the interpreter's library in an order by chance: 2,000 are held out, 2,000 are for tuning."""
    found = [line for line in library_lines() if line.strip()]
    order = list(range(len(found)))
    random.Random(7).shuffle(order)
    shuffled = [found[i] for i in order]
    learned = shuffled[4000 : 4000 + lines if lines else None]
    return Split(f"code, {len(learned):,} lines", "chars", learned, shuffled[2000:4000] if tune else shuffled[:2000])


def events(tune: bool = False) -> Split:
    """Sessions of a system of services. Those of the shared folder if they are there."""
    parts = {part: EVENTS / f"{part}.jsonl.gz" for part in ("train", "test", "tune")}
    if all(file.exists() for file in parts.values()):
        read = {
            part: [*map(json.loads, gzip.decompress(file.read_bytes()).splitlines())] for part, file in parts.items()
        }
        return Split("events", "symbols", read["train"], read["tune" if tune else "test"])
    return world(99, tune)


def world(number: int, tune: bool = False) -> Split:
    """Sessions of another world of services, made here."""
    made = _World(random.Random(number))
    learned, held = ([*_some(made, seed, count)] for seed, count in ((1, 20_000), (3 if tune else 2, 2000)))
    return Split(f"events of world {number}", "symbols", learned, held)


def words(tune: bool = False) -> Split:
    """Paragraphs of the docstrings of the interpreter's library; a hash says which are held out."""
    parts: dict[str, list[str]] = {"learned": [], "test": [], "tune": []}
    for paragraph in dict.fromkeys(_paragraphs()):
        fate = hashlib.sha256(paragraph.encode()).digest()[0]
        parts["test" if fate < 16 else "tune" if fate < 32 else "learned"].append(paragraph)
    return Split("words of docstrings", "words", parts["learned"], parts["tune" if tune else "test"])


# Words


def _paragraphs() -> Iterator[str]:
    for text in library():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text)
        except SyntaxError:
            continue  # the library has templates that are no Python yet
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                for paragraph in re.split(r"\n\s*\n", ast.get_docstring(node) or ""):
                    parts = re.findall(r"\w+|[^\w\s]", paragraph)
                    if 8 <= len(parts) <= 250 and sum(part.isalpha() for part in parts) > 0.7 * len(parts):
                        yield " ".join(paragraph.split())


# Events


@dataclass(frozen=True, slots=True)
class _Step:
    """An event of a routine: how often it comes, and whether something that varies comes behind it."""

    event: str
    chance: float
    varies: bool


class _World:
    """Twenty services with routines of their own, and forty workflows that go through some of them."""

    def __init__(self, rng: random.Random) -> None:
        self.routines: list[list[list[_Step]]] = []
        self.after: list[list[list[float]]] = []
        for service in range(20):
            kinds = [f"s{service}.e{i}" for i in range(rng.randint(12, 25))]
            routines = [
                [
                    _Step(rng.choice(kinds), rng.choice((1, 1, 1, 0.8, 0.5)), rng.random() < 0.25)
                    for _ in range(rng.randint(2, 6))
                ]
                for _ in range(rng.randint(4, 8))
            ]
            self.routines.append(routines)
            self.after.append([[rng.random() ** 4 for _ in range(len(routines) + 1)] for _ in routines])
        self.workflows = [[rng.randrange(20) for _ in range(rng.randint(2, 5))] for _ in range(40)]

    def session(self, rng: random.Random) -> list[str]:
        """What one user did, 60 events at most."""
        workflow, host = _rank(rng, 40), f"host:host{rng.randrange(30)}"
        table, length = f"tab{_rank(rng, 120)}", rng.randint(10, 60)
        noise, noisy = rng.choice((0, 0, 0.03, 0.1)), rng.randrange(20)
        said = [host, f"flow{workflow}" if rng.random() < 0.5 else "flow?"]

        def varying() -> str:
            kind = rng.random()
            return table if kind < 0.6 else host if kind < 0.8 else f"code{_rank(rng, 400, 1.3)}"

        while len(said) < length:
            for service in self.workflows[workflow]:
                routines = self.routines[service]
                at = rng.randrange(len(routines)) if rng.random() < 0.2 else workflow % len(routines)
                for _ in range(rng.randint(1, 4)):
                    for step in routines[at]:
                        if rng.random() < step.chance:
                            said += [step.event, varying()] if step.varies else [step.event]
                        if rng.random() < noise:
                            said.append(rng.choice(self.routines[noisy][0]).event)
                        if rng.random() < 0.01:
                            said += [step.event, "retry", step.event]
                    at = rng.choices(range(len(routines) + 1), self.after[service][at])[0]
                    if at == len(routines):
                        break
                if len(said) >= length:
                    break
            if rng.random() < 0.3:
                break
        if rng.random() < 0.15:
            said += ["error", f"code{_rank(rng, 400, 1.3)}"]
        return said[:60]


def _rank(rng: random.Random, many: int, slope: float = 1.0) -> int:
    """One of many, the first the most often (Zipf)."""
    return rng.choices(range(many), [1 / (i + 1) ** slope for i in range(many)])[0]


def _some(made: _World, seed: int, count: int) -> Iterator[list[str]]:
    rng = random.Random(seed)
    return (made.session(rng) for _ in range(count))
