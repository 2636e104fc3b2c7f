"""What bad input gets: one line that says what to do, the right exit code, and nothing lost or half done."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from plasticdb.cli.interruption import INTERRUPTED

from plasticdb import PlasticDB, Unavailable, WrongJournal

from .conftest import COMMAND, Run, as_ordinary, environ


@pytest.fixture
def names(run: Run, tmp_path: Path) -> Run:
    """A memory `names` with two samples in plasticdb.db."""
    (tmp_path / "names.txt").write_text("emma\nemily\n")
    assert run("ingest", "names", "names.txt").code == 0
    return run


def samples(run: Run) -> int:
    assert json.loads(run("verify", "names").out)["verified"]
    return int(json.loads(run("stats", "names").out)["samples"])


# Files


def test_a_missing_file(names: Run) -> None:
    assert "none.txt does not exist; check the path" in names("ingest", "names", "none.txt").error(1)
    assert samples(names) == 2


def test_an_unreadable_file(names: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("zoe\n")
    secret.chmod(0)
    for verb in ("score", "ingest"):
        done = names(verb, "names", "secret.txt", preexec_fn=as_ordinary)
        assert "secret.txt cannot be read (Permission denied); check its permissions" in done.error(1)


def test_a_directory(names: Run, tmp_path: Path) -> None:
    assert "is a directory" in names("ingest", "names", str(tmp_path)).error(1)


def test_an_empty_file(names: Run) -> None:
    assert "standard input is empty: there is nothing to learn" in names("ingest", "names", "-", input=b"").error(1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\xff\xfe", "byte 1 is not UTF-8"),
        (b"an\x00n", "U+0000"),
        (b"an\x1b[0mn", "U+001B"),
        (b"x" * 50_000_000, "longer than this memory takes"),
        (b"x" * 10_001, "10,001 symbols, and this memory takes 10,000"),
    ],
    ids=["not utf-8", "nul", "control", "50 MB", "10,001 symbols"],
)
def test_a_line_that_cannot_be_learned_is_named_and_the_rest_is_learned(names: Run, line: bytes, reason: str) -> None:
    done = names("ingest", "names", "-", input=b"ann\n" + line + b"\nanna\n")
    assert done.code == 3
    assert done.err.startswith("plasticdb: rejected: -:2: ")
    assert reason in done.err
    assert done.err.count("\n") == 1
    found = json.loads(done.out)
    assert (found["learned"], found["rejected"]) == (2, 1)
    assert samples(names) == 4


def test_bad_json_lines(names: Run) -> None:
    done = names("ingest", "names", "-", "--input", "jsonl", input=b'"ann"\n{"text": \n{"name": "x"}\n')
    assert done.code == 3
    assert [line.split(": ")[2] for line in done.err.splitlines()] == ["-:2", "-:3"]
    assert json.loads(done.out)["learned"] == 1


# Memories


def test_an_unknown_memory_names_those_that_exist(names: Run) -> None:
    for words in (
        ["predict", "x", "em"],
        ["stats", "x"],
        ["unlearn", "x", "--sample", "a"],
        ["verify", "x"],
        ["drop", "x", "--yes"],
    ):
        assert "there is no memory 'x'; the memories are: names" in names(*words).error(1)


def test_a_database_that_is_not_there_is_not_made_by_asking(run: Run, tmp_path: Path) -> None:
    assert "there is no database none.db; begin with `plasticdb ingest" in run("--db", "none.db", "stats", "m").error(1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", [["--tokenizer", "words"], ["--depth", "3"], ["--max-symbols", "7"]])
def test_other_options_than_the_memorys_own(names: Run, option: list[str]) -> None:
    assert "'names' was made with" in names("ingest", "names", "-", *option, input=b"ann\n").error(1)
    assert samples(names) == 2


def test_unlearning_what_was_never_learned(names: Run) -> None:
    assert "never learned, or not as often: 'zoe'; nothing was changed" in names(
        "unlearn", "names", "-", input=b"emma\nzoe\n"
    ).error(1)
    assert "a source 'x'; the sources are: names.txt" in names("unlearn", "names", "--source", "x").error(1)
    assert "say which samples" in names("unlearn", "names").error(1)
    assert samples(names) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30", "'30' has no unit; write 30d for days, or h (hours), m (minutes), s (seconds)"),
        ("1e3", "'1e3' is not a time; write 30d, 12h"),
        ("3x", "'3x' is not a time; the units are s (seconds), m (minutes), h (hours), d (days), w (weeks), y (years)"),
        ("5mo", "'5mo' is not a time; the units are"),
        ("soon", "'soon' is not a time; write 30d, 12h"),
        ("", "'' is not a time; write 30d"),
        ("1.2.3d", "is not a time; write 30d"),
        ("1e999d", "is not a time; write 30d"),
        ("inf", "is not a time; write 30d"),
        ("nan", "is not a time; write 30d"),
        ("-1d", "a half-life must be above zero, not '-1d'"),
        ("0.0d", "a half-life must be above zero, not '0.0d'"),
    ],
)
def test_a_half_life_that_is_no_time(run: Run, text: str, said: str) -> None:
    """The memory isn't even looked for."""
    assert said in run("decay", "names", f"--half-life={text}").error(2)


def test_a_half_life_beyond_all_measure(names: Run) -> None:
    said = names("decay", "names", f"--half-life={'9' * 40}y").error(1)
    assert "a half-life must be a timedelta or a number of seconds, from 1e-06 to 1e+18" in said
    assert samples(names) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prdict"], "No such command 'prdict'. Did you mean 'predict'?"),
        (["lern"], "No such command 'lern'. Did you mean 'ingest'?"),
        (["recall"], "No such command 'recall'. Did you mean 'engram recall'?"),
        (["xyzzy"], "No such command 'xyzzy'. (see plasticdb --help)"),
        (["engram", "remembr"], "No such command 'remembr'. Did you mean 'remember'?"),
        (["ingest", "m", "--fast"], "No such option '--fast'"),
        (["ingest", "m", "--sorce", "x"], "No such option '--sorce'. Did you mean '--source'?"),
        (["predict"], "Missing argument 'MEMORY'"),
    ],
)
def test_an_unknown_verb_or_option(run: Run, words: list[str], said: str) -> None:
    assert said in run(*words).error(2)


def test_a_mistyped_name_gets_the_one_that_was_meant(names: Run, tmp_path: Path) -> None:
    assert "no memory 'nmaes' (did you mean 'names'?); the memories are: names" in names("stats", "nmaes").error(1)
    assert "no memory 'nmaes' (did you mean 'names'?)" in names("export", "nmaes").error(1)
    said = names("unlearn", "names", "--source", "name.txt").error(1)
    assert "a source 'name.txt' (did you mean 'names.txt'?); the sources are: names.txt" in said
    (tmp_path / "plasticdb.toml").write_text("timeuot = 3\n")
    assert "Unknown setting 'timeuot' in plasticdb.toml (did you mean 'timeout'?)" in names("memories").error(1)


# Passwords


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


# Databases


def test_a_file_that_is_no_database(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is a text, and long enough to be looked at as a database file " * 20)
    before = (tmp_path / "text.db").read_bytes()
    for words in (["stats", "m"], ["ingest", "m", "-"]):
        assert "text.db is no database; give another file" in run("--db", "text.db", *words, input=b"a\n").error(1)
    assert (tmp_path / "text.db").read_bytes() == before


def test_no_address_of_a_database(run: Run) -> None:
    assert "no database is named" in run("--db", "", "stats", "m").error(1)
    assert "is no database URL" in run("--db", "://x", "stats", "m").error(1)
    assert "a mysql database cannot be used" in run("--db", "mysql://u:secret@h/d", "stats", "m").error(1)
    assert "the folder" in run("--db", "no/such/folder/m.db", "ingest", "m", "-", input=b"a\n").error(1)


def test_a_read_only_file_can_be_asked_and_not_taught(names: Run, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "plasticdb.db") as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    (tmp_path / "plasticdb.db").chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        asked = names("predict", "names", "em", preexec_fn=as_ordinary)
        taught = names("ingest", "names", "-", input=b"zoe\n", preexec_fn=as_ordinary)
    finally:
        tmp_path.chmod(0o755)
        (tmp_path / "plasticdb.db").chmod(0o644)
    assert asked.code == 0, asked
    assert "is read-only" in taught.error(1) or "cannot be opened" in taught.error(1)
    assert samples(names) == 2


def test_a_full_disk(names: Run, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk's end. With room again, running again completes."""
    many = "".join(f"name{i}\n" for i in range(3000)).encode()
    room = (tmp_path / "plasticdb.db").stat().st_size + 200_000

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    message = names("ingest", "names", "-", "--batch", "500", input=many, preexec_fn=full).error(1)
    assert "is full or failing" in message
    source = re.search("given again with --source '(stdin .*?)' the rest is learned", message)
    assert source is not None
    done = json.loads(names("ingest", "names", "-", "--batch", "500", "--source", source[1], input=many).out)
    assert done["learned"] + done["skipped"] == 3000
    assert samples(names) == 3002


def test_a_locked_database(names: Run, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "plasticdb.db", isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        message = names("--timeout", "0.2", "ingest", "names", "-", input=b"ann\n").error(75)
        connection.execute("ROLLBACK")
    connection.close()
    assert "is locked by another process; try again" in message
    assert samples(names) == 2


def test_a_newer_schema(names: Run, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "plasticdb.db") as connection:
        connection.execute("UPDATE graph_version SET version_num = '9999'")
    connection.close()
    assert "was made by a newer plasticdb (schema 9999); upgrade plasticdb" in names("predict", "names", "em").error(1)


def test_another_journal(names: Run) -> None:
    names("--db", "other.db", "ingest", "names", "-", input=b"ann\n")
    message = names("--journal", "other.db", "predict", "names", "em").error(1)
    assert "was made from the journal" in message
    assert "--journal" in message


def test_settings_that_make_no_sense(run: Run, tmp_path: Path) -> None:
    assert "timeout must be a number of seconds" in run("--timeout", "soon", "memories").error(1)
    (tmp_path / "plasticdb.toml").write_text("db = ")
    assert "plasticdb.toml cannot be used" in run("memories").error(1)


# Neo4j


def test_neo4j_down_loses_nothing(run: Run, neo4j_emptied: Any) -> None:
    away = ["--db", "bolt://127.0.0.1:1", "--journal", "j.db", "--timeout", "0.5"]
    message = run(*away, "ingest", "names", "-", input=b"emma\nemily\n").error(75)
    assert "does not answer" in message
    assert "2 samples were learned into the journal" in message
    assert "run `plasticdb sync`" in message
    assert "does not answer" in run(*away, "predict", "names", "em").error(75)
    back = ["--db", neo4j_emptied.uri, "--journal", "j.db"]
    env = {"NEO4J_USERNAME": neo4j_emptied.username, "NEO4J_PASSWORD": neo4j_emptied.password}
    assert json.loads(run(*back, "sync", env=env).out) == {"memory": "names", "applied": 2}
    assert json.loads(run(*back, "verify", "names", env=env).out)["verified"]
    assert json.loads(
        run(
            *back,
            "query",
            "MATCH (c:Concept {chain: 'prefix', text: $t}) RETURN c.count AS n",
            "--param",
            "t=em",
            env=env,
        ).out
    ) == {"n": 2}
    assert "query is read-only" in run(*back, "query", "CREATE (:X)", env=env).error(1)
    assert "Invalid input" in run(*back, "query", "MATCH (", env=env).error(1)


def test_a_graph_that_comes_back_is_checked_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was down when the database was opened may turn out to be another journal's."""
    with PlasticDB.open(tmp_path / "graph.db", tmp_path / "one.db") as db:
        db.sequence("m").learn("emma")
    with PlasticDB.open(tmp_path / "graph.db", tmp_path / "two.db") as db:
        with monkeypatch.context() as down:

            def away(journal: str, patient: bool) -> None:
                raise Unavailable("down")

            down.setattr(db._store, "check", away)
            memory = db.sequence("m")
        with pytest.raises(WrongJournal):
            memory.learn("zoe")
        with pytest.raises(WrongJournal):
            memory.predict("e")


def test_wrong_credentials_for_neo4j(run: Run, neo4j_server: Any) -> None:
    done = run(
        "--db", neo4j_server.uri, "--journal", "j.db", "ingest", "names", "-",
        env={"NEO4J_USERNAME": "nobody", "NEO4J_PASSWORD": "a-wrong-word"},
    )  # fmt: skip
    assert "refused the user name or password; set NEO4J_USERNAME and NEO4J_PASSWORD" in done.error(1)
    assert "a-wrong-word" not in done.out + done.err


def test_a_neo4j_that_was_never_migrated(run: Run, neo4j_emptied: Any) -> None:
    import neo4j

    env = {"NEO4J_USERNAME": neo4j_emptied.username, "NEO4J_PASSWORD": neo4j_emptied.password}
    where = ["--db", neo4j_emptied.uri, "--journal", "j.db"]
    auth = (neo4j_emptied.username, neo4j_emptied.password)
    with neo4j.GraphDatabase.driver(neo4j_emptied.uri, auth=auth, notifications_min_severity="OFF") as driver:
        driver.execute_query("MATCH (m:Migration) DELETE m", database_="neo4j")
    assert "run `plasticdb migrate up`" in run(*where, "ingest", "names", "-", input=b"a\n", env=env).error(4)
    assert run(*where, "migrate", "up", env=env).code == 0
    assert run(*where, "ingest", "names", "-", input=b"a\n", env=env).code == 0


# Ends


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


def learned(folder: Path) -> int:
    """How many samples are in the journal: asked of the file itself, which no writer can keep from being read."""
    with (
        suppress(sqlite3.OperationalError),  # not made yet
        closing(sqlite3.connect(f"file:{folder / 'plasticdb.db'}?mode=ro", uri=True)) as file,
    ):
        return sum(position for (position,) in file.execute("SELECT position FROM memory"))
    return 0


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "this never happened"
        time.sleep(0.05)


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


# Standard input and output


def test_no_words_at_all_is_the_help_as_it_is(run: Run) -> None:
    for words in ([], ["engram"], ["migrate"]):
        done = run(*words)
        assert done.code == 2
        assert done.err.startswith(f"Usage: plasticdb {' '.join([*words, '['])}".replace("  ", " "))
        assert len(done.err.splitlines()) > 5


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


def test_names_that_are_no_utf_8(names: Run, tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / odd).write_text("zoe\n")
    assert "a source's name must have a character and be UTF-8" in names("ingest", "names", odd).error(1)
    assert "a memory's name must have 1 to 200 characters" in names("sessions", os.fsdecode(b"\xff")).error(1)
    assert names("ingest", "names", odd, "--source", "cafe").code == 0
    assert samples(names) == 3


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--timeout", "nan", "memories"], 1, "timeout must be a number of seconds from 0 to 1,000,000, not 'nan'"),
        (["--timeout", "-1", "memories"], 1, "timeout must be a number of seconds from 0 to 1,000,000, not '-1'"),
        (["query", "RETURN 1", "--timeout", "nan"], 2, "nan is not a number of seconds above 0"),
        (["query", "RETURN 1", "--limit", "9" * 30], 2, "is not in the range"),
        (["--db", "sqlite:///", "memories"], 1, "sqlite:/// names no file; write sqlite:///FILE"),
        (["complete", "names", "em", "--seed", "-5"], 1, "a seed must be a whole number, 0 or more, not -5"),
    ],
)
def test_numbers_and_addresses_that_are_none(names: Run, words: list[str], code: int, said: str) -> None:
    assert said in names(*words).error(code)


def test_wrong_usage_names_the_help_of_its_verb(run: Run) -> None:
    assert run("predict", "--tp", "3").error(2).endswith("(see plasticdb predict --help)")
    assert run("engram", "recal").error(2).endswith("Did you mean 'recall'? (see plasticdb engram --help)")


def test_the_help_of_a_group_is_whole(run: Run) -> None:
    assert "how likely it is when that fires" in " ".join(run("engram", "--help").out.split())


def test_a_file_in_utf16_is_named_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_text("Gr\u00fc\u00dfe\nStra\u00dfe\n", encoding="utf-16")
    done = run("ingest", "m", "w.txt", "--strip-control")
    assert (done.code, done.err.count("\n")) == (3, 1)
    assert "w.txt:1: the file is UTF-16, none of it was read; convert it (iconv -f utf-16 -t utf-8 FILE)" in done.err


def test_an_export_is_what_its_name_says(names: Run, tmp_path: Path) -> None:
    assert "say --format csv for n.csv, or --format jsonl" in names("export", "names", "--to", "n.csv").error(2)
    assert not (tmp_path / "n.csv").exists()
    assert names("export", "names", "--to", "n.csv", "--format", "jsonl").code == 0


def test_a_time_before_anything_was_learned(names: Run) -> None:
    said = names("predict", "names", "a", "--as-of", "2020-01-01").error(1)
    assert "'names' had learned nothing yet as of '2020-01-01' (position 0 of " in said


def test_a_pipe_of_queries_fails_where_one_of_them_does(names: Run) -> None:
    done = names("shell", input=b"RETURN 1 AS a; RETURN bad; RETURN 2 AS a")
    assert (done.code, done.out) == (1, '{"a": 1}\n{"a": 2}\n')


def test_no_journal_of_its_own(names: Run) -> None:
    done = names("memories", "--journal", "", env={"PLASTICDB_JOURNAL": "other.db"})
    assert done.code == 0, done.err


def test_the_journal_beside_neo4j_is_named_as_that(run: Run) -> None:
    assert "plasticdb-journal.db (the journal, which is a file" in run("--db", "bolt://127.0.0.1:1", "memories").error(
        1
    )
