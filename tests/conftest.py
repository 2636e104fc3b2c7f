"""The servers that tests run against, started when the first test asks, and a loud list of the stores left out."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import uuid
import warnings
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Never

import neo4j
import neo4j_server as local_neo4j
import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text

from plasticdb import PlasticDB
from plasticdb.graph.neo4j import migrations
from plasticdb.graph.neo4j.store import Neo4jStore

from . import postgres_server
from .commands import Commands, environ

IMAGE = "neo4j:5.26-community"
NOT_TESTED = pytest.StashKey[dict[str, str]]()
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
"""Which of several processes that share the tests (`pytest -n 2`) this is, if it is one; each has servers of its own."""

ON_NEO4J = (
    "neo4j",
    "test_cookbook",
    "test_dialect",
    "test_hostile",
    "test_network",
    "test_same_reading",
    "test_scores_are_the_same_on_every_store",
    "test_server",
)
"""What the names of tests that need a Neo4j have in them, so that one process can have them all."""


def pytest_configure() -> None:
    """Let Ctrl-C count: a shell that runs the tests in the background has them ignore it, and some of them press it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True, slots=True)
class Neo4jServer:
    """Where a Neo4j is and how to log in."""

    uri: str
    username: str
    password: str = field(repr=False)

    @property
    def environ(self) -> dict[str, str]:
        """What a user sets to use it."""
        return {"NEO4J_URI": self.uri, "NEO4J_USERNAME": self.username, "NEO4J_PASSWORD": self.password}


@pytest.fixture(scope="session")
def neo4j_server(request: pytest.FixtureRequest) -> Iterator[Neo4jServer]:
    """A Neo4j: of NEO4J_URI, in a container where a Docker engine answers, otherwise one started here with Java.

    Its graph is shared by the whole run.
    """
    if (uri := os.environ.get("NEO4J_URI")) and WORKER:
        pytest.exit("NEO4J_URI is one server, which cannot be shared: unset it, or run pytest without -n")
    if uri:
        yield Neo4jServer(uri, os.environ.get("NEO4J_USERNAME", "neo4j"), os.environ.get("NEO4J_PASSWORD", ""))
    elif _docker_answers():
        yield from _neo4j_in_a_container()
    elif reason := local_neo4j.available():
        _leave_out(request.config, "Neo4j", f"NEO4J_URI isn't set, no Docker engine answers, and {reason}")
    else:
        yield from _neo4j_with_java()


@pytest.fixture
def neo4j_new(neo4j_server: Neo4jServer) -> Neo4jServer:
    """The same Neo4j as it is when it has just been installed: with nothing in it, not even a schema."""
    with _neo4j_session(neo4j_server) as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 20000 ROWS").consume()
        for name in session.run("SHOW CONSTRAINTS YIELD name").value():
            session.run(f"DROP CONSTRAINT `{name}`").consume()
        for name in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").value():
            session.run(f"DROP INDEX `{name}`").consume()
    return neo4j_server


@pytest.fixture
def neo4j_emptied(neo4j_server: Neo4jServer) -> Neo4jServer:
    """The same Neo4j with nothing in its graph, so that a new journal may begin; users have set it up by the command."""
    with _neo4j_session(neo4j_server) as session:
        gone = "MATCH (n) WHERE NOT n:Migration CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 20000 ROWS"
        session.run(gone).consume()
        applied = session.run("MATCH (m:Migration) WHERE m.version > 0 RETURN count(m)").single(strict=True)[0]
    if applied < len(migrations.known()):
        with tempfile.TemporaryDirectory() as folder:
            migrate_up("--db", neo4j_server.uri, "--journal", f"{folder}/journal.db", **neo4j_server.environ)
    return neo4j_server


@pytest.fixture
def neo4j_store(neo4j_server: Neo4jServer) -> Iterator[Neo4jStore]:
    """The graph store on this Neo4j, set up, with whatever other tests left in it."""
    store = Neo4jStore.connect(neo4j_server.uri, neo4j_server.username, neo4j_server.password)
    store.migrate()
    yield store
    store.close()


@contextmanager
def _neo4j_session(server: Neo4jServer) -> Iterator[neo4j.Session]:
    auth = (server.username, server.password)
    with (
        neo4j.GraphDatabase.driver(server.uri, auth=auth, notifications_min_severity="OFF") as driver,
        driver.session(database="neo4j") as session,
    ):
        yield session


@pytest.fixture
def neo4j_db(neo4j_emptied: Neo4jServer, tmp_path: Path) -> Iterator[PlasticDB]:
    """A PlasticDB on the emptied Neo4j, with a journal of its own."""
    server = neo4j_emptied
    with PlasticDB.open(server.uri, tmp_path / "journal.db", username=server.username, password=server.password) as db:
        yield db


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    """Where commands begin without Python's start."""
    with closing(Commands(environ())) as commands:
        yield commands


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[URL]:
    """A PostgreSQL in which databases can be made: of PLASTICDB_TEST_POSTGRES, or one started here where it is installed."""
    if given := os.environ.get("PLASTICDB_TEST_POSTGRES"):
        yield make_url(given)
    elif postgres_server.binaries() is not None:
        with postgres_server.started() as url:
            yield url.set(database="plasticdb_test")
    else:
        _leave_out(
            request.config,
            "PostgreSQL",
            "it isn't installed here (apt-get install postgresql), and PLASTICDB_TEST_POSTGRES isn't set to the URL of a "
            "database, such as postgresql+psycopg://user@localhost/plasticdb_test",
        )


@pytest.fixture(scope="session")
def postgres_url(postgres: URL) -> str:
    """The URL of a PostgreSQL database that tests may fill, set up as users do it; it is shared by the whole run.

    Of several processes each has one that ends in its name, such as `plasticdb_test_gw0`.
    """
    url = postgres.set(database=f"{postgres.database}_{WORKER}") if WORKER else postgres
    with _server(postgres) as server, server.connect() as connection:
        if (
            connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": url.database}).first()
            is None
        ):
            connection.execute(text(f'CREATE DATABASE "{url.database}"'))
    told = url.render_as_string(hide_password=False)
    migrate_up("--db", told)
    return told


@pytest.fixture
def postgres_new(postgres: URL) -> Iterator[str]:
    """The URL of a new, empty database, which goes after the test."""
    name = f"{postgres.database}_{uuid.uuid4().hex[:8]}"
    with _server(postgres) as server, server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield postgres.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
def postgres_serializable(postgres_new: str) -> str:
    """A new database, set up, in which transactions that run into each other fail, as CockroachDB and YugabyteDB have it."""
    engine = create_engine(postgres_new, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        name = engine.url.database
        connection.execute(text(f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'serializable'"))
    engine.dispose()
    migrate_up("--db", postgres_new)
    return postgres_new


@pytest.fixture
def postgres_emptied(postgres_url: str) -> str:
    """The same PostgreSQL with empty tables."""
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        asked = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%_version'")
        connection.execute(text(f"TRUNCATE {', '.join(connection.execute(asked).scalars())} CASCADE"))
    engine.dispose()
    return postgres_url


@contextmanager
def _server(url: URL) -> Iterator[Engine]:
    """A server, to make databases in it."""
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


def migrate_up(*where: str, **more: str) -> None:
    """Set a server up as users do it; `more` goes into the environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLASTICDB_", "NEO4J_"))}
    command = [sys.executable, "-c", "from plasticdb.cli.main import main; main()", *where, "migrate", "up"]
    subprocess.run(command, env=kept | more, cwd=tempfile.gettempdir(), check=True, stdout=subprocess.DEVNULL)


def _docker_answers() -> bool:
    import docker

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # where no engine answers, the package leaves a socket open
        try:
            with closing(docker.from_env(timeout=5)) as client:
                answers = bool(client.ping())
        except (docker.errors.DockerException, OSError):
            answers = False
        gc.collect()
    return answers


def _neo4j_in_a_container() -> Iterator[Neo4jServer]:
    from testcontainers.community.neo4j import Neo4jContainer

    password = secrets.token_hex(16)
    with Neo4jContainer(IMAGE, password=password) as container:
        yield Neo4jServer(container.get_connection_url(), "neo4j", password)


def _neo4j_with_java() -> Iterator[Neo4jServer]:
    with tempfile.TemporaryDirectory(prefix="plasticdb-neo4j-") as home:
        server = local_neo4j.start(Path(home), secrets.token_hex(16), brief=True)
        try:
            yield Neo4jServer(server.uri, server.username, server.password)
        finally:
            server.stop()


def _leave_out(config: pytest.Config, store: str, reason: str) -> Never:
    """Skip what needs the store, or fail where PLASTICDB_REQUIRE_<store> says that it must be tested."""
    config.stash.setdefault(NOT_TESTED, {})[store] = reason
    required = {"Neo4j": "PLASTICDB_REQUIRE_NEO4J", "PostgreSQL": "PLASTICDB_REQUIRE_POSTGRES"}[store]
    if os.environ.get(required) == "1":
        pytest.fail(f"{store} must be tested ({required}=1): {reason}", pytrace=False)
    pytest.skip(f"no {store}: {reason}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Of several processes that share the tests, one gets all that need a Neo4j, so that only one is started.

    The others are given out a file at a time, so that what a file prepares is prepared once.
    """
    from xdist.scheduler import LoadScopeScheduling

    class OneNeo4j(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "neo4j" if any(part in nodeid for part in ON_NEO4J) else nodeid.partition("::")[0]

    return OneNeo4j(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that started this one what was left out."""
    if WORKER:
        session.config.workeroutput["left out"] = session.config.stash.get(NOT_TESTED, {})  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash.setdefault(NOT_TESTED, {}).update(getattr(node, "workeroutput", {}).get("left out", {}))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    """End with what this run says nothing about."""
    yield  # pytest's own summary, so that this comes below it
    for store, reason in config.stash.get(NOT_TESTED, {}).items():
        terminalreporter.section(f"NOT TESTED: {store}", sep="!", red=True, bold=True)
        terminalreporter.line(reason)
