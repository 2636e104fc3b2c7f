"""No output has a password, and none goes where its owner did not send it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from .conftest import Run


@pytest.mark.parametrize(
    "db",
    [
        "postgresql+psycopg://ann:hunter2@127.0.0.1:1/d",
        "postgresql+psycopg://ann@127.0.0.1:1/d?password=hunter2",
        "postgresql+psycopg://ann@127.0.0.1:1/d?sslpassword=hunter2&password=hunter2&x=y",
        "postgresql+psycopg://ann:hunter2@127.0.0.1:port/d",
        "postgresql+psycopg://ann:hunter2@127.0.0.1:1/d?connect_timeout=soon&password=hunter2",
        "mysql://ann:hunter2@h/d?password=hunter2",
        "nonsense://ann:hunter2@h/d?password=hunter2",
        "neo4j://neo4j:hunter2@127.0.0.1:1",
        "neo4j://neo4j:hunt er2 hunter2@127.0.0.1:1",
        "bolt://127.0.0.1:port?password=hunter2",
        "sqlite:///no/where.db?password=hunter2",
    ],
)
def test_no_error_has_a_password(run: Run, db: str) -> None:
    for words in (["memories", "--db", db], ["copy", "--to", db]):
        done = run(*words, "--timeout", "1", env={"PLASTICDB_DEBUG": "1"})
        assert done.code != 0
        assert done.err
        assert "hunter2" not in done.out + done.err
    shown = run("config", "show", env={"PLASTICDB_DB": db, "PLASTICDB_JOURNAL": db, "NEO4J_URI": db})
    assert (shown.code, shown.err) == (0, "")
    assert "hunter2" not in shown.out
    assert "PLASTICDB_DB" in shown.out


def test_a_traceback_has_no_password(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nclass Broken:\n    def __getattr__(self, name):\n"
        "        raise RuntimeError('postgresql://ann:hunter2@h/d failed') from ValueError('password=hunter2')\n"
        "sys.modules['plasticdb.cli.database'] = Broken()\n"
    )
    broken = {"PYTHONPATH": str(tmp_path)}
    assert "RuntimeError: postgresql://ann:***@h/d failed; this is a bug" in run("memories", env=broken).error(1)
    traced = run("memories", env=broken | {"PLASTICDB_DEBUG": "1"})
    assert traced.code == 1
    assert "RuntimeError: postgresql://ann:***@h/d failed" in traced.err
    assert "ValueError: password=***" in traced.err
    assert "Traceback" in traced.err


def test_the_file_of_a_folder_gets_no_password_of_ours(run: Run, tmp_path: Path) -> None:
    """A server that stands for elsewhere: nothing connects to it."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        (tmp_path / "plasticdb.toml").write_text(f'db = "bolt://127.0.0.1:{elsewhere.getsockname()[1]}"\n')
        env = {"NEO4J_PASSWORD": "hunter2"}
        for words in (["memories"], ["ingest", "m", "-"], ["query", "RETURN 1"], ["migrate", "up"], ["shell"]):
            said = run(*words, input=b"a\n", env=env).error(1)
            assert "NEO4J_PASSWORD is not sent to an address from a file" in said
            assert f"export PLASTICDB_TRUST={tmp_path}" in said
        elsewhere.settimeout(0)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
