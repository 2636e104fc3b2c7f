"""The commands that keep notes, as they are used; and what they say when they cannot."""

from __future__ import annotations

import json

import pytest

from .conftest import Run

NOTES = b'{"vector": [1, 0], "payload": {"speaker": "Ann"}, "id": "7"}\n{"vector": [0, 1], "payload": "no object", "id": "b"}\n'


def objects(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def notes(run: Run) -> Run:
    run("engram", "remember", "notes", "-", input=NOTES)
    return run


def test_notes_are_kept(notes: Run) -> None:
    (got,) = objects(notes("engram", "get", "notes", "b").out)
    assert (got["id"], got["payload"], got["level"], got["pinned"]) == (2, "no object", "working", False)
    assert str(got["time"]).endswith("+00:00")
    assert objects(notes("engram", "get", "notes", "7", "--external").out)[0]["id"] == 1
    assert [row["id"] for row in objects(notes("engram", "list", "notes", "--limit", "1").out)] == [1]
    ann = notes(
        "engram", "list", "notes", "--where", '{"speaker": "Ann"}', "--level", "working", "--since", "2020-01-01"
    )
    assert [row["id"] for row in objects(ann.out)] == [1]
    assert objects(notes("engram", "update", "notes", "b", "--payload", '{"speaker": "Bob"}').out) == [{"updated": 2}]
    assert objects(notes("engram", "pin", "notes", "1", "b").out) == [{"pinned": 2}]
    assert objects(notes("engram", "unpin", "notes", "1").out) == [{"unpinned": 1}]
    (receipt,) = objects(notes("engram", "forget", "notes", "--where", '{"speaker": "Bob"}', "--erase").out)
    assert receipt == {
        "asked": {"where": {"speaker": "Bob"}, "erase": True}, "ids": [2], "engrams": 1, "dead": 0, "firings": 0,
        "synapses": 0, "terms": 0, "texts": 2, "copies": 0, "left": 0,
    }  # fmt: skip
    events = [row["event"] for row in objects(notes("engram", "history", "notes", "2").out)]
    assert events == ["born", "updated", "pinned", "forgotten"]
    assert [row["id"] for row in objects(notes("engram", "list", "notes", "--format", "jsonl").out)] == [1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["get", "notes", "7"], "there never was an engram 7 in 'notes'"),
        (["list", "notes", "--where", "Ann"], "'Ann' is not FIELD=VALUE; write it like speaker=Ann"),
        (["list", "notes", "--where", '{"speker": 1}'], "has the field 'speker' (did you mean 'speaker'?)"),
        (["list", "notes", "--since", "2021-01-01", "--until", "2020-01-01"], "is after until '2020-01-01'"),
        (["list", "notes", "--level", "low"], "unknown level 'low'"),
        (["update", "notes", "b"], "give a payload or a text; nothing was updated"),
        (["update", "notes", "b", "--payload", "x"], "'x' is no JSON"),
        (["pin", "notes", "1", "1"], "the id 1 is given twice"),
        (["forget", "notes"], "say which notes: their ids, or where, source, stream"),
        (["forget", "notes", "c"], "there never was an engram 'c' in 'notes', or it was erased; nothing was forgotten"),
    ],
)
def test_what_they_say_when_they_cannot(notes: Run, words: list[str], said: str) -> None:
    assert said in notes("engram", *words).error(2 if "JSON" in said or "FIELD" in said else 1)
