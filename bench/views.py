"""How well each set of views predicts lines that it has not learned: every tenth line of the interpreter's library."""

from __future__ import annotations

import time
from pathlib import Path

from plasticdb import PlasticDB

from .data import library_lines
from .report import Figure, tell

SETS: tuple[tuple[str, str, dict[str, str], float | None], ...] = (
    ("chars, as they are made", "chars", {}, 0.972),
    ("chars, suffix 6 alone", "suffix 6", {"views": "suffix 6"}, 0.929),
    ("chars, suffix 5 and all positions, as before", "before", {"views": "suffix 5, position all"}, None),
)
"""What is told, the memory's name, its options, and the most nats that a symbol may take."""
HELD = 10
"""One line of so many is not learned."""


def held_out(folder: Path, quick: bool) -> None:
    """Learn nine lines of ten, and score the tenth."""
    lines = library_lines()[: 30_000 if quick else None]
    learned = [line for i, line in enumerate(lines, 1) if i % HELD]
    for told, name, options, goal in SETS:
        with PlasticDB.open(folder / f"views-{name}.db") as db:
            memory = db.sequence(name, **options)  # type: ignore[arg-type]
            memory.learn_many(learned)
            began = time.process_time()
            score = memory.score(lines[HELD - 1 :: HELD])
            worked = time.process_time() - began
        tell(
            Figure(
                f"{len(score.nats):,} lines held out: {told}", score.nats_per_symbol, "nats", None if quick else goal
            ),
            Figure("  ... scored, processor time", worked, "s"),
        )
