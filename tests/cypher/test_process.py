"""The process that Ladybug runs in: what it cannot bear ends it, and nothing else; and it outlives nobody."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plasticdb import BadInput, PlasticDB, PlasticDBError, StoreError, Unavailable
from plasticdb.cypher.asking import Cypher
from plasticdb.cypher.process import Child

COUNT = "MATCH (c:Concept {chain: 'prefix', text: ''}) RETURN c.count AS samples"
ENDLESS = (
    "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b UNWIND range(1, 1000) AS c RETURN sum(a * b * c) AS s"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many(["emma", "emily"])
        list(db.query("RETURN 1"))
    return tmp_path / "m.db"


def idle(db: PlasticDB) -> list[Child]:
    cypher: Cypher = db._store.beside  # type: ignore[attr-defined]
    return cypher._idle


def there(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def gone(pid: int) -> bool:
    end = time.monotonic() + 20
    while there(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not there(pid)


# What is too much


def nested(function: str, times: int, inner: str, rest: str = "") -> str:
    return f"RETURN {(function + '(') * times}{inner}{(rest + ')') * times} AS x"


MUCH = {
    "a long range": "UNWIND range(1, 100000000000) AS x RETURN count(x)",
    "a long list": "RETURN size(range(1, 2000000000))",
    "a long row": "RETURN range(1, 20000000) AS x",
    "a text that grows": nested("replace", 12, "'a'", ", 'a', 'aaaaaaaaaa'"),
    "a text that doubles": f"WITH 'a' AS a {' '.join(['WITH a + a AS a'] * 50)} RETURN size(a)",
    "lists of lists": "RETURN size([x IN range(1, 1000000) | range(1, 1000000)])",
    "everything collected": "MATCH (a), (b), (c), (d), (e) RETURN size(collect(a.text + b.text + c.text + d.text))",
    "every walk": "UNWIND range(1, 1000000) AS x MATCH p = (a)-[*]-(b) RETURN count(p)",
    "every pair": ENDLESS,
    "a long text": f"RETURN size('{'a' * 50_000_000}')",
    "many numbers": f"MATCH (c:Concept) WHERE c.count IN [{','.join(map(str, range(200_000)))}] RETURN count(*)",
    "many conditions": f"MATCH (c:Concept) WHERE {' OR '.join(f'c.count = {i}' for i in range(9000))} RETURN count(*)",
    "deep cases": f"RETURN {'CASE WHEN true THEN ' * 100}1{' END' * 100} AS x",
    "deep brackets": nested("", 20_000, "1"),
    "deep functions": nested("tail", 45, "[1]"),
    "slices of slices": f"RETURN [1, 2, 3]{'[0..]' * 60} AS x",
    "many negations": f"RETURN {'NOT ' * 40_000} true AS x",
    "many sums": f"RETURN {'+'.join(['1'] * 20_000)} AS x",
    "many functions": f"RETURN {'+'.join(['toString(1)'] * 5000)} AS x",
    "a long path": f"MATCH (a){'-[:ABSTRACTS]->()' * 500} RETURN 1 AS x LIMIT 1",
    "many columns": f"RETURN {','.join(f'{i} AS a{i}' for i in range(8000))}",
}


def test_time_and_memory_are_bounded_whatever_the_text(file: Path) -> None:
    with PlasticDB.open(file) as db:
        for what, query in MUCH.items():
            assert list(db.query(COUNT)) == [{"samples": 2}], what
            began = time.monotonic()
            with pytest.raises(PlasticDBError, match=r"ask for less|may have|nested more than|too long") as caught:
                print(what, list(db.query(query, timeout=0.5)))
            assert "\n" not in str(caught.value), what
            assert time.monotonic() - began < 10, (
                what
            )  # a long text is bounded before it is read, all else by the timeout


@pytest.mark.parametrize("what", ["a long range", "a long list", "lists of lists"])
def test_memory_is_bounded_without_a_timeout(what: str, file: Path) -> None:
    with PlasticDB.open(file) as db, pytest.raises(StoreError, match="more memory than it may take"):
        list(db.query(MUCH[what]))


def test_nested_functions_are_not_written_out_again_and_again(file: Path) -> None:
    with PlasticDB.open(file) as db:
        assert list(db.query(nested("round", 40, "1.5"), timeout=20)) == [{"x": 2.0}]


def test_the_command_runs_under_a_limit_of_addresses(file: Path) -> None:
    shutil.rmtree(f"{file}.cypher")
    for _ in range(2):  # makes the copy, asks it
        command = [str(Path(sys.executable).with_name("plasticdb")), "--db", str(file), "query", COUNT]
        done = subprocess.run(
            ["sh", "-c", 'ulimit -v 4000000; exec "$@"', "sh", *command], capture_output=True, text=True
        )
        assert (done.returncode, done.stdout) == (0, '{"samples": 2}\n'), done.stderr


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for a few megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(place)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("left", [0, 100_000, 400_000, 1_200_000, 2_000_000])
def test_a_full_disk_while_the_copy_is_made_is_an_error(left: int, small: Path) -> None:
    with PlasticDB.open(small / "m.db") as db:
        db.sequence("m").learn_many([f"{i:x}" for i in range(900)])
        before = db.memory("m").stats()
        with (small / "rest").open("wb", 0) as rest:
            room = os.statvfs(small)
            rest.write(bytes(max(room.f_bavail * room.f_bsize - left, 0)))
        with pytest.raises(StoreError, match=r"cannot be made in .*; make room there, .* the memory is untouched"):
            list(db.query("RETURN 1"))
        (small / "rest").unlink()
        assert db.memory("m").stats() == before
        assert list(db.query("MATCH (m:Memory) RETURN m.samples AS n")) == [{"n": 900}]


# What happens to it


def test_one_process_serves_many_queries_and_what_is_not_read_to_its_end(file: Path) -> None:
    with PlasticDB.open(file) as db:
        list(db.query(COUNT))
        (child,) = idle(db)
        for _ in range(20):
            assert next(iter(db.query("UNWIND range(1, 100000) AS x RETURN x"))) == {"x": 1}
        with pytest.raises(BadInput):
            list(db.query("RETURN nothing"))
        assert idle(db) == [child]
        first, second = db.query("UNWIND range(1, 3000) AS x RETURN x"), db.query("UNWIND range(1, 3000) AS x RETURN x")
        assert [a == b for a, b in zip(first, second, strict=True)] == [True] * 3000
        assert len(idle(db)) == 2
    assert not child.alive


def test_when_it_is_killed_the_query_says_so_and_the_next_has_another(file: Path) -> None:
    with PlasticDB.open(file) as db:
        list(db.query(COUNT))
        (child,) = idle(db)
        os.kill(child._process.pid, signal.SIGKILL)
        assert list(db.query(COUNT)) == [{"samples": 2}]
        (child,) = idle(db)
        killer = threading.Timer(0.5, os.kill, (child._process.pid, signal.SIGKILL))
        killer.start()
        with pytest.raises(StoreError, match=r"too much for the engine, which ended \(SIGKILL\)"):
            list(db.query(ENDLESS))
        assert list(db.query(COUNT)) == [{"samples": 2}]


def test_rows_that_are_not_fetched_in_time_are_given_up(file: Path) -> None:
    with PlasticDB.open(file) as db:
        rows = db.query("UNWIND range(1, 100000) AS x RETURN x", timeout=3)
        next(rows)
        time.sleep(3.2)
        with pytest.raises(Unavailable, match="longer than --timeout"):
            list(rows)
        assert list(db.query(COUNT)) == [{"samples": 2}]


def test_an_interrupt_ends_it(file: Path) -> None:
    with PlasticDB.open(file) as db:
        list(db.query(COUNT))
        (child,) = idle(db)
        main = threading.main_thread().ident or 0
        threading.Timer(0.5, signal.pthread_kill, (main, signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            list(db.query(ENDLESS))
        assert not child.alive
        assert list(db.query(COUNT)) == [{"samples": 2}]


OPEN = """
import sys
from plasticdb import PlasticDB
db = PlasticDB.open(sys.argv[1])
list(db.query("RETURN 1"))
print(db._store.beside._idle[0]._process.pid, flush=True)
"""


@pytest.mark.parametrize(
    "rest", ["sys.exit()", "import os; os._exit(1)", "sys.stdin.read()", f"list(db.query({ENDLESS!r}))"]
)
def test_it_ends_with_the_process_that_asked(rest: str, file: Path) -> None:
    asker = subprocess.Popen(
        [sys.executable, "-c", OPEN + rest, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert asker.stdout is not None
    assert asker.stdin is not None
    pid = int(asker.stdout.readline())
    if "query" in rest or "read" in rest:
        assert there(pid)
        time.sleep(0.3)
        asker.kill()
    assert gone(pid)
    asker.wait()
    asker.stdout.close()
    asker.stdin.close()


WITHOUT_A_GUARD = """
import multiprocessing, sys
from plasticdb import PlasticDB
with PlasticDB.open(sys.argv[1]) as db:
    print([row["samples"] for row in db.query(sys.argv[2])])
multiprocessing.set_start_method("spawn")
"""


def test_a_program_needs_no_main_guard(file: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(WITHOUT_A_GUARD)
    done = subprocess.run([sys.executable, str(program), str(file), COUNT], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[2]\n", "")


def asked(file: Path) -> list[dict[str, Any]]:
    with PlasticDB.open(file) as db:
        return list(db.query(COUNT))


def test_processes_of_a_pool_ask_for_themselves(file: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(asked, [file] * 4) == [[{"samples": 2}]] * 4


FORK = """
import os, sys
from plasticdb import PlasticDB, StoreError
with PlasticDB.open(sys.argv[1]) as db:
    begun = db.query("UNWIND range(1, 100000) AS x RETURN x")
    next(begun)
    assert list(db.query(sys.argv[2])) == [{"samples": 2}]
    if pid := os.fork():
        assert os.waitpid(pid, 0)[1] == 0
        assert len(list(begun)) == 99999
        assert list(db.query(sys.argv[2])) == [{"samples": 2}]
    else:
        assert list(db.query(sys.argv[2])) == [{"samples": 2}]
        try:
            list(begun)
        except StoreError as error:
            assert "before this process was forked" in str(error)
        else:
            os._exit(3)
        sys.stdout.flush()
        os._exit(0)
"""


def test_a_forked_process_has_one_of_its_own(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORK, str(file), COUNT], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_many_threads_ask_and_give_up_at_once(file: Path) -> None:
    found: list[Any] = []

    def ask(how: Callable[[Iterator[dict[str, Any]]], Any]) -> None:
        for _ in range(10):
            found.append(how(db.query(COUNT)))

    with PlasticDB.open(file) as db:
        threads = [threading.Thread(target=ask, args=(how,)) for how in (list, next, list, next, list, next)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(idle(db)) <= 6
    assert found.count([{"samples": 2}]) == found.count({"samples": 2}) == 30
