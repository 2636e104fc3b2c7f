"""Whatever is given for any argument of any public method: it works, or a PlasticDBError says why not."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plasticdb import BadInput, BadMemory, PlasticDB, PlasticDBError
from plasticdb.checks import shown
from plasticdb.continual.memory import ContinualClassifier
from plasticdb.engram.memory import EngramMemory
from plasticdb.sequence.memory import SequenceMemory
from plasticdb.transform.memory import TransformMemory

from .conftest import Neo4jServer
from .verbs import past


class Spiteful:
    """Fails at whatever is done with it."""

    def _fails(self, *_: object) -> Any:
        raise ZeroDivisionError

    __index__ = __float__ = __len__ = __bool__ = __eq__ = __hash__ = __repr__ = _fails  # type: ignore[assignment]


DEEP: Any = []
for _ in range(100_000):
    DEEP = [DEEP]
HOSTILE: list[Any] = [
    *(None, True, -1, 0, 2.5, float("nan"), float("-inf"), 10**30, 1j, datetime(2020, 1, 1), Path("no/such")),
    *("", " ", "x", "a\x00b", "\ud800", "x\n", "😀" * 1000, "4" * 5000, b"x", b"\xff"),
    *([], ["x"], [None], [float("nan")], ["a\x00b"], [["x"], 3], [DEEP], (), {}, {"a": 1}, {1: "\ud800"}, {"a": {2: 10**30}}),
    *(np.int64(-1), np.float32("nan"), np.bool_(True), np.str_("x"), np.array([1, 2]), np.array(3), np.array(["x", "y"])),
    *(object(), Spiteful(), [Spiteful()], lambda *_: False, range(2), iter("x")),
]  # fmt: skip

KINDS: dict[str, Any] = {
    "s": SequenceMemory,
    "w": SequenceMemory,
    "e": EngramMemory,
    "texts": EngramMemory,
    "t": TransformMemory,
    "c": ContinualClassifier,
    "db": PlasticDB,
}
USUAL: dict[str, tuple[str, dict[str, Any]]] = {
    "learn": ("s", {"sample": "emil"}),
    "learn_many": ("s", {"samples": ["emil"], "ids": ["1"], "source": "t"}),
    "learn_many of symbols": ("w", {"samples": [["to", "be"]]}),
    "reinforce": ("s", {"samples": "emma", "source": "s"}),
    "weaken": ("s", {"samples": "emma"}),
    "unlearn": ("s", {"samples": "never", "source": "s"}),
    "unlearn of symbols": ("w", {"samples": [["never"]]}),
    "decay": ("s", {"half_life": 1e9}),
    "collapse": ("s", {"max_contexts": 99}),
    "consolidate": ("s", {"samples": 1}),
    "predict": ("s", {"prompt": "em"}),
    "predict of symbols": ("w", {"prompt": ["be"]}),
    "complete": ("s", {"prompt": "em"}),
    "score": ("s", {"samples": ["em"]}),
    "surprise": ("s", {"samples": ["em"]}),
    "features": ("s", {"samples": ["em"], "min_count": 1}),
    "explain": ("s", {"prompt": "em"}),
    "concepts": ("s", {"prefix": "em"}),
    "tree": ("s", {"prefix": "em"}),
    "sync": ("s", {}),
    "rebuild": ("s", {}),
    "remember": ("e", {"given": [[1.0, 2.0]], "payloads": ["p"], "external_ids": ["i"]}),
    "reward": ("e", {"deltas": {1: 1.0}}),
    "step": ("e", {"given": [[1.0, 2.0]], "payloads": ["p"], "policy": lambda found: {}}),
    "recall": ("e", {"query": [1.0, 2.0]}),
    "remember of texts": ("texts", {"given": ["a text"], "payloads": [{"a": 1}], "external_ids": ["i"]}),
    "step of texts": ("texts", {"given": ["a text"], "payloads": ["p"], "policy": lambda found: {}}),
    "recall of texts": ("texts", {"query": "text"}),
    "update of texts": ("texts", {"id": 1, "text": "another"}),
    "reembed": ("texts", {"embedder": "ngrams", "dimension": 8}),
    "get": ("e", {"id": 1}),
    "list": ("e", {"limit": 5}),
    "update": ("e", {"id": 1, "payload": "p"}),
    "pin": ("e", {"ids": [1]}),
    "unpin": ("e", {"ids": [1]}),
    "forget": ("e", {"ids": [99]}),
    "associations of symbols": ("s", {"sample": "em"}),
    "associations": ("e", {"id": 1}),
    "history": ("e", {"id": 1}),
    "sync of engrams": ("e", {}),
    "rebuild of engrams": ("e", {}),
    "write": ("t", {"keys": [[1.0, 2.0]], "values": [[3.0]]}),
    "read": ("t", {"query": [1.0, 2.0]}),
    "read_many": ("t", {"queries": [[1.0, 2.0]]}),
    "consolidate of pairs": ("t", {}),
    "recall_forward": ("t", {"key": [1.0, 2.0]}),
    "recall_backward": ("t", {"key": [1.0, 2.0]}),
    "use": ("t", {"slots": [1]}),
    "chain": ("t", {"query": [1.0, 2.0]}),
    "merge": ("t", {"steps": ["whole"]}),
    "get of slots": ("t", {"id": 1}),
    "list of slots": ("t", {}),
    "forget of pairs": ("t", {"ids": [99]}),
    "unlearn of pairs": ("t", {"source": "nobody"}),
    "transforms": ("db", {"name": "t"}),
    "learn_one": ("c", {"sample": [1.0, 2.0], "label": "tea", "external_id": "i", "source": "t"}),
    "learn_many of labels": ("c", {"samples": [[1.0, 2.0]], "labels": ["tea"], "external_ids": ["i"]}),
    "ingest of labels": ("c", {"files": ["there.csv"]}),
    "predict of labels": ("c", {"sample": [1.0, 2.0]}),
    "predict_one": ("c", {"sample": [1.0, 2.0]}),
    "predict_many": ("c", {"samples": [[1.0, 2.0]]}),
    "predict_proba_one": ("c", {"sample": [1.0, 2.0]}),
    "predict_proba_many": ("c", {"samples": [[1.0, 2.0]]}),
    "explain of labels": ("c", {"sample": [1.0, 2.0]}),
    "neurons": ("c", {}),
    "neuron": ("c", {"number": 0}),
    "labels": ("c", {}),
    "forget of labels": ("c", {"label": "never"}),
    "unlearn of labels": ("c", {"source": "nobody"}),
    "classifier": ("db", {"name": "c"}),
    "sequence": ("db", {"name": "s"}),
    "engrams": ("db", {"name": "e"}),
    "engrams of texts": ("db", {"name": "new", "embedder": "ngrams"}),
    "memory": ("db", {"name": "s"}),
    "memory of a kind": ("db", {"name": "e", "kind": "engram", "dimension": 2, "lifespan": 32.0}),
    "as_of": ("s", {"when": 1}),
    "as_of of engrams": ("e", {"when": 1}),
    "ingest": ("s", {"files": ["there.txt"]}),
    "diff": ("s", {"since": 1, "until": 2}),
    "sources": ("s", {}),
    "sources of engrams": ("e", {}),
    "stats": ("s", {}),
    "sessions": ("s", {}),
    "sessions of the database": ("db", {}),
    "query": ("db", {}),
    "sync of the database": ("db", {}),
    "verify": ("s", {}),
    "export": ("db", {"memory": "s", "to": "out.jsonl"}),
    "import_": ("db", {"file": "made.jsonl", "merge": True}),
    "copy": ("db", {"memory": "s"}),
    "skip": ("s", {"position": 99}),
    "backup": ("db", {"file": "copy.db", "replace": True}),
    "drop": ("db", {"memory": "no such"}),
}
"""What each method is called with, but for the one argument in question."""
TOO_MUCH = {("complete", "n"), ("ingest", "follow")}
"""What would take for ever, and rightly so: it is given no huge number, and no function that never says that it is to end."""


@pytest.fixture(scope="module")
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        fill(db)
        yield db
        assert [line for row in db.memories() for line in db.memory(row["memory"]).verify()] == []


def fill(db: PlasticDB) -> None:
    db.sequence("s", max_symbols=100, shortcuts=32).learn_many(["emma", "emily"], source="s")
    db.sequence("w", tokenizer="symbols").learn_many([["to", "be"]])
    db.engrams("e", dimension=2).step([[1, 2], [2, 1]])
    db.engrams("texts", embedder="ngrams", dimension=8).remember(["a text", "two"])
    db.transforms("t", 2, 1).write([[1, 2], [2, 1]], [[3], [4]], "here")
    db.transforms("whole", 2, 1).write([[1, 2], [2, 1]], [[3], [4]])
    db.classifier("c").learn_many([[1, 2], [2, 1], [9, 9]], ["tea", "tea", "rain"])


def positions(db: PlasticDB) -> dict[str, int]:
    return {row["memory"]: row["position"] for row in db.memories()}


def call(db: PlasticDB, verb: str, **changed: Any) -> Any:
    """Call a method, and take whatever it gives to its end."""
    whose, usual = USUAL[verb]
    method = getattr(
        db if whose == "db" else db.sequence(whose) if whose in ("s", "w") else db.memory(whose), verb.split()[0]
    )
    given = ("RETURN 1 AS x",) if verb == "query" else ()
    found = method(*given, **(({"to": PlasticDB.open(":memory:")} if verb == "copy" else {}) | usual | changed))
    if hasattr(found, "__enter__"):
        with found as then:
            return then.stats()
    return list(found) if isinstance(found, Iterator) else found


def arguments(verb: str) -> list[str]:
    """All arguments of a method, those that it hands on included."""
    whose, usual = USUAL[verb]
    named = [*inspect.signature(getattr(KINDS[whose], verb.split()[0])).parameters.values()][1:]
    own = [p.name for p in named if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL, p.POSITIONAL_ONLY)]
    return list(dict.fromkeys([*own, *usual]))


def refused(db: PlasticDB, verb: str, argument: str, value: Any) -> Exception | None:
    try:
        call(db, verb, **{argument: value})
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize(("verb", "argument"), [(verb, argument) for verb in USUAL for argument in arguments(verb)])
def test_any_argument(db: PlasticDB, verb: str, argument: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.txt").write_text("emil\n")
    Path("there.csv").write_text("1,2,tea\n")
    db.export("s", "made.jsonl")
    after = positions(db)
    for value in HOSTILE:
        if (verb, argument) in TOO_MUCH and (callable(value) or (isinstance(value, int) and value > 1000)):
            continue
        before, error = after, refused(db, verb, argument, value)
        after = positions(db)
        if error is not None:
            assert isinstance(error, PlasticDBError), f"{verb}({argument}={shown(value)})"
            assert "\n" not in str(error)
            assert len(str(error)) < 500
            if verb != "ingest":  # a file with one bad line among others is learned
                assert after == before
    whose = USUAL[verb][0]
    for name in ("s", "w", "e", "texts", "t", "c") if whose == "db" else (whose,):  # all are looked at in the end
        assert db.memory(name).verify() == []


@pytest.mark.parametrize("argument", ["db", "journal", "username", "password", "database", "timeout", "create"])
def test_any_argument_of_open(argument: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for value in HOSTILE:
        options: Any = {"db": "m.db", argument: value}
        with suppress(PlasticDBError), PlasticDB.open(**options) as db:
            db.sequence("s").learn("emma")


def test_any_query_and_parameter(db: PlasticDB) -> None:
    for value in HOSTILE:
        for asked in (value, "RETURN $x AS x"), ("RETURN $x AS x", value), ("RETURN $x AS x", {"x": value}):
            with suppress(PlasticDBError):
                if isinstance(asked[0], str):
                    list(db.query(*asked))


def test_what_is_said(db: PlasticDB, tmp_path: Path) -> None:
    """What was given, where, and what to do."""
    s, e = db.sequence("s"), db.engrams("e")
    for bad, said in [
        (lambda: s.predict("a", top=-1), "top must be a whole number, 0 or more, not -1"),
        (lambda: s.predict("a", top=2.5), "top must be a whole number, 0 or more, not 2.5"),
        (lambda: s.complete("a", n=-1), "n must be a whole number, 0 or more, not -1"),
        (lambda: s.complete("a", seed="x"), "a seed must be a whole number, 0 or more, not 'x'"),
        (lambda: s.complete("a", temperature=float("nan")),
         "temperature must be above 0 (greedy takes the most likely symbol), not nan"),
        (lambda: s.complete("a", greedy="no"), "greedy must be True or False, not 'no'"),
        (lambda: db.sequence("f").ingest("s.txt"), "files must be a list of files, such as ['s.txt'], not one text"),
        (lambda: db.sequence("f").ingest([7]), "file 1 must be a path, not 7"),
        (lambda: s.learn_many(["a", None]),
         "sample 2 of 2: a sample must be a text or a list of symbols, not None; nothing was learned"),
        (lambda: s.learn_many([float("nan")]), "a sample must be a text or a list of symbols, not nan; nothing was learned"),
        (lambda: s.learn_many(["a", "b"], ids=["1", 2]), "id 2 must be a text, not 2"),
        (lambda: s.learn("a", source="a\x00b"),
         "a source's name must have a character and be UTF-8 (no U+0000, 2,000 bytes at most), "
         "not 'a\\x00b'; choose another --source"),
        (lambda: s.learn("a", id="a\x00b"), "id 1 has the character U+0000, which a database does not keep: 'a\\x00b'"),
        (lambda: s.learn("a", id="x" * 3000), f"id 1 must have 1 to 2,000 bytes as UTF-8, not '{'x' * 60}...'"),
        (lambda: e.remember([[1, 2], [2, 1]], ["fine", {1j}]),
         "payload 2 of 2: a payload must be JSON (text, finite numbers, lists, objects), "
         "which this set is not"),
        (lambda: e.step([[1, 2]], policy={1: 2.0}), "policy must be a function, not a dict"),
        (lambda: past(s, 2.5, lambda m: m.stats()), "as of 2.5: give a position, a time such as 2026-11-21T10:00, or session:N"),
        (lambda: db.copy("other.db"), "to must be a PlasticDB that is open, not 'other.db'"),  # type: ignore[arg-type]
    ]:  # fmt: skip
        with pytest.raises(BadInput) as refused:
            bad()
        assert str(refused.value) == said


def test_numbers_and_texts_of_numpy_are_as_good_as_others(db: PlasticDB) -> None:
    s, e = (
        db.sequence(np.str_("s")),
        db.engrams(np.str_("n"), dimension=np.int32(2), lifespan=np.float32(9), seed=np.uint8(3)),
    )
    s.learn_many(np.array(["ines", "ida"]), source=np.str_("np"), ids=np.array(["1", "2"]))
    assert s.predict(np.str_("i"), top=np.int64(1)) == s.predict("i", top=1)
    assert s.complete("i", n=np.int8(2), seed=np.int64(5), temperature=np.float32(1)) == s.complete("i", 2, seed=5)
    assert (
        s.reinforce(np.array(["ines"]), by=np.float32(0.5))
        == s.unlearn(source=np.str_("np"), keep=np.array(["2"]))
        == 1
    )
    ids = np.array(e.remember(np.eye(2), [np.int64(4), {"at": np.float32(0.5), "all": np.arange(2)}]).ids)
    e.remind()
    assert e.reward({ids[0]: np.float32(2), ids[1]: np.int16(1)}) == 2
    assert [one.payload for one in e.recall(np.ones(2), k=np.int64(2))] == [4, {"at": 0.5, "all": [0, 1]}]
    assert [one.id for one in e.associations(ids[0])] == [int(ids[1])]
    assert e.history(ids[0])[0]["payload"] == 4
    ask = "UNWIND $ids AS id MATCH (e:Engram {memory: $m, number: id}) RETURN e.number AS n ORDER BY n"
    assert list(db.query(ask, ids=ids, m=np.str_("n"))) == [{"n": int(id)} for id in ids]
    assert past(db.memory("s"), np.int64(2), lambda m: m.stats())["position"] == 2
    assert db.memory("s").verify() == db.memory("texts").verify() == []


HARD = ["a\x00b", "\ud800", "x" * 3000, "😀" * 400, "a'b\"c\\d", "\u0085", np.str_("n"), None, float("nan"), 7, b"x"]
"""What one database keeps, and another does not."""


def check_store(db: PlasticDB) -> None:
    """The same is taken and refused as on any other store, and what is taken is kept."""
    said: dict[str, list[str]] = {}
    s, e = db.sequence("s", depth=1), db.engrams("e", dimension=2)
    verbs: dict[str, Callable[[Any], object]] = {
        "parameter": lambda value: list(db.query("RETURN $x AS x", x=value)),  # while the graph is small
        "sample": lambda value: s.learn_many(["fine", value]),
        "source": lambda value: s.learn("ann", source=value),
        "id": lambda value: s.learn("ann", source="s", id=value),
        "payload": lambda value: e.remember([[1, 2]], [value]),
        "external id": lambda value: e.remember([[1, 2]], ["p"], [value]),
        "name": lambda value: db.sequence(value).learn("ann"),
    }
    for name, verb in verbs.items():
        for value in HARD:
            before = positions(db)
            try:
                verb(value)
                said.setdefault(name, []).append("taken")
            except (BadInput, BadMemory):
                assert positions(db) == before
                said.setdefault(name, []).append("refused")
    assert said == {
        "sample": "refused refused taken taken taken refused taken refused refused refused refused".split(),
        "source": "refused refused refused taken taken refused taken taken refused refused refused".split(),
        "id": "refused refused refused taken taken taken taken taken refused refused refused".split(),
        "payload": "taken refused taken taken taken taken taken taken refused taken refused".split(),
        "external id": "refused refused refused taken taken taken taken refused refused refused refused".split(),
        "name": "refused refused refused refused taken refused taken refused refused refused refused".split(),
        "parameter": "taken refused taken taken taken taken taken taken refused taken refused".split(),
    }
    assert [db.memory(row["memory"]).verify() for row in db.memories()] == [[]] * len(db.memories())


def test_sqlite_takes_what_others_take() -> None:
    with PlasticDB.open(":memory:") as db:
        check_store(db)


def test_postgresql_takes_what_others_take(postgres_emptied: str) -> None:
    with PlasticDB.open(postgres_emptied) as db:
        check_store(db)


def test_neo4j_takes_what_others_take(neo4j_emptied: Neo4jServer, tmp_path: Path) -> None:
    server = neo4j_emptied
    with PlasticDB.open(server.uri, tmp_path / "j.db", username=server.username, password=server.password) as db:
        check_store(db)
