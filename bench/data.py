"""What the measurements learn: 32,033 names where they are, and generated samples by the million."""

from __future__ import annotations

import random
import sysconfig
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from plasticdb.files.control import CONTROL

LINES = 257_425
ROOT = Path(__file__).parents[1]
NAMES = ROOT.parent / "shared" / "data" / "names.txt"


def names_file(folder: Path) -> tuple[Path, str]:
    """A file of names, and what it is."""
    if NAMES.exists():
        return NAMES, "the 32,033 names"
    file = folder / "names.txt"
    file.write_text("\n".join(census()) + "\n")
    return file, f"the {len(census()):,} example names (the 32,033 are not here)"


def census() -> list[str]:
    """The example names that the project owns."""
    return [name for part in ("female", "male") for name in (ROOT / "examples" / f"{part}.txt").read_text().split()]


def library_lines() -> list[str]:
    """The first 257,425 lines (11 MB) of the interpreter's own library, without its tests, that are not empty."""
    found = [line for text in library() for line in text.splitlines() if line.strip()]
    return [text for line in found if (text := CONTROL.sub("", line))][:LINES]


def library_text() -> str:
    """As many characters of the same files as these lines have, with the lines that are empty."""
    lines = (CONTROL.sub("", line) for text in library() for line in [*text.splitlines(), ""])
    return "\n".join(lines)[: sum(len(line) + 1 for line in library_lines())]


def library() -> Iterator[str]:
    """The texts of the interpreter's own library, without its tests."""
    folder = Path(sysconfig.get_path("stdlib"))
    skipped = {"site-packages", "test", "tests", "idle_test"}
    for file in sorted(file for file in folder.rglob("*.py") if not skipped & set(file.relative_to(folder).parts)):
        yield file.read_text("utf-8", "replace")


def synthetic(count: int, parts: int = 1, seed: int = 1) -> Iterator[str]:
    """Made-up names: a Markov chain of order 3 over the example names, which gives a long tail as names have.

    `parts`: how many are joined to one sample. With 2 the samples are about 12 symbols long, and hardly any comes twice.
    """
    model: dict[str, list[str]] = defaultdict(list)
    for name in census():
        history = "^^^"
        for symbol in f"{name}$":
            model[history].append(symbol)
            history = history[1:] + symbol
    rng = random.Random(seed)
    for _ in range(count):
        yield "".join(_name(model, rng) for _ in range(parts))


def _name(model: dict[str, list[str]], rng: random.Random) -> str:
    history, name = "^^^", ""
    while (symbol := rng.choice(model[history])) != "$":
        name += symbol
        history = history[1:] + symbol
    return name
