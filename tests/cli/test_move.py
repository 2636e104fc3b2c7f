"""export, import and copy from the command line."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from .conftest import COMMAND, Run, as_ordinary, environ


@pytest.fixture
def names(run: Run, tmp_path: Path) -> Run:
    (tmp_path / "names.txt").write_text("emma\nemily\nemil\nann\nanna\n")
    assert run("ingest", "names", "names.txt").code == 0
    return run


def test_out_and_in(names: Run, tmp_path: Path) -> None:
    assert json.loads(names("export", "names", "--to", "m.jsonl").out) == {
        "memory": "names",
        "position": 5,
        "events": 5,
    }
    assert json.loads(names("--db", "other.db", "import", "m.jsonl").out) == {
        "memory": "names",
        "imported": 5,
        "skipped": 0,
    }
    assert json.loads(names("--db", "other.db", "verify", "names").out)["verified"]
    assert names("--db", "other.db", "predict", "names", "em").out == names("predict", "names", "em").out
    message = names("--db", "other.db", "import", "m.jsonl").error(1)
    assert "there is a memory 'names' already; say --merge to add what it lacks, or --as NAME" in message
    assert json.loads(names("--db", "other.db", "import", "m.jsonl", "--merge").out)["imported"] == 0
    assert json.loads(names("--db", "other.db", "import", "m.jsonl", "--as", "again").out)["memory"] == "again"


def test_from_one_command_to_the_other(names: Run, tmp_path: Path) -> None:
    out = names("export").out
    assert [json.loads(line)["record"] for line in out.splitlines()][:3] == ["plasticdb", "session", "memory"]
    assert json.loads(names("--db", "other.db", "import", "-", input=out.encode()).out)["imported"] == 5
    cut = names("--db", "third.db", "import", "-", input=out.encode()[:-100])
    assert "- is cut off (its last line is not the end of an export)" in cut.error(1)


def test_the_graph_on_standard_output(names: Run, tmp_path: Path) -> None:
    assert names("export", "--format", "graphml", "--prefix", "em").out.count("<node ") > 3
    done = subprocess.run(
        [*COMMAND, "export", "--format", "csv"], cwd=tmp_path, env=environ(), capture_output=True, check=True
    )
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        assert {"Concept.csv", "Atom.csv", "ABSTRACTS.csv", "SYNAPSE.csv"} <= set(archive.namelist())
    assert done.stderr == b""


def test_to_another_database(names: Run, tmp_path: Path) -> None:
    assert json.loads(names("copy", "--to", "other.db").out) == {"memory": "names", "copied": 5}
    assert json.loads(names("copy", "names", "--to", "graph.db", "--to-journal", "journal.db").out)["copied"] == 5
    names("ingest", "names", "-", input=b"zoe\n")
    assert json.loads(names("copy", "--to", "other.db").out) == {"memory": "names", "copied": 1}
    for where in (["--db", "other.db"], ["--db", "graph.db", "--journal", "journal.db"]):
        assert json.loads(names(*where, "verify", "names").out)["verified"]
    names("--db", "other.db", "unlearn", "names", "--sample", "zoe")
    assert "is not a copy of this one; take another database" in names("copy", "--to", "other.db").error(1)


def test_to_neo4j(names: Run, neo4j_emptied: Any) -> None:
    env = {"NEO4J_USERNAME": neo4j_emptied.username, "NEO4J_PASSWORD": neo4j_emptied.password}
    there = ["--db", neo4j_emptied.uri, "--journal", "there.db"]
    done = names("copy", "--to", neo4j_emptied.uri, "--to-journal", "there.db", env=env)
    assert json.loads(done.out) == {"memory": "names", "copied": 5}
    assert json.loads(names(*there, "verify", "names", env=env).out)["verified"]
    away = names("--timeout", "0.5", "copy", "--to", "bolt://127.0.0.1:1", "--to-journal", "away.db", env=env).error(75)
    assert "does not answer" in away
    assert names("--db", "away.db", "memories").out == "", "nothing is half done"


def test_what_cannot_be(names: Run, tmp_path: Path) -> None:
    assert "there is no memory 'x'; the memories are: names" in names("export", "x").error(1)
    assert "there is no database none.db" in names("--db", "none.db", "export").error(1)
    assert "none.jsonl does not exist; check the path" in names("import", "none.jsonl").error(1)
    assert "names.txt is not an export of plasticdb" in names("import", "names.txt", "--as", "x").error(1)
    assert "plasticdb.db is the database that is open; give another file" in names(
        "export", "--to", "plasticdb.db"
    ).error(1)
    assert "a jsonl export is complete" in names("export", "--level", "2").error(1)
    assert "Missing option '--to'" in names("copy").error(2)
    assert json.loads(names("stats", "names").out)["samples"] == 5


def test_a_target_that_may_not_be_written(names: Run, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    done = names("export", "--to", "closed/m.jsonl", preexec_fn=as_ordinary)
    assert "closed/m.jsonl cannot be written (Permission denied); check its permissions" in done.error(1)


def test_a_full_disk(names: Run, tmp_path: Path) -> None:
    names("ingest", "names", "-", input="".join(f"name{i}\n" for i in range(2000)).encode())
    before = sorted(os.listdir(tmp_path))

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    for kind in ("jsonl", "csv", "graphml", "parquet"):
        done = names("export", "--format", kind, "--to", "out", preexec_fn=full)
        assert "is full or failing (File too large); nothing was left there: make room" in done.error(1)
        assert sorted(os.listdir(tmp_path)) == before


def test_a_reader_that_goes_away(names: Run, tmp_path: Path) -> None:
    names("ingest", "names", "-", input="".join(f"{i:x}\n" for i in range(20_000)).encode())
    for kind in ("jsonl", "graphml", "csv"):
        process = subprocess.Popen(
            [*COMMAND, "export", "--format", kind],
            cwd=tmp_path,
            env=environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        process.wait(timeout=60)


def test_backup(run: Run, tmp_path: Path) -> None:
    assert run("--db", "m.db", "ingest", "m", "-", input=b"emma\n").code == 0
    done = json.loads(run("--db", "m.db", "backup", "b.db").out)
    assert done == {"backup": "b.db", "bytes": (tmp_path / "b.db").stat().st_size}
    assert json.loads(run("--db", "b.db", "stats", "m").out)["samples"] == 1
    assert "b.db is there already" in run("--db", "m.db", "backup", "b.db").error(1)
    assert run("--db", "m.db", "backup", "b.db", "--replace").code == 0
    assert "there is no database none.db" in run("--db", "none.db", "backup", "c.db").error(1)
