"""What reaches a terminal: a real one is set up, and texts that would steer it are shown escaped."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from plasticdb import PlasticDB

from .conftest import COMMAND, environ

OSC, CSI = "\x1b]0;owned\x07", "\x9b31m"
TURNED = "\u202egnp.exe\u2066\u200f\u061c"
STEERING = {*map(chr, (*range(32), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F)))} | {
    *map(chr, range(0x2066, 0x206A))
}
PAYLOAD = f"p{OSC}{CSI}{TURNED}\n\tx"
FILE = f"events{OSC}\n{CSI}{TURNED}.txt"

Terminal = Callable[..., str]


def on_a_terminal(folder: Path, *words: str, typed: Sequence[tuple[bytes, bytes]] = (), **env: str) -> str:
    """What a terminal of its own is sent by a command. `typed`: what to wait for, and what is typed then."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *words], cwd=folder, env=environ(TERM="xterm", **env), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said, rest = b"", list(typed)
    try:
        while select.select([ours], [], [], 60)[0]:
            try:
                said += os.read(ours, 65536)
            except OSError:  # nobody has the terminal's other end any more
                break
            if rest and re.search(rest[0][0], said, re.DOTALL):
                os.write(ours, rest.pop(0)[1])
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return said.decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two memories, and a file whose name and lines steer terminals."""
    found = tmp_path_factory.mktemp("terminal")
    file = found / FILE
    file.write_text(json.dumps(f"a{TURNED}b") + '\n"ac"\n7\n')
    with PlasticDB.open(found / "plasticdb.db") as db:
        db.sequence("m").learn_many([f"a{TURNED}b", "ac"], source=FILE)
        db.engrams("e", dimension=2).remember([[1.0, 2.0]], [PAYLOAD])
    return found


@pytest.fixture
def terminal(folder: Path) -> Terminal:
    return partial(on_a_terminal, folder)


@pytest.mark.parametrize(
    "words",
    [
        ["ingest", "m", FILE, "--input", "jsonl", "--quiet"],
        ["score", "m", FILE, "--input", "jsonl", "--each"],
        ["surprise", "m", FILE, "--input", "jsonl"],
        ["predict", "m", "a"],
        ["complete", "m", f"a{TURNED}"],
        ["explain", "m", "a"],
        ["tree", "m"],
        ["concepts", "m", "--format", "csv"],
        ["concepts", "m", "--format", "json"],
        ["sources", "m"],
        ["export", "m"],
        ["export", "m", "--format", "graphml"],
        ["query", "MATCH (a:Atom) RETURN a, a.symbol"],
        ["query", f"MATCH (a:Atom) RETURN '{TURNED}' AS `{TURNED}`, nonsense({OSC!r})"],
        ["unlearn", "m", "--source", f"no {OSC}{CSI}{TURNED}"],
        ["predict", f"no{OSC}{CSI}{TURNED}"],
        ["--db", f"none{OSC}{CSI}{TURNED}.db", "memories"],
        ["--db", f"bolt://{OSC}{CSI}{TURNED}", "memories"],
        [f"verb{OSC}{CSI}{TURNED}"],
        ["predict", f"--option{OSC}{CSI}{TURNED}"],
        ["engram", "recall", "e", "[1, 2]"],
        ["engram", "recall", "e", "[1, 2]", "--format", "jsonl"],
        ["config", "show", "--db", f"x{OSC}{CSI}{TURNED}"],
    ],
    ids=lambda words: words[0] if words[0].isalpha() else "an error",
)
def test_nothing_steers_the_terminal(terminal: Terminal, words: list[str]) -> None:
    said = terminal(*words)
    assert said
    assert {*said.replace("\r\n", "\n")} & STEERING <= {"\n"}


def test_a_file_name_cannot_look_like_a_message_of_its_own(terminal: Terminal) -> None:
    said = terminal("ingest", "m", FILE, "--input", "jsonl", "--quiet")
    (message,) = (line for line in said.splitlines() if line.startswith("plasticdb: "))
    assert message.startswith(
        r"plasticdb: rejected: events\x1b]0;owned\x07\n\u009b31m\u202egnp.exe\u2066\u200f\u061c.txt:3: "
    )


def test_a_traceback_steers_nothing_either(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, types\nclass Broken:\n    def __getattr__(self, name): raise RuntimeError('\\x1b[31m\\u202e')\n"
        "sys.modules['plasticdb.cli.database'] = Broken()\n"
    )
    said = terminal("memories", PLASTICDB_DEBUG="1", PYTHONPATH=str(tmp_path))
    assert "RuntimeError: \\x1b[31m\\u202e" in said
    assert "Traceback" in said


def test_escapes_say_what_is_there_and_leave_the_table_straight(terminal: Terminal) -> None:
    shown = terminal("engram", "recall", "e", "[1, 2]").splitlines()
    payload = r"p\x1b]0;owned\x07\u009b31m\u202egnp.exe\u2066\u200f\u061c\n\tx"
    assert shown[1].startswith(f" 1  {payload}  working")
    assert shown[0].index("level") == shown[1].index("working")


def test_json_on_a_terminal_stays_json(terminal: Terminal) -> None:
    (row,) = json.loads(terminal("engram", "recall", "e", "[1, 2]", "--format", "json"))
    assert row["payload"] == PAYLOAD


def test_what_is_piped_is_as_it_is(folder: Path) -> None:
    def piped(*words: str) -> str:
        return subprocess.run([*COMMAND, *words], cwd=folder, env=environ(), capture_output=True).stdout.decode()

    assert PAYLOAD in piped("engram", "recall", "e", "[1, 2]", "--format", "csv")
    assert TURNED in piped("export", "m")


def test_the_shell_and_the_progress_bar_may_steer_it(terminal: Terminal, tmp_path: Path) -> None:
    question = b"MATCH (a:Atom) RETURN a.symbol AS x;\r"
    said = terminal("shell", typed=[(b"cypher>", question), (rb"\\u202e.*cypher>", b"\x04")], HOME=str(tmp_path))
    assert "\x1b[" in said, "the prompt"
    assert "\u202e" not in said
    assert "\\u202e" in said
    bar = terminal("ingest", "m", FILE, "--input", "jsonl")
    assert "\x1b[?25l" in bar, "the bar hides the cursor"
    assert TURNED not in bar
    assert OSC not in bar


def test_what_does_not_fit_goes_on_below(folder: Path) -> None:
    def lines(columns: int, *words: str) -> list[str]:
        return on_a_terminal(folder, *words, COLUMNS=str(columns)).replace("\r\n", "\n").splitlines()

    wide, beside, below = (lines(columns, "schema") for columns in (500, 100, 70))
    for narrow, columns in ((beside, 100), (below, 70)):
        assert max(map(len, narrow)) <= columns
        assert " ".join(" ".join(wide).split()) == " ".join(" ".join(narrow).split()), "and nothing is lost"
    assert "      a stable 63-bit hash of the memory and what the node is" in below
    assert max(map(len, lines(80, "explain", "m", "a", "c")[3:])) <= 80


def test_columns_are_straight_whatever_the_script(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "plasticdb.db") as db:
        db.sequence("m").learn_many(["我喜欢", "cafe\u0301", "ab"])
    shown = on_a_terminal(tmp_path, "concepts", "m").replace("\r\n", "\n").splitlines()
    cells = {"我喜欢␃": 7, "cafe\u0301␃": 5, "ab␃": 3}
    rows = {text: next(line for line in shown if line.startswith(text)) for text in cells}
    assert len({len(row) - len(text) + cells[text] for text, row in rows.items()}) == 1


def test_a_shell_can_be_left_and_asked(folder: Path, tmp_path: Path) -> None:
    typed = [(b"cypher>", b"help\r"), (rb"Ctrl-D.*Ctrl-D.*cypher>", b":exit\r")]
    said = on_a_terminal(folder, "shell", typed=typed, HOME=str(tmp_path))
    assert said.count("Ctrl-D or exit leaves") == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["migrate", "up"], "every migration is applied already"),
        (["query", "MATCH (c:Concept {text: 'none'}) RETURN c"], "no rows"),
        (["concepts", "m", "none"], "no learned sample begins with 'none'"),
        (["ingest", "lines", "e.jsonl"], "e.jsonl was read as plain lines; --input jsonl"),
    ],
)
def test_a_person_is_told_where_there_is_nothing_to_show(folder: Path, words: list[str], told: str) -> None:
    (folder / "e.jsonl").write_text('{"text": "a"}\n')
    assert told in on_a_terminal(folder, *words)


def test_a_space_and_a_joiner_can_be_seen(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "plasticdb.db") as db:
        db.sequence("m").learn_many(["a b", "a\u200db"])
    shown = on_a_terminal(tmp_path, "predict", "m", "a")
    assert {"' '", "'\\u200d'"} <= {line[:8].strip() for line in shown.splitlines()}
