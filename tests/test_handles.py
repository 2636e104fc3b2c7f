"""A database in several processes: handles are pickled as addresses, and a forked process has connections of its own."""

from __future__ import annotations

import copy
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from plasticdb import BadInput, PlasticDB
from plasticdb.sequence.memory import Taught

from .conftest import Neo4jServer

# What a user would write: a pool of workers that share a memory, started in either way.
WORKERS = """
import multiprocessing, sys
from plasticdb import PlasticDB

def learn(names, word):
    names.learn(word, source=word)
    return names.stats()["position"]

if __name__ == "__main__":
    db = PlasticDB.open("names.db")
    names = db.sequence("names")
    names.learn("emma")
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        done = pool.starmap(learn, [(names, word) for word in ("emily", "ann", "anna", "ines")])
    assert set(done) <= {2, 3, 4, 5}
    assert names.stats()["samples"] == 5
    assert db.memory("names").verify() == []
    names.learn("emil")
    db.close()
"""


def test_the_examples_of_the_docs(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "python.md").read_text()
    said = []
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        (tmp_path / "example.py").write_text(code)
        words = [sys.executable, "-W", "error", "example.py"]
        said += subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.splitlines()
    assert said[0] == re.findall(r"print\(names\) +# (.*)", page)[0]
    assert said[-1] == str([Taught(1)] * 3)


@pytest.mark.parametrize("how", ["spawn", "fork"])
def test_a_pool_of_workers(tmp_path: Path, how: str) -> None:
    (tmp_path / "workers.py").write_text(WORKERS)
    subprocess.run([sys.executable, "-W", "error", "workers.py", how], cwd=tmp_path, check=True, timeout=120)
    with PlasticDB.open(tmp_path / "names.db") as db:
        assert db.memory("names").stats()["samples"] == 6


def elsewhere(code: str, given: object, folder: Path, **environment: str) -> str:
    """Run code in another process and folder, where `given` comes out of a pickle; what it prints."""
    (folder / "elsewhere").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", f"import pickle, sys\ngiven = pickle.load(sys.stdin.buffer)\n{code}"],
        input=pickle.dumps(given),
        capture_output=True,
        cwd=folder / "elsewhere",
        env=os.environ | environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_pickle_is_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It means the same in another folder, and what was asked of a memory is asked there."""
    monkeypatch.chdir(tmp_path)
    with PlasticDB.open("m.db") as db:
        names, notes = db.sequence("names", tokenizer="words", batch=7), db.engrams("notes", dimension=2)
        names.learn("to be")
        notes.remember([[1, 2]], ["p"])
        said = elsewhere("m, e = given\nm.learn('or not'); print(m.batch, m.options.tokenizer, e.recall([1, 2])[0].payload)",
                         (names, notes), tmp_path)  # fmt: skip
        assert said.split() == ["7", "words", "p"]
        assert elsewhere("print([row['memory'] for row in given.memories()])", db, tmp_path) == "['names', 'notes']\n"
        assert names.stats()["samples"] == 2


def test_a_process_has_one_handle_of_an_address(tmp_path: Path) -> None:
    """So a worker opens a database once, however many tasks it is given; copies are such handles too."""
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("s").learn("emma")
        one, other = pickle.loads(pickle.dumps(db)), copy.deepcopy(db)
        assert one is other is not db
        memory = copy.deepcopy(db.sequence("s"))
        assert memory is one.sequence("s")
        assert memory.predict("em") == db.sequence("s").predict("em")
        one.close()
        again = pickle.loads(pickle.dumps(db))
        assert again is not one
        assert again.memory("s").stats()["samples"] == 1
        again.close()


def test_what_cannot_be_opened_elsewhere_says_so(tmp_path: Path) -> None:
    with PlasticDB.open(":memory:") as db, pytest.raises(BadInput, match="a database in memory is its process's own"):
        pickle.dumps(db)
    with (
        PlasticDB.open(tmp_path / "m.db", clock=lambda: 0.0) as db,
        pytest.raises(BadInput, match="a clock of its own"),
    ):
        pickle.dumps(db.sequence("s"))
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("s").learn("emma")
        with db.memory("s").as_of(1) as then, pytest.raises(BadInput, match="'s' as it was cannot be pickled"):
            pickle.dumps(then)
        gone = pickle.dumps(db)
    (tmp_path / "m.db").unlink()
    with pytest.raises(BadInput, match="there is no database"):
        pickle.loads(gone)


def test_postgresql_is_opened_again_without_its_password_in_the_pickle(postgres_emptied: str, tmp_path: Path) -> None:
    url = make_url(postgres_emptied).set(password="s3cret-7").update_query_dict({"sslpassword": "s3cret-7"})
    with PlasticDB.open(url.render_as_string(hide_password=False)) as db:
        db.sequence("s").learn("emma")
        assert b"s3cret-7" not in pickle.dumps(db)
        assert elsewhere("given.learn('emily'); print(given.stats()['samples'])", db.sequence("s"), tmp_path) == "2\n"
        assert in_a_child(lambda: db.sequence("s").learn("ann").learned) == 0
        assert db.memory("s").stats()["samples"] == 3
        assert db.memory("s").verify() == []


def test_neo4j_is_opened_again_with_the_password_of_the_environment(neo4j_emptied: Neo4jServer, tmp_path: Path) -> None:
    server = neo4j_emptied
    with PlasticDB.open(server.uri, tmp_path / "j.db", username=server.username, password=server.password) as db:
        db.sequence("s").learn("emma")
        assert server.password.encode() not in pickle.dumps(db)
        code, memory = "given.learn('emily'); print(given.stats()['samples'])", db.sequence("s")
        assert elsewhere(code, memory, tmp_path, NEO4J_PASSWORD=server.password) == "2\n"
        with pytest.raises(BadInput, match="set NEO4J_PASSWORD"):
            pickle.loads(pickle.dumps(db))
        assert in_a_child(lambda: db.sequence("s").learn("ann").learned) == 0
        assert db.memory("s").stats()["samples"] == 3
        assert db.memory("s").verify() == []


def in_a_child(work: Callable[[], object]) -> int:
    """Do something in a forked process; its exit status."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_goes_on_with_connections_of_its_own(tmp_path: Path) -> None:
    """Whatever the parent was doing: in the middle of a transaction, with a query half read."""
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = db.sequence("s")
        memory.learn_many(["emma", "emily"])
        rows = db.query("MATCH (c:Concept) RETURN c.text AS t")
        next(rows)

        def work() -> None:
            assert memory.learn("ann").learned == 1
            assert memory.predict("an")
            assert len(list(db.query("MATCH (a:Atom) RETURN a.symbol AS s"))) > 5
            db.close()

        assert in_a_child(work) == 0
        assert len(list(rows)) > 3
        memory.learn("anna")
        assert db.memory("s").stats()["samples"] == 4
        assert db.memory("s").verify() == []
        assert len(db.sessions()) == 2
