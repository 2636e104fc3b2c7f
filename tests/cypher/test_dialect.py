"""One dialect: every row of docs/cypher.md on both engines, and the page itself.

The page is made by this test: PLASTICDB_WRITE_DOCS=1 writes it, any other run compares.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plasticdb import PlasticDB, PlasticDBError

from .probes import NAMES, PARAMETERS, PROBES

PAGE = Path(__file__).parents[2] / "docs" / "cypher.md"
Answer = list[dict[str, Any]] | str


@pytest.fixture
def both(neo4j_db: PlasticDB) -> Iterator[tuple[PlasticDB, PlasticDB]]:
    """The same small memory in Neo4j and embedded."""
    with PlasticDB.open(":memory:") as embedded:
        for db in (neo4j_db, embedded):
            db.sequence("names").learn_many(NAMES, source="a few names")
        yield neo4j_db, embedded


def test_what_runs_on_both_answers_alike_and_the_rest_says_why_not(both: tuple[PlasticDB, PlasticDB]) -> None:
    rows: dict[str, list[tuple[str, Answer, Answer]]] = {}
    for section, probes in PROBES.items():
        for probe in probes:
            given = {name: value for name, value in PARAMETERS.items() if f"${name}" in probe}
            neo4j, embedded = (answer(db, probe, given) for db in both)
            rows.setdefault(section, []).append((probe, neo4j, embedded))
    every = [row for part in rows.values() for row in part]
    otherwise = [row for row in every if not isinstance(row[2], str) and not same(row[1], row[2])]
    assert otherwise == []
    assert sum(same(embedded, neo4j) for _, neo4j, embedded in every) >= 100
    page = written(rows)
    if os.environ.get("PLASTICDB_WRITE_DOCS"):
        PAGE.write_text(page, "utf-8")
    assert PAGE.read_text("utf-8") == page, (
        "docs/cypher.md is not what the engines say: PLASTICDB_WRITE_DOCS=1 writes it"
    )


def same(one: Answer, other: Answer) -> bool:
    """Also in types: 1 is not 1.0, and what is no number is not null."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def answer(db: PlasticDB, probe: str, given: dict[str, Any]) -> Answer:
    try:
        return [rounded(row) for row in db.query(probe, given)]
    except PlasticDBError as error:
        return str(error)


def rounded(value: Any) -> Any:
    """To nine digits: the engines may add up in another order."""
    match value:
        case float():
            return float(f"{value:.9g}")
        case dict():
            return {name: rounded(part) for name, part in value.items()}
        case list():
            return [rounded(part) for part in value]
        case _:
            return value


def written(rows: dict[str, list[tuple[str, Answer, Answer]]]) -> str:
    every = [row for part in rows.values() for row in part]
    alike = sum(same(embedded, neo4j) for _, neo4j, embedded in every)
    lines = [INTRODUCTION.format(every=len(every), same=alike)]
    for section, part in rows.items():
        lines += [f"\n## {section}\n", "| query | runs on |", "|---|---|"]
        for probe, neo4j, embedded in part:
            where = (
                "both"
                if same(embedded, neo4j)
                else f"Neo4j only: {why(embedded)}"
                if isinstance(neo4j, list)
                else "none"
            )
            lines.append(f"| `` {probe.replace('|', chr(92) + '|')} `` | {where} |")
    return "\n".join(lines) + "\n"


def why(said: Answer) -> str:
    return str(said).removeprefix("query: ").replace("|", "\\|")


INTRODUCTION = """# Cypher: what runs where

`query` takes the reading part of Cypher as Neo4j 5 knows it. A graph in Neo4j is asked there. A graph in SQLite or
PostgreSQL is asked through a read-only copy of it in [Ladybug](https://ladybugdb.com), an embedded graph engine whose
dialect is a little different: plasticdb rewrites what it can, and refuses the rest by name. So a query either gives the
same rows on every store or an error that says what to write instead.

This page is made by a test that runs each row on both engines and compares the answers: of {every} queries
{same} run on both, with equal results.

Differences that no test of a query's text can see:

- Neo4j counts a text in UTF-16 units, the copy by what a reader takes for a character: `size('😀')` is 2 and 1.
- `toUpper('ß')` is `SS` in Neo4j and `ẞ` in the copy; `toLower('İ')` keeps its dot in Neo4j only.
- An unknown label, type or property is null, or no rows, in Neo4j; in the copy it is an error that names it.
- `MATCH (n)` without a label also finds Neo4j's own bookkeeping (`:Graph`, `:Migration`).
- Lists hold values of one type in the copy, and `null` in a list is equal to `null`.
- A place behind a list's end is null in Neo4j and an error in the copy.
- `percentileCont` of whole numbers is one in Neo4j where it hits one, and has a point in the copy.
- What is no number (`0.0 / 0`) comes behind all numbers in Neo4j's order, and between them in the copy's.
- A text function that gets a number or a list from a variable is an error in Neo4j; the copy makes a text of it.
- The order of `collect(x)` is that of the rows: put a `WITH ... ORDER BY` before it where it matters.

Every text is read before an engine gets it, and refused where it does more than read the graph: clauses that write, `LOAD
CSV`, `USE`, procedures other than `db.labels`, `db.relationshipTypes`, `db.propertyKeys`, `db.schema...` and
`db.index...query...`, libraries of functions that are not Neo4j's own, and `SHOW` of anything but indexes and constraints.
A query has at most 1,000,000 characters, 50,000 words and signs, and 50 brackets or `CASE`s within each other; the copy's
engine runs in a process of its own, which may take an eighth of the machine's memory for its buffers and a sixteenth
for all else. `--timeout` counts from the beginning, the making of the copy included.
On Neo4j the command gives up at the timeout and the server ends the transaction; what a query may take of the server's memory
only the server can bound. Set `db.memory.transaction.max`, as docker/compose.yml does, and know that Neo4j does not count
all that an expression builds: a list of a billion numbers can end a server with a small heap. Let it be started again then.

`id(n)` and `elementId(n)` differ between engines and from copy to copy; a concept's own `id` property stays."""
