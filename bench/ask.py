"""Predicting: warm, cold, and a whole command."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from plasticdb import PlasticDB

from .data import library_lines, names_file
from .report import Figure, child, median, seconds, tell

PROMPTS = ("em", "a", "", "joh", "chri", "zo", "elizabet", "kat", "m", "rosa")


def on_sqlite(folder: Path) -> None:
    file, _ = names_file(folder)
    path = folder / "ask.db"
    with PlasticDB.open(path) as db:
        db.sequence("names").ingest([str(file)])
        memory = db.sequence("names")
        for prompt in PROMPTS:
            memory.predict(prompt)
        warm = median(lambda: statistics.mean(seconds(lambda p=p: memory.predict(p)) for p in PROMPTS), 30)  # type: ignore[misc]
    tell(Figure("predict on a warm set, SQLite", warm * 1000, "ms", 1), _cold("SQLite", 10, path))
    command = [
        str(Path(sys.executable).with_name("plasticdb")),
        "--db",
        str(path),
        "complete",
        "names",
        "em",
        "-n",
        "5",
    ]
    whole = median(lambda: seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)), 9)
    tell(Figure("the command `complete`, whole process, SQLite", whole, "s", 0.5))


def in_bulk(folder: Path) -> None:
    """Many samples at a time."""
    file, what = names_file(folder)
    path = folder / "bulk.db"
    with PlasticDB.open(path) as db:
        db.sequence("names").ingest([str(file)])
    plasticdb = [str(Path(sys.executable).with_name("plasticdb")), "--db", str(path)]
    command = [*plasticdb, "complete", "names", "-n", "1000"]
    whole = median(lambda: seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)), 5)
    samples = file.read_text().split()[:1000]
    with PlasticDB.open(path) as db:
        memory = db.sequence("names")
        cold = seconds(lambda: memory.score(samples))
        warm = seconds(lambda: memory.score(samples))
    tell(
        Figure(f"the command `complete -n 1000` on {what}, whole process, SQLite", whole, "s", 1),
        Figure("score of 1,000 names, SQLite", cold, "s", 0.5),
        Figure("  ... again", warm, "s"),
    )


def of_lines(folder: Path, quick: bool) -> None:
    """Predicting in a memory of lines of code."""
    path = folder / "lines.db"
    lines = library_lines()[: 20_000 if quick else None]
    with PlasticDB.open(path) as db:
        db.sequence("names").learn_many(lines)
    with PlasticDB.open(path) as db:
        memory = db.sequence("names")
        prompts = [line[: i + 1] for i, line in enumerate(lines[:: len(lines) // 20])]
        for prompt in prompts:
            memory.predict(prompt)
        warm = median(lambda: statistics.mean(seconds(lambda p=p: memory.predict(p)) for p in prompts), 30)  # type: ignore[misc]
    told = f"{len(lines):,} lines, SQLite"
    first = median(lambda: child(FIRST, str(path))[0], 5)
    tell(
        Figure(f"predict on a warm set, {told}", warm * 1000, "ms", 0.7),
        Figure(f"the first prediction of a process, {told}", first * 1000, "ms", 5),
    )


FIRST = """
import sys, time
from plasticdb import PlasticDB
with PlasticDB.open(sys.argv[1]) as db:
    db.memories()
    memory = db.sequence("names")
    began = time.perf_counter()
    memory.predict("    def ")
    print(time.perf_counter() - began)
"""


def large(folder: Path, words: int) -> None:
    """The first prediction of a process on a large vocabulary, and the next: samples of one word each, no word twice."""
    path = folder / "large.db"
    with PlasticDB.open(path) as db:
        db.sequence("words", tokenizer="words", depth=2).learn_many([f"w{i:07}" for i in range(words)])
    first, again, worked = child(LARGE, str(path))
    tell(
        Figure(f"predict the 10 likeliest of {words:,} words, cold, SQLite", first, "s"),
        Figure("  ... again", again, "s"),
        Figure("  ... processor time of the first", worked, "s"),
    )


LARGE = """
import sys, time
from plasticdb import PlasticDB
with PlasticDB.open(sys.argv[1]) as db:
    memory = db.sequence("words")
    for prompt in ("w0000001", "w0000002"):
        began, worked = time.perf_counter(), time.process_time()
        memory.predict(prompt, top=10)
        print(time.perf_counter() - began)
        if prompt == "w0000001":
            cpu = time.process_time() - worked
    print(cpu)
"""


def on_neo4j(folder: Path, uri: str, username: str, password: str) -> None:
    file, _ = names_file(folder)
    where: dict[str, Any] = {"journal": folder / "ask-journal.db", "username": username, "password": password}
    with PlasticDB.open(uri, **where) as db:
        db.migrate()
        db.sequence("names").ingest([str(file)])
    tell(_cold("Neo4j", 30, uri, **where))
    with PlasticDB.open(uri, **where) as db:
        db.drop("names")


def _cold(store: str, goal: float, db: str | Path, **where: Any) -> Figure:
    """The first prediction of a database just opened; the opening, and one look at the memories, are not counted."""
    took = []
    for prompt in PROMPTS:
        with PlasticDB.open(db, **where) as opened:
            opened.memories()
            memory = opened.sequence("names")
            took.append(seconds(lambda m=memory, p=prompt: m.predict(p)))  # type: ignore[misc]
    return Figure(f"predict cold, {store}", statistics.median(took) * 1000, "ms", goal)
