"""Cypher on the embedded store: making the copy it runs on, asking it again, and asking after more was learned."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from plasticdb import PlasticDB

from .data import names_file
from .report import Figure, median, seconds, tell

QUERY = "MATCH (c:Concept {chain: 'prefix', r_level: 2}) RETURN c.text, c.count ORDER BY c.count DESC LIMIT 3"


def on_sqlite(folder: Path) -> None:
    file, what = names_file(folder)
    path = folder / "query.db"
    with PlasticDB.open(path) as db:
        db.sequence("names").ingest([str(file)])
    command = [str(Path(sys.executable).with_name("plasticdb")), "--db", str(path), "query", QUERY]

    def ask() -> float:
        return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))

    first = ask()
    tell(
        Figure(f"the first query on {what}, whole process", first, "s", 4),
        Figure("  the next ones", median(ask, 9), "s", 0.3),
    )
    with PlasticDB.open(path) as db:
        db.sequence("names").learn_many([f"more{i:x}" for i in range(100)])
        names = db.sequence("names")
        then = names.stats()["position"] // 2

        def past() -> None:
            with names.as_of(then) as as_it_was:
                as_it_was.predict("em")

        tell(
            Figure("  the next one after 100 more", seconds(lambda: list(db.query(QUERY))), "s", 4),
            Figure(
                "predict as of half of the names, the first time",
                seconds(past),
                "s",
            ),
            Figure("  again", seconds(past), "s"),
        )
