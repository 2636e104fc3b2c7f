"""The group `engram`, as it is used; and what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from .conftest import Run

NOTES = b"we drink green tea\nit rains today\n"


def objects(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def notes(run: Run) -> Run:
    (done,) = objects(run("engram", "remember", "notes", "--text", "--lifespan", "32", "-", input=NOTES).out)
    assert done == {"remembered": 2, "skipped": 0, "ids": [1, 2]}
    assert objects(run("engram", "tick", "notes").out) == [{"tick": 1, "short": 2, "long": 0}]
    return run


def test_a_day(notes: Run) -> None:
    assert objects(notes("engram", "remember", "notes", "--text", input=b"no green tea left\n").out)[0]["ids"] == [4]
    found = objects(notes("engram", "remind", "notes").out)
    assert [(row["id"], row["text"], row["why"]) for row in found] == [
        (1, "we drink green tea", "near"), (2, "it rains today", "near"),
    ]  # fmt: skip
    assert objects(notes("engram", "reward", "notes", "1=2.5", "2=-40").out) == [{"rewarded": 2}]
    assert objects(notes("engram", "tick", "notes").out) == [{"tick": 2, "short": 2, "long": 0}]
    assert [row["event"] for row in objects(notes("engram", "history", "notes", "2").out)] == [
        "born", "fired", "rewarded", "died",
    ]  # fmt: skip
    assert objects(notes("engram", "associations", "notes", "1").out) == [
        {
            "id": 4,
            "payload": None,
            "text": "no green tea left",
            "fired": 1,
            "probability": 1.0,
            "contexts": {},
            "why": None,
        }
    ]
    recalled = objects(notes("engram", "recall", "notes", "green tea", "--text", "-k", "2").out)
    assert {row["id"] for row in recalled} == {1, 4}
    (first, *_) = objects(notes("sessions", "notes").out)
    kinds = [
        "learn",
        "unlearn",
        "update",
        "embed",
        "reembed",
        "remind",
        "reward",
        "live",
        "pin",
        "merge",
        "tick",
        "consolidate",
    ]
    assert list(first)[4:] == kinds
    assert first["learn"] == 2
    (stats,) = objects(notes("engram", "stats", "notes").out)
    assert (stats["tick"], stats["working"], stats["short"], stats["dimension"]) == (2, 0, 2, 256)
    assert objects(notes("verify", "notes").out) == [{"memory": "notes", "verified": True}]
    assert objects(notes("stats", "notes").out) == [stats]
    assert notes("drop", "notes", "--yes").code == 0


def test_texts_in_a_stream_by_an_embedder_that_changes(run: Run) -> None:
    for words in (["--stream", "talk", "--embedder", "ngrams", "--language", "none"], ["--stream", "talk"]):
        run("engram", "remember", "notes", "--text", "-", *words, input=NOTES)
    (made,) = objects(run("engram", "stats", "notes").out)
    assert [made[name] for name in ("embedder", "embedder_version", "language", "lifespan")] == [
        "ngrams",
        "1",
        "none",
        None,
    ]
    rows = run(
        "query", "MATCH (:Engram)-[n:NEXT]->(e:Engram) RETURN n.stream AS stream, e.number AS id ORDER BY id"
    ).out
    assert objects(rows) == [{"stream": "talk", "id": id} for id in (2, 3, 4)]
    done = {"embedder": "ngrams", "version": "1", "dimension": 32}
    assert objects(run("engram", "reembed", "notes", "--embedder", "ngrams", "--dimension", "32").out) == [
        {"embedded": 4} | done
    ]
    assert objects(run("engram", "reembed", "notes", "--embedder", "ngrams", "--dimension", "32").out) == [
        {"embedded": 0} | done
    ]
    found = objects(run("engram", "recall", "notes", "green tea", "--text", "-k", "1").out)
    assert [(row["text"], row["payload"]) for row in found] == [("we drink green tea", None)]
    assert "unknown embedder 'words'" in run("engram", "reembed", "notes", "--embedder", "words").error(1)
    assert objects(run("verify", "notes").out) == [{"memory": "notes", "verified": True}]


def test_what_is_recalled_can_be_narrowed_paged_and_explained(run: Run, tmp_path: Path) -> None:
    said = [("Ann", "we drink green tea"), ("Bob", "green tea again"), ("Ann", "it rains"), ("Cy", "black tea is fine")]
    lines = [{"text": text, "payload": {"speaker": speaker}, "id": f"n{i}"} for i, (speaker, text) in enumerate(said)]
    (tmp_path / "said.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    run("engram", "remember", "notes", "--text", "said.jsonl")
    asked = ("engram", "recall", "notes", "--text", "green tea")

    def ids(*words: str) -> list[object]:
        return [row["id"] for row in objects(run(*asked, *words).out)]

    everything = ids()
    assert set(everything[:2]) == {1, 2}
    assert ids("--where", "speaker=Ann") == [id for id in everything if id in (1, 3)]
    assert ids("--where", '{"speaker": "Bob"}') == [2]
    assert ids("--where", 'speaker=["Cy", "Di"]') == [4]
    assert ids("--offset", "1", "-k", "1") == everything[1:2]
    assert ids("--level", "long-term") == ids("--until", "1970-01-02") == []
    assert ids("--since", "2000-01-01", "--level", "working") == everything
    assert ids("--min-score", "100") == []
    explained = objects(run(*asked, "-k", "1", "--explain").out)
    assert [bool(row["left_out"]) for row in explained] == [False, True]
    assert set(explained[0]["ways"]) <= {"terms", "vector", "time", "cofired"}  # type: ignore[call-overload]
    table = run(*asked, "--format", "table", "-k", "1").out.splitlines()
    assert table[0].split() == ["id", "payload", "text", "level", "why", "score", "ways"]
    for words, code, error in (
        (["--where", "speaker"], 2, "'speaker' is not FIELD=VALUE; write it like speaker=Ann"),
        (["--where", "{oops"], 2, "'{oops' is no JSON object"),
        (["--where", "colour=red"], 1, "colour"),
        (["--since", "2020-01-01", "--until", "2019-01-01"], 1, "since"),
    ):
        assert error in run(*asked, *words).error(code)
    (tmp_path / "bad.jsonl").write_text('{"text": 7}\n')
    assert 'bad.jsonl:1: write {"text": "..."' in run("engram", "remember", "notes", "--text", "bad.jsonl").error(1)


def test_vectors_from_json_lines_and_from_numpy(run: Run, tmp_path: Path) -> None:
    lines = b'{"vector": [1, 2], "payload": {"a": 1}, "id": "x"}\n{"vector": [3, 4.5], "id": 7}\n'
    for expected in ({"remembered": 2, "skipped": 0, "ids": [1, 2]}, {"remembered": 0, "skipped": 2, "ids": [1, 2]}):
        (done,) = objects(run("engram", "remember", "v", "-", "--lifespan", "9", input=lines).out)
        assert done == expected
    np.save(tmp_path / "more.npy", np.array([[5.0, 6.0]]))
    assert objects(run("engram", "remember", "v", "more.npy").out)[0]["remembered"] == 1
    found = objects(run("engram", "recall", "v", "[3, 4]", "-k", "1").out)
    assert [(row["id"], row["distance"], row["lifespan"]) for row in found] == [(2, 0.5, 9.0)]
    assert objects(run("engram", "recall", "v", "-", input=b'{"vector": [5, 6]}').out)[0]["id"] == 3


def test_owners_have_memories_of_their_own(run: Run) -> None:
    for owner in ("ann", "bob"):
        run("engram", "remember", "agent", "--owner", owner, "-", input=b"[1, 2]\n")
    assert [row["memory"] for row in objects(run("memories").out)] == ["agent/ann", "agent/bob"]
    assert objects(run("engram", "stats", "agent", "--owner", "bob").out)[0]["working"] == 1


@pytest.mark.parametrize(
    ("words", "given", "code", "said"),
    [
        (["remember", "notes", "-"], b"[1, 2]\n", 1, "-:1: a vector of 2, not of 256 numbers; nothing was remembered"),
        (["remember", "notes", "-"], b'{"vector": "abc"}\n', 1, '-:1: write {"vector": [...]'),
        (["remember", "new", "-"], b"[1]\n[1, 2]\n", 1, '-:2: write {"vector": [...]'),
        (["remember", "new", "-"], b"[1, 2]\n\n[1, NaN]\n", 1, "-:3: the vector has a value that is not finite"),
        (["remember", "new", "-"], b"[1, 2]\n[1, 1e400]\n", 1, "-:2: the vector has a value that is not finite"),
        (["remember", "new", "-"], b'{"vector": [1], "id": "a"}\n[1]\n', 1, 'give each vector an "id", or none'),
        (["remember", "notes", "-"], b"", 1, "- is empty: there is nothing to remember"),
        (["remember", "notes", "--text", "-"], b"", 1, "- is empty: there is nothing to remember"),
        (["remember", "notes", "--text", "-"], b"\xff\n", 1, "-:1: byte 1 is not UTF-8"),
        (["remember", "notes", "gone.npy"], b"", 1, "gone.npy does not exist"),
        (["remember", "new", "--text", "--embedder", "none", "-"], b"a\n", 1, "unknown embedder 'none'"),
        (["remember", "notes", "--text", "--embedder", "none", "-"], b"a\n", 1, "was made with embedder 'ngrams', not 'none'"),
        (["remember", "notes", "--dimension", "3", "-"], b"[1, 2, 3]\n", 1, "was made with dimension 256, not 3"),
        (["recall", "notes", "tea"], b"", 1, "'tea' is not a JSON list of numbers; a text needs --text"),
        (["recall", "notes", "tea", "--text", "-k", "-1"], b"", 1, "k must be a whole number, 1 or more, not -1"),
        (["reward", "notes", "99=1", "1=1"], b"", 1, "no such engrams are alive in 'notes': 99; nothing was rewarded"),
        (["reward", "notes", "soon"], b"", 2, "'soon' is not ID=TICKS"),
        (["reward", "notes", "1=1", "1=2"], b"", 2, "1 is rewarded twice; add it up"),
        (["tick", "other"], b"", 1, "there is no memory 'other'; the memories are: notes"),
        (["history", "notes", "99"], b"", 1, "there never was an engram 99 in 'notes'"),
    ],
)  # fmt: skip
def test_what_it_says_when_it_cannot(notes: Run, words: list[str], given: bytes, code: int, said: str) -> None:
    before = notes("engram", "stats", "notes").out
    assert said in notes("engram", *words, input=given).error(code)
    assert notes("engram", "stats", "notes").out == before


def test_a_file_that_is_no_array(notes: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.npy").write_bytes(b"\x93NUMPY nonsense")
    assert "bad.npy is not an array as numpy.save writes it" in notes("engram", "remember", "notes", "bad.npy").error(1)
    np.savez(tmp_path / "two.npz", np.ones((1, 256)))
    assert "two.npz must hold one array of [n, dimension]" in notes("engram", "remember", "notes", "two.npz").error(1)
    np.save(tmp_path / "flat.npy", np.arange(3))
    assert "flat.npy must hold one array of [n, dimension]" in notes("engram", "remember", "notes", "flat.npy").error(1)


def test_a_payload_may_be_deep(run: Run) -> None:
    deep = "[" * 800 + "]" * 800
    run("engram", "remember", "m", "-", input=f'{{"vector": [1], "payload": {deep}}}\n'.encode())
    assert deep in run("engram", "recall", "m", "[1]").out.replace(" ", "")


def test_notes_fire_together_in_a_context(notes: Run) -> None:
    assert objects(notes("engram", "fire", "notes", "1", "2", "--context", "trip").out) == [{"fired": 2}]
    found = objects(notes("engram", "associations", "notes", "1", "--context", "trip").out)
    assert [(row["id"], row["fired"], row["contexts"]) for row in found] == [(2, 1, {"trip": 1})]
    assert objects(notes("engram", "associations", "notes", "1", "--context", "home").out) == []
    came = objects(
        notes("engram", "recall", "notes", "--text", "green tea", "--context", "trip", "--weights", "time 0").out
    )
    assert [row["why"] for row in came][:2] == ["terms", "cofired"]
