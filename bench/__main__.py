"""Measure and print, side by side in one run: `python -m bench [--only NAME] [--quick]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from . import (
    ask,
    continual,
    engram,
    growth,
    learn,
    lines,
    plasticity,
    prediction,
    query,
    recall,
    slots,
    threads,
    transfer,
    transform,
    views,
)
from .servers import neo4j

PARTS = (
    "learn", "ask", "neo4j", "query", "transfer", "engram", "recall", "transform", "growth", "threads", "lines", "views",
    "prediction", "plasticity", "continual",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="only these figures")
    parser.add_argument("--quick", action="store_true", help="a tenth of the samples, ticks and vectors")
    parser.add_argument("--permuted", action="store_true", help="of continual, permuted MNIST, too: many minutes more")
    asked = parser.parse_args()
    total = 100_000 if asked.quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="plasticdb-bench-") as name:
        folder = Path(name)
        if asked.only in (None, "learn"):
            learn.on_sqlite(folder)
            learn.on_postgresql(folder)
        if asked.only in (None, "ask"):
            ask.on_sqlite(folder)
            ask.in_bulk(folder)
            ask.of_lines(folder, asked.quick)
            ask.large(folder, total // 5)
        if asked.only in (None, "neo4j"):
            with neo4j(folder) as server:
                if server is not None:
                    learn.on_neo4j(folder, *server)
                    ask.on_neo4j(folder, *server)
                    engram.steps_on_neo4j(folder, *server)
                    recall.speed_on_neo4j(folder, *server)
                    slots.followed_on_neo4j(folder, *server)
        if asked.only in (None, "query"):
            query.on_sqlite(folder)
        if asked.only in (None, "transfer"):
            transfer.on_sqlite(folder)
        if asked.only in (None, "engram"):
            engram.steps_on_sqlite(folder)
            engram.associations(folder)
            engram.lives(folder)
            engram.endurance(folder, total // 10)
            engram.recall(folder, total)
        if asked.only in (None, "recall"):
            recall.conversations()
            recall.speed(folder)
        if asked.only in (None, "plasticity"):
            plasticity.lists()
            plasticity.shortcuts(folder, asked.quick)
            plasticity.symbols(folder, asked.quick)
            plasticity.events()
            plasticity.decay()
            plasticity.homeostasis(range(1 if asked.quick else 3))
        if asked.only in (None, "transform"):
            transform.copied()
            transform.exact()
            transform.maps()
            transform.regimes(total // 10)
            transform.bounded(total // 10)
            transform.merged()
            transform.taken_back(folder)
            slots.reads(folder)
            slots.followed_on_sqlite(folder)
            slots.many(folder, total)
        if asked.only in (None, "continual"):
            continual.digits(range(1 if asked.quick else 3))
            continual.speed(folder, total // 10)
            continual.mnist(not asked.quick, asked.permuted)
        if asked.only in (None, "growth"):
            growth.cost(folder, total)
            growth.stream(folder, total)
        if asked.only in (None, "threads"):
            threads.on_sqlite(folder)
            threads.on_postgresql(folder)
        if asked.only in (None, "lines"):
            lines.learned(folder, str(Path(sys.executable).with_name("plasticdb")), asked.quick)
        if asked.only in (None, "views"):
            views.held_out(folder, asked.quick)
        if asked.only in (None, "prediction"):
            prediction.predicted(folder, asked.quick)
            prediction.whole(folder, asked.quick)
            prediction.grown(folder, asked.quick)
            prediction.generated(folder, asked.quick)


if __name__ == "__main__":
    main()
