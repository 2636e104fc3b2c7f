"""Ctrl-C, closed pipes, and standard input and output that are closed or full."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from plasticdb.cli.interruption import INTERRUPTED

from .conftest import COMMAND, Run, environ, learned, samples, wait_until


def test_control_c(run: Run, tmp_path: Path) -> None:
    """What was committed stays; running again goes on."""
    file = tmp_path / "many.txt"
    file.write_text("".join(f"name number {i}\n" for i in range(6_000)))
    words = ["ingest", "names", "many.txt", "--batch", "100"]
    process = subprocess.Popen(
        [*COMMAND, *words],
        cwd=tmp_path,
        env=environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job has it ignored
    )
    wait_until(lambda: learned(tmp_path) >= 100)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.decode().strip()) == (130, f"plasticdb: error: {INTERRUPTED}")
    kept = learned(tmp_path)
    assert 100 <= kept < 6_000
    done = json.loads(run(*words).out)
    assert (done["learned"], done["skipped"]) == (6_000 - kept, kept)
    assert samples(run) == 6_000


def test_what_sqlalchemy_logs_is_not_printed() -> None:
    """As it closes a connection that Ctrl-C hit, it logs the traceback of that."""
    code = (
        "import click, logging; from plasticdb.cli import main, opening\n"
        "context = click.Context(main.cli, obj={'db': ':memory:'})\n"
        "with opening.opened(context, create=True):\n"
        "    logging.getLogger('sqlalchemy.pool.impl.QueuePool').error('Exception closing connection')"
    )
    done = subprocess.run([COMMAND[0], "-c", code], capture_output=True, env=environ(), check=True)
    assert done.stderr == b""


def test_a_closed_pipe(names: Run, tmp_path: Path) -> None:
    names("ingest", "names", "-", input="".join(f"{i:x}\n" for i in range(6_000)).encode())
    process = subprocess.Popen(
        [*COMMAND, "concepts", "names"], cwd=tmp_path, env=environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b'{"text": ""')
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(timeout=60)


@pytest.mark.parametrize(
    "verb", [["ingest", "names", "-"], ["import", "-"], ["query", "-"], ["engram", "recall", "e", "-"]]
)
def test_a_closed_standard_input_is_an_empty_one(names: Run, verb: list[str]) -> None:
    names("engram", "remember", "e", "-", input=b"[1, 2]\n")
    closed, empty = names(*verb, preexec_fn=lambda: os.close(0)), names(*verb)
    assert (closed.code, closed.error(1)) == (empty.code, empty.error(1))


def test_a_closed_standard_output_is_no_reason_to_fail(names: Run) -> None:
    names("engram", "remember", "e", "-", input=b"[1, 2]\n")
    assert names("engram", "tick", "e", preexec_fn=lambda: os.close(1)).code == 0
    assert json.loads(names("engram", "stats", "e").out)["tick"] == 1


def test_output_that_cannot_be_written(names: Run) -> None:
    def full() -> None:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)

    for words in (["memories"], ["export", "names"], ["concepts", "names"]):
        said = names(*words, preexec_fn=full).error(1)
        assert (
            "the output cannot be written (No space left on device); what the command had changed before stays" in said
        )


def test_a_pipe_of_queries_fails_where_one_of_them_does(names: Run) -> None:
    done = names("shell", input=b"RETURN 1 AS a; RETURN bad; RETURN 2 AS a")
    assert (done.code, done.out) == (1, '{"a": 1}\n{"a": 2}\n')
