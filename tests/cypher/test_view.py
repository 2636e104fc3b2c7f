"""The copy that Cypher runs on: made when needed, thrown away at will, never the truth."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from plasticdb import BadInput, PlasticDB, Unavailable
from plasticdb.cypher import copying, view
from plasticdb.cypher.quick import fresh

COUNT = "MATCH (c:Concept {chain: 'prefix', text: ''}) RETURN c.count AS samples"


def samples(db: PlasticDB) -> list[int]:
    return [row["samples"] for row in db.query(COUNT)]


def copies(file: Path) -> list[str]:
    return sorted(path.name for path in Path(f"{file}.cypher").glob("*"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many(["emma", "emily"])
    return tmp_path / "m.db"


def test_a_copy_serves_until_something_is_learned_and_then_makes_place(file: Path) -> None:
    with PlasticDB.open(file) as db, PlasticDB.open(file) as other:
        assert samples(db) == samples(other) == [2]
        first = copies(file)
        assert len(first) == 1
        other.sequence("m").learn("ann")
        assert samples(db) == samples(other) == [3]
        assert len(copies(file)) == 1
        assert copies(file) != first
        db.memory("m").rebuild()  # the same position, made anew
        assert samples(db) == [3]


def test_a_database_without_a_memory_can_be_asked(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        assert list(db.query("MATCH (c:Concept) RETURN c.text")) == []
        assert list(db.query("MATCH (n) RETURN count(n) AS n")) == [{"n": 0}]


def test_what_is_asked_is_what_was_learned_whatever_is_in_it(tmp_path: Path) -> None:
    odd = [
        "a'b",
        'say "hi"',
        "back\\slash",
        "😀",
        ",",
        " lead",
        "`tick`",
        "\ufeff",
        "null",
        "%s",
        "$x",
    ]
    with PlasticDB.open(tmp_path / 'it\'s "odd".db') as db:
        for name in ("it's", 'say "hi"', "`tick`", "😀 ü", "a\\b", "x'); DROP"):
            db.sequence(name, tokenizer="symbols").learn_many([[text] for text in odd])
            found = db.query("MATCH (a:Atom {memory: $m}) RETURN a.symbol AS s", m=name)
            assert sorted(row["s"] for row in found) == sorted([*odd, "␃"])
        texts = {
            row["t"] for row in db.query("MATCH (a:Atom) WHERE a.symbol = $t RETURN a.symbol AS t", t="it's' OR 1=1 //")
        }
        assert texts == set()


def test_a_damaged_copy_is_made_again_without_a_word(file: Path) -> None:
    with PlasticDB.open(file) as db:
        assert samples(db) == [2]
    (copy,) = Path(f"{file}.cypher").iterdir()
    content = bytearray(copy.read_bytes())
    content[len(content) // 2] ^= 1
    for damaged in (bytes(content), content[:100], b"", b"no copy at all"):
        copy.write_bytes(damaged)
        assert fresh(str(file)) is None
        with PlasticDB.open(file) as db:
            assert samples(db) == [2]
        copy = next(Path(f"{file}.cypher").iterdir())


def test_the_quick_way_looks_for_no_kinds_of_memory(file: Path) -> None:
    with PlasticDB.open(file) as db:
        assert samples(db) == [2]
    code = (
        "import sys; from plasticdb.cypher import child, ladybug; from plasticdb.cypher.quick import fresh\n"
        "cypher = fresh(sys.argv[1])\n"
        "assert list(cypher.rows(sys.argv[2], {})) == [{'samples': 2}]; cypher.close()\n"
        "sys.exit(any(name in sys.modules for name in ('plasticdb.kinds', 'importlib.metadata', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(file), COUNT], check=False).returncode == 0


def test_a_copy_of_another_format_is_not_used(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(file) as db:
        assert samples(db) == [2]
        before = copies(file)
    monkeypatch.setattr("plasticdb.cypher.view.FORMAT", 0)
    with PlasticDB.open(file) as db:
        assert samples(db) == [2]
    assert copies(file) != before


def test_where_the_folder_is_read_only_the_copy_goes_to_the_cache(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with PlasticDB.open(file) as db:
        assert samples(db) == [2]
    assert copies(file) == []
    assert len(list((tmp_path / "cache").rglob("*.lbug"))) == 1


NO_ROOM = """
import resource, signal, sys
from plasticdb import PlasticDB, StoreError
with PlasticDB.open(sys.argv[1]) as db:
    before = db.memory("m").stats()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    try:
        list(db.query("RETURN 1"))
    except StoreError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert db.memory("m").stats() == before
    assert list(db.query("RETURN 1 AS x")) == [{"x": 1}]
"""


@pytest.mark.parametrize("room", [0, 1000, 20_000])
def test_without_room_for_the_copy_the_query_fails_and_the_memory_stays(file: Path, room: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_ROOM, str(file), str(room)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be made" in done.stdout
    assert "the memory is untouched" in done.stdout
    assert len(copies(file)) == 1


def test_the_quick_way_gives_the_same_rows_and_nothing_stale(file: Path) -> None:
    assert fresh(str(file)) is None
    with PlasticDB.open(file) as db:
        rows = list(db.query(COUNT))
        copy = fresh(str(file))
        assert copy is not None
        assert list(copy.rows(COUNT, {})) == rows
        copy.close()
        db.sequence("m").learn("ann")
        assert fresh(str(file)) is None
    for nothing in ("nowhere.db", "neo4j://localhost", ":memory:", __file__):
        assert fresh(nothing) is None


ASK = """
import sys
from plasticdb import PlasticDB
seen = []
with PlasticDB.open(sys.argv[1], timeout=60) as db:
    while len(set(seen)) < 5:
        row, = db.query("MATCH (m:Memory) MATCH (c:Concept {chain: 'prefix', text: ''}) "
                        "MATCH (d:Concept {chain: 'suffix', text: ''}) MATCH (a:Atom) "
                        "RETURN m.samples AS m, c.count AS c, m.symbols AS s, d.count AS d, sum(a.count) AS a")
        assert row["m"] == row["c"] and row["s"] == row["d"] == row["a"], row
        seen.append(row["m"])
assert seen == sorted(seen)
"""


def test_two_processes_ask_while_a_third_learns(file: Path) -> None:
    askers = [
        subprocess.Popen([sys.executable, "-c", ASK, str(file)], stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    with PlasticDB.open(file, timeout=60) as db:
        memory, end = db.sequence("m"), time.monotonic() + 60
        while any(asker.poll() is None for asker in askers) and time.monotonic() < end:
            memory.learn(f"name{time.monotonic()}")
            time.sleep(0.02)
    for asker in askers:
        _, said = asker.communicate(timeout=60)
        assert asker.returncode == 0, said
    assert len(copies(file)) == 1


def test_a_graph_in_postgresql_has_its_copy_in_the_cache(
    postgres_emptied: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with PlasticDB.open(postgres_emptied) as db:
        db.sequence("m").learn_many(["emma", "emily"])
        assert samples(db) == [2]
        assert list(db.query("MATCH (:Concept)-[t:TAUGHT_BY]->(s:Source) RETURN sum(t.samples) AS n")) == [{"n": 2}]
        db.sequence("m").learn("ann")
        assert samples(db) == [3]
    assert len(list(tmp_path.rglob("*.lbug"))) == 1


def test_a_query_can_be_given_up(file: Path) -> None:
    endless = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b UNWIND range(1, 1000) AS c RETURN sum(a * b * c) AS s"
    with PlasticDB.open(file) as db:
        assert samples(db) == [2]
        with pytest.raises(Unavailable, match="longer than --timeout"):
            list(db.query(endless, timeout=0.5))
        assert samples(db) == [2]


def test_rows_come_as_they_are_found(file: Path) -> None:
    with PlasticDB.open(file) as db:
        rows = db.query("UNWIND range(1, 3000000) AS x RETURN x")
        assert [next(rows)["x"] for _ in range(3)] == [1, 2, 3]
        rows.close()  # type: ignore[attr-defined]
        assert samples(db) == [2]


def test_rows_go_on_when_a_later_query_takes_a_newer_copy(file: Path) -> None:
    with PlasticDB.open(file) as db:
        rows = db.query("UNWIND range(1, 100000) AS x MATCH (m:Memory) RETURN x, m.samples AS n")
        assert next(rows) == {"x": 1, "n": 2}
        db.sequence("m").learn("ann")
        assert samples(db) == [3]
        rest = list(rows)
        assert len(rest) == 99_999
        assert {row["n"] for row in rest} == {2}


def test_threads_may_ask_at_once(file: Path) -> None:
    with PlasticDB.open(file) as db:
        assert samples(db) == [2]
        found: list[list[int]] = []
        threads = [threading.Thread(target=lambda: found.append(samples(db))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [[2]] * 4


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("MATCH (n:Concep) RETURN n", "there is no label or relationship type Concep"),
        ("MATCH (c:Concept) RETURN c.txt", "c has no property txt"),
        ("MATCH (c:Concept) RETURN d", "there is no variable d here"),
        (
            "MATCH (c:Concept) WHERE c.count = '4' RETURN c",
            r"'4' beside count \(line 1, column 35\).*count is a number",
        ),
        ("MATCH (c:Concept RETURN c", r"'\(' is never closed \(line 1, column 7\)"),
        ("MATCH (c:Concept) RETURNS c", r"line 1, column \d+"),
        (
            "RETURN apoc.text.join(['a'], '')",
            r"the function apoc.text.join\(\) \(line 1, column 8\) may do more than compute",
        ),
        ("RETURN foo(1)", r"the function foo\(\) \(line 1, column 8\) does not run on this store"),
        ("CALL db.labels()", r"CALL \(line 1, column 1\) does not run on this store"),
        ("RETURN [1, 2][5]", "a list has no place 6"),
        ("MATCH (c:Concept) RETURN toInteger(toFloat('1'))", "compute the inner one in a WITH before"),
        ("RETURN 1 AS a, 2 AS a", "two columns are called 'a'; name them with AS"),
        (f"RETURN {'[' * 500}1{']' * 500} AS x", "brackets or CASEs are nested more than 50 deep"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(file: Path, query: str, said: str) -> None:
    with PlasticDB.open(file) as db:
        with pytest.raises(BadInput, match=said) as caught:
            list(db.query(query))
        assert "\n" not in str(caught.value)


def test_the_copy_is_made_in_one_read_transaction(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is learned while it is being made is not in it: not even in part."""
    real, learned = copying._fill, []

    def slowly(*args: object, **rest: object) -> None:
        real(*args, **rest)  # type: ignore[arg-type]
        if not learned:
            learned.append(1)
            with PlasticDB.open(file) as other:
                other.sequence("m").learn("ann")

    monkeypatch.setattr(copying, "_fill", slowly)
    with PlasticDB.open(file) as db:
        row = next(
            iter(
                db.query(
                    "MATCH (m:Memory) MATCH (c:Concept {chain: 'prefix', text: ''}) RETURN m.samples AS m, c.count AS c"
                )
            )
        )
        assert row in ({"m": 2, "c": 2}, {"m": 3, "c": 3})
        assert samples(db) == [3]


def test_what_others_erase_while_a_copy_is_made_is_in_no_copy(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, left = view.checksum, [1]

    def checksum(path: Path) -> str:
        if left:
            left.pop()
            other.sequence("m").unlearn("emily", erase=True)
        return real(path)

    monkeypatch.setattr(copying, "checksum", checksum)
    with PlasticDB.open(file) as db, PlasticDB.open(file) as other:
        assert samples(db) == [1]
        monkeypatch.setattr(copying, "checksum", lambda path: other._store.shred() or real(path))  # type: ignore[func-returns-value]
        db.sequence("m").learn("ann")
        with pytest.raises(Unavailable, match="texts are being erased"):
            samples(db)
    assert [path for path in file.parent.rglob("*") if path.is_file() and b"emily" in path.read_bytes()] == []


def test_a_cache_is_out_of_reach_before_it_is_deleted(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the process is killed then: the next one goes on."""
    real, reached = shutil.rmtree, []

    def killed(*_: object, **__: object) -> None:
        reached.append(Path(f"{file}.cypher").exists())
        raise KeyboardInterrupt

    with PlasticDB.open(file) as db:
        assert samples(db) == [2]
        monkeypatch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            db._store.shred()
        monkeypatch.setattr(shutil, "rmtree", real)
        assert reached == [False]
        db._store.shred()
    assert list(file.parent.rglob("*.lbug")) == []


def test_the_quick_way_makes_a_copy_where_the_one_that_it_found_has_gone(file: Path) -> None:
    with PlasticDB.open(file) as db:
        for change in (lambda: shutil.rmtree(f"{file}.cypher"), lambda: db.sequence("m").learn("ann")):
            rows = list(db.query(COUNT))
            copy = fresh(str(file))
            assert copy is not None
            assert rows == [{"samples": 2}]
            change()
            assert list(copy.rows(COUNT, {})) == list(db.query(COUNT))
            copy.close()
        assert samples(db) == [3]
