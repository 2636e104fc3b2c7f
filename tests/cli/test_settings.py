"""Which database a command opens, on the user's way: flags, environment, plasticdb.toml."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run

AWAY = {"NEO4J_URI": "bolt://127.0.0.1:1", "NEO4J_PASSWORD": "hunter2"}


def test_a_set_neo4j_uri_changes_nothing(run: Run, tmp_path: Path) -> None:
    assert run("ingest", "m", "-", input=b"emma\n", env=AWAY).code == 0
    assert (tmp_path / "plasticdb.db").exists()
    assert run("predict", "m", "em", env=AWAY).code == 0
    assert run("query", "MATCH (a:Atom) RETURN a.symbol", env=AWAY).code == 0
    shown = {row["setting"]: row["value"] for row in map(json.loads, run("config", "show", env=AWAY).out.splitlines())}
    assert (shown["db"], shown["uri"]) == ("plasticdb.db", "bolt://127.0.0.1:1")


def test_the_word_neo4j_without_an_address(run: Run, tmp_path: Path) -> None:
    (tmp_path / "neo4j").write_text("a file of that name is not meant")
    for words in (["memories"], ["query", "RETURN 1"], ["ingest", "m", "-"]):
        said = run("--db", "neo4j", *words, input=b"a\n").error(1)
        assert "`--db neo4j` is the Neo4j that NEO4J_URI names, and NEO4J_URI is not set" in said
    assert "'neo4j' alone is not an address" in run("--journal", "neo4j", "memories").error(1)
    (tmp_path / "neo4j").unlink()
    assert run("ingest", "m", "-", "--db", "./neo4j", input=b"a\n").code == 0


def test_the_word_neo4j_is_the_server_of_neo4j_uri(run: Run, tmp_path: Path, neo4j_emptied: Any) -> None:
    server = neo4j_emptied
    env = {"NEO4J_URI": server.uri, "NEO4J_USERNAME": server.username, "NEO4J_PASSWORD": server.password}
    assert run("--db", "neo4j", "migrate", "up", env=env).code == 0
    assert run("--db", "neo4j", "ingest", "m", "-", input=b"emma\n", env=env).code == 0
    assert json.loads(run("stats", "m", env=env | {"PLASTICDB_DB": "neo4j"}).out)["samples"] == 1
    (tmp_path / "plasticdb.toml").write_text('db = "neo4j"\n')
    question = "MATCH (m:Memory {name: 'm'}) RETURN m.samples AS n"
    assert json.loads(run("query", question, env=env).out) == {"n": 1}
    assert run("--db", "here.db", "ingest", "m", "-", input=b"emma\n", env=env).code == 0
    other = run("--db", "here.db", "copy", "m", "--to", "neo4j", "--to-journal", "j.db", env=env).error(1)
    assert "was made from journal" in other, "it is the same Neo4j, with another journal"
    assert not (tmp_path / "plasticdb.db").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_the_file_of_another_user(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plasticdb.toml").write_text('db = "theirs.db"\n')
    shutil.chown(tmp_path / "plasticdb.toml", 65534)
    for words in (["ingest", "m", "-"], ["config", "show"]):
        said = run(*words, input=b"emma\n").error(1)
        assert "belongs to another user (nobody), so it was not read" in said
    trusted = {"PLASTICDB_TRUST": str(tmp_path)}
    assert run("ingest", "m", "-", input=b"emma\n", env=trusted).code == 0
    assert [file.name for file in tmp_path.glob("*.db")] == ["theirs.db"]
