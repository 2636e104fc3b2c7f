"""Transactions on a bad day: connections that die, conflicts, answers that are lost, Ctrl-C; done once, and nothing left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from plasticdb import NeverLearned, PlasticDB, Unavailable, Uncertain
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import HISTORY
from plasticdb.sql.engine import connect, sql_url
from plasticdb.sql.transactions import read, write

from ..proxy import POSTGRES_COMMIT, Proxy

Verb = Callable[[PlasticDB], Any]


@contextmanager
def server(url: str) -> Iterator[Connection]:
    """A connection beside the ones that are tested."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def terminate_all(connection: Connection) -> int:
    """End every other session on this database; how many."""
    others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    others += "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    return len(connection.execute(text(others)).all())


def engines(db: PlasticDB) -> set[Engine]:
    return {db._journal.engine, db._store.engine}  # type: ignore[attr-defined]


def steps(db: PlasticDB, seed: int) -> None:
    rng = np.random.default_rng(seed)
    notes = db.engrams("notes", dimension=3, lifespan=6.0, capacity=4)
    notes.step(rng.normal(size=(2, 3)), lambda found: {one.id: 2.0 for one in found if one.id % 2})


VERBS: dict[str, Verb] = {
    "learn": lambda db: db.sequence("m").learn_many(["emma", "emily", "ann", "otto"], source="s"),
    "learn in batches": lambda db: db.sequence("m", batch=2).learn_many(["ada", "ida", "eda", "uda", "oda"]),
    "reinforce": lambda db: db.sequence("m").reinforce("emma", by=0.5),
    "weaken": lambda db: db.sequence("m").weaken("ann", by=0.25),
    "decay": lambda db: db.sequence("m").decay(1e9),
    "unlearn": lambda db: (db.sequence("m").learn("otto"), db.sequence("m").unlearn("otto")),
    "erase": lambda db: (db.sequence("m").learn("uta"), db.sequence("m").unlearn("uta", erase=True)),
    "predict": lambda db: db.sequence("m").predict("em"),
    "rebuild": lambda db: db.memory("m").rebuild(),
    "remember": lambda db: db.engrams("notes", dimension=3, lifespan=6.0, capacity=4).remember([[1.0, 2.0, 3.0]]),
    "step": lambda db: steps(db, 1),
    "tick": lambda db: db.engrams("notes").tick(),
    "reward": lambda db: db.engrams("notes").reward(
        {one.id: 1.0 for one in db.engrams("notes").recall([0, 0, 1], k=2)}
    ),
    "remind": lambda db: [one.id for one in db.engrams("notes").remind()],
}


class Trouble:
    """Calls `strike` once, at the n-th statement or commit of some engines."""

    def __init__(self, strike: Callable[[Connection], Any], when: str) -> None:
        self.strike, self.when, self.left = strike, when, -1

    def __call__(self, connection: Connection, *_: Any) -> None:
        if self.left >= 0:
            self.left -= 1
            if self.left < 0:
                self.strike(connection)

    @contextmanager
    def of(self, db: PlasticDB) -> Iterator[None]:
        for engine in engines(db):
            event.listen(engine, self.when, self)
        yield
        for engine in engines(db):
            event.remove(engine, self.when, self)


def disturbed(db: PlasticDB, twin: PlasticDB, trouble: Trouble, every: int) -> int:
    """Do each verb again and again, in trouble a bit later each time, and undisturbed on the twin; how often it struck."""
    struck = 0
    with trouble.of(db):
        for name, verb in VERBS.items():
            for at in range(0, 1000, every):
                trouble.left = at
                answer = verb(db)
                fired, trouble.left = trouble.left < 0, -1
                assert answer == verb(twin) or name in ("predict", "rebuild"), name
                if not fired:
                    break
                struck += 1
    return struck


def agree(db: PlasticDB, twin: PlasticDB) -> None:
    """Both hold the same, and their journals have as many events."""
    assert db.memories() == twin.memories()
    for name in ("m", "notes"):
        assert db.memory(name).verify() == []
    assert differences(db._store, twin._store, "m", but=HISTORY) == []


@pytest.mark.parametrize("every", [29, pytest.param(1, marks=pytest.mark.soak)])
def test_a_backend_that_is_terminated_in_any_statement_of_any_verb(postgres_emptied: str, every: int) -> None:
    def strike(connection: Connection) -> None:
        pid = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    def clock() -> float:
        return 1000.0

    with (
        server(postgres_emptied) as other,
        PlasticDB.open(postgres_emptied, clock=clock) as db,
        PlasticDB.open(":memory:", clock=clock) as twin,
    ):
        assert disturbed(db, twin, Trouble(strike, "before_cursor_execute"), every) > 10
        agree(db, twin)


@pytest.mark.parametrize("fate", ["drop", "lose"])
@pytest.mark.parametrize("every", [11, pytest.param(1, marks=pytest.mark.soak)])
def test_an_answer_to_any_commit_of_any_verb_is_lost(postgres_emptied: str, every: int, fate: Any) -> None:
    """drop: it is committed, and nobody is told. lose: it is not."""

    def clock() -> float:
        return 1000.0

    with through(postgres_emptied) as (proxy, url):
        trouble = Trouble(lambda _: proxy.doom(POSTGRES_COMMIT, fate), "commit")
        with PlasticDB.open(url, clock=clock) as db, PlasticDB.open(":memory:", clock=clock) as twin:
            struck = disturbed(db, twin, trouble, every)
            assert len(proxy.done) >= struck > 10
            agree(db, twin)


@contextmanager
def through(url: str) -> Iterator[tuple[Proxy, str]]:
    """A proxy before the server, and the database's URL through it."""
    given = make_url(url)
    host, port = given.query.get("host") or given.host or "127.0.0.1", given.port or 5432
    target: Any = f"{host}/.s.PGSQL.{port}" if str(host).startswith("/") else (host, port)
    with Proxy(target) as proxy:
        there = given.set(host="127.0.0.1", port=proxy.port, query={"sslmode": "disable", "gssencmode": "disable"})
        yield proxy, there.render_as_string(hide_password=False)


def test_a_connection_that_died_while_it_was_idle(postgres_emptied: str) -> None:
    with server(postgres_emptied) as other, PlasticDB.open(postgres_emptied) as db:
        db.sequence("m").learn("emma")
        for _ in range(3):
            assert terminate_all(other) > 0
            db.sequence("m").learn("emma")
            terminate_all(other)
            assert db.sequence("m").predict("em", top=1) == pytest.approx(db.sequence("m").predict("em", top=1))
        assert db.memory("m").stats()["samples"] == 4
        assert db.memory("m").verify() == []


def test_a_deadlock_is_done_again(postgres_emptied: str) -> None:
    engine = connect(sql_url(postgres_emptied), 20)
    with server(postgres_emptied) as other:
        other.execute(
            text("INSERT INTO graph_source VALUES (1, 'm', 'a', 0, 0, 0, 0, 0), (2, 'm', 'b', 0, 0, 0, 0, 0)")
        )
    both = threading.Barrier(2)
    attempts: list[int] = []

    def cross(first: int, second: int) -> None:
        def work(connection: Connection) -> None:
            attempts.append(first)
            add = text("UPDATE graph_source SET samples = samples + 1 WHERE id = :id")
            connection.execute(add, {"id": first})
            with suppress(threading.BrokenBarrierError):
                both.wait(1)
            connection.execute(add, {"id": second})

        write(engine, work)

    threads = [threading.Thread(target=cross, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(attempts) == 3
    assert read(engine, lambda c: c.execute(text("SELECT samples FROM graph_source")).scalars().all()) == [2, 2]
    engine.dispose()


def test_a_commit_whose_answer_never_comes(postgres_emptied: str) -> None:
    """Half-open: the connection seems to be there. What is asked on another one tells that it is not."""
    with through(postgres_emptied) as (proxy, url), PlasticDB.open(url, timeout=3) as db:
        db.sequence("m").learn("emma")
        trouble = Trouble(lambda _: proxy.doom(POSTGRES_COMMIT, "freeze"), "commit")
        with trouble.of(db):
            for at in range(4):
                trouble.left = at
                db.sequence("m").learn("emma")
        assert proxy.done
        assert db.memory("m").stats()["samples"] == 5
        assert db.memory("m").verify() == []


def test_a_long_statement_is_waited_for_though_it_is_silent(postgres_emptied: str) -> None:
    engine = connect(sql_url(postgres_emptied), 1)
    assert read(engine, lambda connection: connection.execute(text("SELECT 7 FROM pg_sleep(3)")).scalar()) == 7
    engine.dispose()


def test_a_server_that_comes_back_is_waited_for(postgres_emptied: str) -> None:
    with through(postgres_emptied) as (proxy, url), PlasticDB.open(url, timeout=20) as db:
        db.sequence("m").learn("emma")
        proxy.refuse(2)
        db.sequence("m").learn("emma")
        assert db.memory("m").stats()["samples"] == 2


def test_a_server_that_was_never_there_is_not_waited_for() -> None:
    with pytest.raises(Unavailable, match="does not answer; try again when it is up"):
        PlasticDB.open("postgresql+psycopg://nobody@127.0.0.1:1/nothing", timeout=600)


def test_what_cannot_be_known_is_said_and_done_once_when_it_is_tried_again(postgres_emptied: str) -> None:
    with through(postgres_emptied) as (proxy, url), PlasticDB.open(url, timeout=1) as db:
        memory = db.sequence("m")
        memory.learn("ann")

        def strike(connection: Connection) -> None:
            if connection.get_execution_options().get("write"):
                proxy.doom(POSTGRES_COMMIT, "drop")
                proxy._stop_listening()

        event.listen(db._journal.engine, "commit", strike)
        with pytest.raises(
            Uncertain, match=r"nobody knows whether .* run it again with --operation [0-9a-f]{32} "
        ) as told:
            memory.learn("emma")
        event.remove(db._journal.engine, "commit", strike)
        proxy.accept()
        assert memory.learn("emma", operation=told.value.operation).learned == 1
        assert memory.learn("emma", operation=told.value.operation).learned == 1
        assert db.memory("m").stats()["samples"] == 2
        assert db.memory("m").verify() == []


@pytest.mark.parametrize(
    ("before", "now"), [("off", "on"), ("on", "on"), ("local", "local"), ("remote_apply", "remote_apply")]
)
def test_a_commit_is_on_the_disk_before_it_is_answered(postgres_new: str, before: str, now: str) -> None:
    name = make_url(postgres_new).database
    with server(postgres_new) as other:
        other.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = {before}'))
    engine = connect(sql_url(postgres_new))
    show = text("SHOW synchronous_commit")
    assert write(engine, lambda connection: connection.execute(show).scalar()) == now
    assert read(engine, lambda connection: connection.execute(show).scalar()) == before
    engine.dispose()


def test_what_was_never_learned_is_no_failure_of_the_server(postgres_emptied: str) -> None:
    tries = []
    with PlasticDB.open(postgres_emptied) as db:
        db.sequence("m").learn("emma")
        event.listen(db._journal.engine, "begin", tries.append)
        with pytest.raises(NeverLearned):
            db.sequence("m").unlearn("otto")
        assert len(tries) < 5


def test_an_engine_is_closed_for_good(tmp_path: Path) -> None:
    from plasticdb import BadInput
    from plasticdb.sql import engine as engines

    engine = connect(sql_url(str(tmp_path / "m.db")))
    engines.close(engine)
    with pytest.raises(BadInput, match="was closed; open it again"):
        read(engine, lambda connection: connection.execute(text("SELECT 1")))
