"""Files as users have them: several, bad ones among them, compressed, rotated, growing, and pipes."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import COMMAND, Run, as_ordinary, environ, learned, wait_until


def test_a_bad_file_among_others_is_named_and_the_rest_is_done(run: Run, tmp_path: Path) -> None:
    for name, text in (("1", "emma\n"), ("2", ""), ("3", "zoe\n"), ("secret", "ann\n")):
        (tmp_path / name).write_text(text)
    (tmp_path / "secret").chmod(0)
    for verb, count in (("ingest", "learned"), ("score", "samples")):
        done = run(verb, "m", "1", "2", "none", "secret", ".", "3", preexec_fn=as_ordinary)
        assert (done.code, json.loads(done.out)[count]) == (3, 2)
        assert [line.split(": ")[:2] for line in done.err.splitlines()] == [["plasticdb", "not read"]] * 4
        assert [line.split(": ")[2].split()[0] for line in done.err.splitlines()] == ["2", "none", "secret", "."]
    for verb in ("ingest", "score"):
        assert "2 is empty: there is nothing to" in run(verb, "m", "2").error(1)
    for bad in ("2", "none", "."):
        for verb in ("unlearn", "reinforce", "weaken"):
            assert run(verb, "m", "1", bad).error(1).endswith("; nothing was changed")
        assert bad in run("engram", "remember", "e", "--text", "1", bad).error(1)
    assert [json.loads(line)["memory"] for line in run("memories").out.splitlines()] == ["m"]
    assert json.loads(run("stats", "m").out)["position"] == 2


def test_compressed_files_go_wherever_files_go(run: Run, tmp_path: Path) -> None:
    (tmp_path / "names.gz").write_bytes(gzip.compress(b"emma\nzoe\n"))
    assert json.loads(run("ingest", "m", "names.gz").out)["learned"] == 2
    assert json.loads(run("score", "m", "names.gz").out)["samples"] == 2
    assert json.loads(run("engram", "remember", "e", "--text", "names.gz").out)["remembered"] == 2
    for name in ("m.jsonl.gz", "m.jsonl.zst"):
        assert run("export", "m", "--to", name).code == 0
        assert not (tmp_path / name).read_bytes().startswith(b"{")
        assert json.loads(run("--db", "new.db", "import", name, "--as", name).out)["imported"] == 2
    half = (tmp_path / "m.jsonl.gz").read_bytes()[:-9]
    (tmp_path / "half.gz").write_bytes(half)
    assert "half.gz is cut off" in run("--db", "new.db", "import", "half.gz", "--as", "half").error(1)
    assert json.loads(run("unlearn", "m", "names.gz").out) == {"unlearned": 2}


def test_two_pipes_share_no_source(run: Run) -> None:
    first, second = (json.loads(run("ingest", "m", "-", input=b"emma\n").out) for _ in range(2))
    assert (first["learned"], second["learned"]) == (1, 1)
    assert first["source"].startswith("stdin ")
    assert first["source"] != second["source"]
    assert {json.loads(line)["source"] for line in run("sources", "m").out.splitlines()} == {
        first["source"],
        second["source"],
    }
    named = [json.loads(run("ingest", "m", "-", "--source", "mine", input=b"ann\n").out) for _ in range(2)]
    assert [done["skipped"] for done in named] == [0, 1]
    assert "source" not in named[0]
    assert "--mirror needs a --source for -" in run("ingest", "m", "-", "--mirror", input=b"ann\n").error(1)


def test_changed_records_are_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r").write_text('{"id": 1, "msg": "emma"}\n')
    how = ["ingest", "m", "r", "--input", "jsonl", "--field", "msg"]
    assert "changed" not in json.loads(run(*how).out)
    (tmp_path / "r").write_text('{"id": 1, "msg": "zoe"}\n')
    done = run(*how)
    assert (done.code, json.loads(done.out)["changed"]) == (3, 1)
    assert done.err == (
        "plasticdb: changed: r:1: the id '1' comes with another text than before; "
        "to take it for the old one, run it with --update\n"
    )
    done = run(*how, "--update")
    assert (done.code, json.loads(done.out)["changed"], done.err) == (0, 1, "")


def test_control_characters(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"\x1b[31mred\x1b[0m\n")
    assert run("ingest", "m", "log").err.endswith("remove it, or give --strip-control\n")
    assert json.loads(run("ingest", "m", "log", "--strip-control").out)["learned"] == 1
    assert json.loads(run("score", "m", "log", "--strip-control").out)["samples"] == 1
    assert json.loads(run("unlearn", "m", "log", "--strip-control").out) == {"unlearned": 1}


# Following


def follow(folder: Path, *words: str, **how: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, "ingest", "m", *words, "--follow"],
        cwd=folder,
        env=environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **how,
    )


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_file_that_grows_is_rotated_and_cut_short(run: Run, tmp_path: Path, end: signal.Signals) -> None:
    log = tmp_path / "log"
    log.write_text("emma\nhalf a")
    process = follow(tmp_path, "log", "--source", "{first}")
    wait_until(lambda: learned(tmp_path) == 1)
    with log.open("a") as old:
        old.write(" line\n")
        old.flush()
        wait_until(lambda: learned(tmp_path) == 2)
        log.rename(tmp_path / "log.1")
        old.write("late, and without an end")
        old.flush()
        log.write_text("zoe\nemma\n")
        wait_until(lambda: learned(tmp_path) == 5)
    log.write_text("ann\n")
    wait_until(lambda: learned(tmp_path) == 6)
    process.send_signal(end)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["learned"] == 6
    assert len(run("sources", "m").out.splitlines()) == 3
    assert json.loads(run("ingest", "m", "log", "log.1", "--source", "{first}").out)["learned"] == 0


def test_a_pipe_is_learned_as_it_comes(run: Run, tmp_path: Path) -> None:
    process = follow(tmp_path, "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"emma\nzo")
    process.stdin.flush()
    wait_until(lambda: learned(tmp_path) == 1)
    process.stdin.write(b"e\n\xff\nann")
    process.stdin.flush()
    wait_until(lambda: learned(tmp_path) == 2)
    out, err = process.communicate(timeout=60)  # its end is the end
    assert (process.returncode, err.startswith(b"plasticdb: rejected: -:3: byte 1 is not UTF-8")) == (3, True)
    assert (json.loads(out)["learned"], json.loads(out)["rejected"]) == (3, 1)


def test_what_cannot_be_followed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"emma\n"))
    (tmp_path / "b").write_text("emma\n")
    assert "a.gz cannot be followed" in run("ingest", "m", "a.gz", "--follow").error(1)
    assert "--follow reads one file" in run("ingest", "m", "b", "a.gz", "--follow").error(1)
    assert "none does not exist" in run("ingest", "m", "none", "--follow").error(1)
    assert os.listdir(tmp_path)
