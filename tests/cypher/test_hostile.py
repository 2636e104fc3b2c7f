"""Queries that nobody would write on purpose: no write, no crash, no traceback, on either engine."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from plasticdb import PlasticDB, PlasticDBError
from plasticdb.cypher.tokens import tokens

from .probes import PROBES

SEEDS = [probe for part in PROBES.values() for probe in part if "$" not in probe]
BITS = [*"'\"`()[]{};$\\\x00\n😀*-<>|:=%", "//", "/*", "*/", "..", " null ", " 9" * 30, "(" * 300]
BITS += [
    f" {word} "
    for word in ("CREATE (x)", "SET c.count = 0", "DETACH DELETE c", "COPY", "CALL", "LOAD", "UNION", "WITH")
]
INJECTIONS = ["'}) DETACH DELETE c //", "\\", "'; DROP TABLE Concept; //", "$text", "`", '"', "\n", "😀", "%s", "{}"]
INJECTIONS += ["\\u0027", "' OR '1'='1"]


def fuzzed(count: int) -> list[str]:
    """Probes with other probes' tokens in the place of their own, or cut, spliced and littered."""
    rng = random.Random(4)
    return [(_swapped if i % 2 else _littered)(rng, rng.choice(SEEDS)) for i in range(count)]


def _swapped(rng: random.Random, text: str) -> str:
    own = tokens(text)
    for _ in range(rng.randrange(1, 4)):
        i = rng.randrange(len(own))
        alike = [token for token in tokens(rng.choice(SEEDS)) if token.kind == own[i].kind]
        own[i] = replace(own[i], text=rng.choice(alike or own).text)
    return "".join(token.space + token.text for token in own)


def _littered(rng: random.Random, text: str) -> str:
    for _ in range(rng.randrange(1, 4)):
        at, other = rng.randrange(len(text) + 1), rng.choice(SEEDS)
        cut = text[at + rng.randrange(1, 12) :] if rng.random() < 0.5 else other[rng.randrange(len(other)) :]
        text = text[:at] + rng.choice(["", rng.choice(BITS)]) + rng.choice([cut, text[at:]])
    return text


ASK = """
import json, sys
from plasticdb import PlasticDB, PlasticDBError
answered = 0
with PlasticDB.open(sys.argv[1]) as db:
    for text in json.load(sys.stdin):
        try:
            for i, row in enumerate(db.query(text, timeout=5)):
                json.dumps(row)
                if i > 100:
                    break
            answered += 1
        except PlasticDBError as error:
            assert "\\n" not in str(error), error
    assert db.memory("m").verify() == []
print(answered)
"""


def test_fuzz_on_the_copy(tmp_path: Path) -> None:
    """In a process of its own: a crash of the engine would be one of ours."""
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many(["emma", "emily", "em"])
        before = db.memory("m").stats()
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path / "m.db")],
        input=json.dumps(fuzzed(300)),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 10
    with PlasticDB.open(tmp_path / "m.db") as db:
        assert db.memory("m").stats() == before


def test_fuzz_on_neo4j(neo4j_db: PlasticDB) -> None:
    neo4j_db.sequence("m").learn_many(["emma", "emily", "em"])
    answered, said = 0, []
    for text in fuzzed(300):
        try:
            for i, row in enumerate(neo4j_db.query(text, timeout=5)):
                json.dumps(row)
                if i > 100:
                    break
            answered += 1
        except PlasticDBError as error:
            said.append(str(error))
    assert not [text for text in said if "\n" in text]
    assert answered > 10
    assert neo4j_db.memory("m").verify() == []
    assert neo4j_db.schema()[0]["count"] == 1


@pytest.mark.parametrize("value", INJECTIONS)
def test_a_parameter_is_a_value_and_nothing_else(value: str, neo4j_db: PlasticDB) -> None:
    with PlasticDB.open(":memory:") as embedded:
        for db in (neo4j_db, embedded):
            db.sequence(f"m{value.strip() or '!'}").learn_many(["emma"])
            assert list(db.query("RETURN $v AS v, [$v] AS l", v=value)) == [{"v": value, "l": [value]}]
            assert list(db.query("MATCH (c:Concept {text: $v}) RETURN c.text", v=value)) == []
            assert list(
                db.query("MATCH (m:Memory {name: $v}) RETURN m.samples AS n", v=f"m{value.strip() or '!'}")
            ) == [{"n": 1}]


@pytest.mark.parametrize(
    "procedure",
    [
        "CALL db.createLabel('X')",
        "CALL dbms.killTransaction('x')",
        "CALL db.clearQueryCaches()",
        "CALL dbms.setConfigValue('a', 'b')",
        "TERMINATE TRANSACTIONS 'x'",
    ],
)
def test_procedures_that_change_the_server_are_refused(procedure: str, neo4j_db: PlasticDB) -> None:
    with pytest.raises(PlasticDBError):
        list(neo4j_db.query(procedure))
