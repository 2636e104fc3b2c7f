"""Predicting from one memory while another thread of the process teaches a second one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from plasticdb import PlasticDB

from .data import names_file
from .report import Figure, seconds, tell
from .servers import postgresql

PREDICTS = 200
TAUGHT = 20_000
PROMPTS = ("em", "a", "", "joh", "chri", "zo", "elizabet", "kat", "m", "rosa")


def on_sqlite(folder: Path) -> None:
    _measure("SQLite", folder / "threads.db", folder)


def on_postgresql(folder: Path) -> None:
    with postgresql() as url:
        if url is not None:
            _measure("PostgreSQL", url, folder)


def _measure(what: str, where: str | Path, folder: Path) -> None:
    file, _ = names_file(folder)
    with PlasticDB.open(where) as db, ThreadPoolExecutor(1) as threads:
        asked, taught = db.sequence("asked"), db.sequence("taught")
        asked.ingest([str(file)])
        taught.learn("emma")
        for prompt in PROMPTS:
            asked.predict(prompt)
        alone = _median(asked.predict, lambda n: n < PREDICTS)
        more = [f"{i * 2_246_822_519 % 2**32:x}" for i in range(TAUGHT)]
        done = threads.submit(lambda: seconds(lambda: taught.learn_many(more)))
        beside = _median(asked.predict, lambda n: n < 10 or not done.done())
        tell(
            Figure(
                f"predict beside a thread that teaches another memory, {what}",
                beside * 1000,
                "ms",
                3 * alone * 1000,
            ),
            Figure("  alone", alone * 1000, "ms"),
            Figure("  teaching, beside the predictions", done.result(), "s"),
        )


def _median(predict: Callable[[str], object], more: Callable[[int], bool]) -> float:
    """The median time of a prediction; with pauses, so that they meet all parts of the teaching."""
    found: list[float] = []
    while more(len(found)):
        prompt = PROMPTS[len(found) % len(PROMPTS)]
        found.append(seconds(lambda prompt=prompt: predict(prompt)))  # type: ignore[misc]
        time.sleep(0.005)
    return statistics.median(found)
