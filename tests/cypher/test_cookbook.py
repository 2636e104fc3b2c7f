"""The cookbook: every question on both stores, with equal answers, and the page with its real output.

PLASTICDB_WRITE_DOCS=1 writes docs/cookbook.md; any other run compares.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plasticdb import PlasticDB

from .recipes import RECIPES
from .test_dialect import rounded

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cookbook.md"


@pytest.fixture
def both(neo4j_emptied: Any, tmp_path: Path) -> Iterator[tuple[PlasticDB, PlasticDB]]:
    """The example names, in three sessions, in Neo4j and embedded."""
    server = neo4j_emptied
    where: list[tuple[str, dict[str, Any]]] = [
        (server.uri, {"journal": tmp_path / "j.db", "username": server.username, "password": server.password}),
        (str(tmp_path / "m.db"), {}),
    ]
    for url, how in where:
        for file in ("female.txt", "male.txt"):
            with PlasticDB.open(url, **how) as db:
                db.sequence("names").ingest([str(ROOT / "examples" / file)], source=file)
        with PlasticDB.open(url, **how) as db:
            db.sequence("names").unlearn(["adolfo", "ike"])
            db.sequence("names").weaken("zelma", by=2)
    with PlasticDB.open(where[0][0], **where[0][1]) as neo4j, PlasticDB.open(where[1][0]) as embedded:
        yield neo4j, embedded


def test_every_answer_is_the_same_on_both_and_on_the_page(both: tuple[PlasticDB, PlasticDB]) -> None:
    page = [INTRODUCTION]
    for section, questions in RECIPES.items():
        page.append(f"\n## {section}\n")
        for question, cypher in questions:
            neo4j, embedded = (list(db.query(cypher)) for db in both)
            assert rounded(neo4j) == rounded(embedded), question
            assert embedded, question
            page += [f"**{question}**\n", f"```cypher\n{cypher}\n```\n", table(embedded), ""]
    assert sum(map(len, RECIPES.values())) >= 25
    text = "\n".join(page)
    if os.environ.get("PLASTICDB_WRITE_DOCS"):
        PAGE.write_text(text, "utf-8")
    assert PAGE.read_text("utf-8") == text, "PLASTICDB_WRITE_DOCS=1 writes docs/cookbook.md"


def table(rows: list[dict[str, Any]]) -> str:
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *([shown(row[name]) for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(value: Any) -> str:
    match value:
        case float():
            return f"{value:.4g}"
        case int() if not isinstance(value, bool):
            return f"{value:,}"
        case list():
            return ", ".join(shown(part) or "(root)" for part in value)
        case _:
            return str(value)


INTRODUCTION = """# Cookbook: what a memory has learned, in Cypher

Every query here runs on every store, with the same answer: a test runs each on Neo4j and on the embedded store and
compares, and the output below is real. Ask with `plasticdb query`, from Python with `db.query(...)`, on Neo4j with any
client. What the labels and properties mean: [schema.md](schema.md). What of Cypher runs where: [cypher.md](cypher.md).

The data, in the folder `examples`: `plasticdb ingest names female.txt`, then `plasticdb ingest names male.txt`, and in a
third process `adolfo` and `ike` are unlearned, and `zelma` weakened by 2. With more than one memory, add `memory: 'names'` to the
properties of the first node."""
