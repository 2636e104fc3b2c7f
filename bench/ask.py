"""Predicting: warm, cold, and a whole command."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from plasticdb import PlasticDB

from .data import names_file
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
