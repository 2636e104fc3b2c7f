"""Servers that are starting are waited for, whichever they are; others are told from them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from plasticdb import PlasticDB, StoreError, Unavailable
from plasticdb.waiting import waited

from .cli.conftest import COMMAND, Done, environ
from .proxy import Proxy


def run(folder: Path, *words: str, **env: str) -> Done:
    done = subprocess.run(
        [*COMMAND, *words], cwd=folder, env=environ(**env), capture_output=True, text=True, timeout=120
    )
    return Done(done.returncode, done.stdout, done.stderr)


def failing(times: int, error: Exception) -> tuple[list[int], Callable[[], str]]:
    asked = []

    def ask() -> str:
        asked.append(1)
        if len(asked) <= times:
            raise error
        return "up"

    return asked, ask


def test_what_is_away_is_asked_until_it_is_there() -> None:
    asked, ask = failing(2, Unavailable("away"))
    assert waited(time.monotonic() + 60, ask) == "up"
    assert len(asked) == 3


def test_it_is_asked_once_at_least_and_not_for_ever() -> None:
    asked, ask = failing(1000, Unavailable("away"))
    with pytest.raises(Unavailable, match="away"):
        waited(time.monotonic(), ask)
    assert len(asked) == 1
    with pytest.raises(Unavailable, match="away"):
        waited(time.monotonic() + 0.6, ask)
    assert 3 <= len(asked) < 10


def test_what_waiting_does_not_mend_is_not_waited_for() -> None:
    asked, ask = failing(1000, StoreError("refused the password"))
    with pytest.raises(StoreError, match="refused"):
        waited(time.monotonic() + 60, ask)
    assert len(asked) == 1


def test_a_neo4j_that_is_starting(neo4j_emptied: Any, tmp_path: Path) -> None:
    with Proxy.before(neo4j_emptied.uri) as proxy:
        where = ["--db", proxy.instead(neo4j_emptied.uri), "--journal", "j.db", "--timeout", "0.2"]
        proxy.refuse()
        assert "--wait waits for one that is starting" in run(tmp_path, *where, "migrate", "status").error(75)
        proxy.refuse(3.0)
        done = run(tmp_path, *where, "--wait", "migrate", "up", **neo4j_emptied.environ)
        assert done.code == 0, done
        proxy.refuse(3.0)
        assert run(tmp_path, *where, "memories", "--wait", "60", **neo4j_emptied.environ).code == 0


def test_a_postgres_that_is_starting(postgres_emptied: str) -> None:
    url = make_url(postgres_emptied)
    folder = url.query.get("host", "")
    with Proxy(f"{folder}/.s.PGSQL.{url.port or 5432}" if folder else (url.host or "", url.port or 5432)) as proxy:
        behind = url.set(host="127.0.0.1", port=proxy.port, query={}).render_as_string(hide_password=False)
        proxy.refuse()
        with pytest.raises(Unavailable):
            PlasticDB.open(behind, timeout=1)
        proxy.refuse(1.0)
        with PlasticDB.open(behind, wait=30) as db:
            assert db.memories() == []


@pytest.mark.parametrize("words", [["--wait", "soon", "memories"], ["--wait", "-1", "memories"]])
def test_how_long_is_a_number(tmp_path: Path, words: list[str]) -> None:
    done = run(tmp_path, *words)
    assert done.code in (1, 2)
    assert "Traceback" not in done.err
