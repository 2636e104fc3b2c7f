"""What import refuses, before it touches anything: half a file, a damaged one, a foreign one, a newer one, a made-up one."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plasticdb import BadInput, PlasticDB

from ..verbs import Clock
from .conftest import lived

Record = dict[str, Any]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An export of the memory `names`."""
    file, clock = tmp_path_factory.mktemp("export") / "m.jsonl", Clock()
    with PlasticDB.open(":memory:", clock=clock) as db:
        lived(db, clock)
        db.export("names", file)
    return file.read_bytes()


@pytest.fixture
def file(exported: bytes, tmp_path: Path) -> Path:
    (tmp_path / "m.jsonl").write_bytes(exported)
    return tmp_path / "m.jsonl"


def refused(file: Path, folder: Path) -> str:
    """Why an import is refused; nothing was made by it."""
    with PlasticDB.open(folder / "new.db") as new:
        with pytest.raises(BadInput) as error:
            new.import_(file)
        assert new.memories() == []
        assert new.sessions() == []
    assert "\n" not in str(error.value)
    return str(error.value)


def test_any_part_of_a_file(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    for size in [*range(200, len(whole), 397), len(whole) - 1]:
        file.write_bytes(whole[:size])
        assert "is cut off" in refused(file, tmp_path) or size < whole.index(b"\n")


@pytest.mark.parametrize("at", [0.1, 0.3, 0.5, 0.7, 0.9, 0.97])
@pytest.mark.parametrize("bit", [1, 128])
def test_a_changed_byte(file: Path, tmp_path: Path, at: float, bit: int) -> None:
    whole = bytearray(file.read_bytes())
    whole[int(at * len(whole))] ^= bit
    file.write_bytes(whole)
    assert "is damaged" in refused(file, tmp_path)


def test_lines_that_are_missing_doubled_or_in_another_order(file: Path, tmp_path: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    for other in (lines[:5] + lines[6:], lines[:5] + lines[4:], [*lines[:4], lines[5], lines[4], *lines[6:]]):
        file.write_bytes(b"".join(other))
        assert "is damaged" in refused(file, tmp_path)
    file.write_bytes(b"".join(lines) + b"more\n")
    assert "is cut off" in refused(file, tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"emma\nemily\n", b"{}\n", b"[1]\n", b"\xff\xfe\x00", b"[" * 100_000, b'{"record":"end"}\n'],
    ids=["empty", "names", "object", "list", "binary", "deep", "end"],
)  # fmt: skip
def test_a_foreign_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert "is not an export of plasticdb; give a file that `plasticdb export" in refused(tmp_path / "x", tmp_path)


def rewritten(file: Path, change: Callable[[list[Record]], object]) -> None:
    """Change the records of an export and give it the checksum that belongs to them."""
    records = [json.loads(line) for line in file.read_text("utf-8").splitlines()][:-1]
    change(records)
    body = "".join(json.dumps(record) + "\n" for record in records).encode()
    end = {"record": "end", "lines": len(records), "sha256": hashlib.sha256(body).hexdigest()}
    file.write_bytes(body + json.dumps(end).encode() + b"\n")


def test_a_newer_format(file: Path, tmp_path: Path) -> None:
    rewritten(file, lambda records: records[0].update(format=2, version="9.0"))
    assert "was written by a newer plasticdb (9.0, format 2); upgrade" in refused(file, tmp_path)


def test_a_rewritten_file_that_is_right_is_taken(file: Path, tmp_path: Path) -> None:
    rewritten(file, lambda records: None)
    with PlasticDB.open(tmp_path / "new.db") as new:
        new.import_(file)
        assert new.memory("names").verify() == []


EVENT, SOURCE, MEMORY, SESSION = 5, 3, 2, 1
"""Lines of the first learning, of the memory, of its first source and of its session."""


@pytest.mark.parametrize(
    ("line", "values", "reason"),
    [
        (EVENT, {"position": 2}, "event 1 is missing"),
        (EVENT, {"position": "1"}, "'1' is not a whole number"),
        (EVENT, {"session": 7}, "session 7 is missing"),
        (EVENT, {"source": 7}, "is not what an export has there"),
        (EVENT, {"kind": "dream"}, "'dream' is not a kind of event that this version knows"),
        (EVENT, {"time": float("nan")}, "nan is not a number"),
        (EVENT, {"mass": None}, "None is not a number"),
        (EVENT, {"mass": 0}, "0 is not a mass"),
        (EVENT, {"mass": 1e308}, "1e+308 is not a mass"),
        (EVENT, {"time": 1e300}, "1e+300 is not a time"),
        (SOURCE, {"name": ""}, "a source's name must have a character"),
        (EVENT, {"symbols": -1}, "-1 is not a whole number"),
        (EVENT, {"symbols": 1 << 63}, "is not a whole number"),
        (EVENT, {"target": 1}, "a learn has a wrong target"),
        (EVENT, {"ended": 1}, "what ends an event comes later"),
        (EVENT, {"ended": 1000}, "what ends an event comes later"),
        (EVENT, {"payload": "a\x00b"}, "U+0000"),
        (EVENT, {"payload": "\ud800"}, "is not a text"),
        (EVENT, {"payload": ["emma"]}, "is not a text"),
        (EVENT, {"colour": "red"}, "is not what an export has there"),
        (EVENT, {"record": "dream"}, "'dream' is nothing that this version knows"),
        (EVENT, {"record": "plasticdb"}, "an export begins with its head, once"),
        (MEMORY, {"position": 22}, "'names' ends at event 23"),
        (MEMORY, {"position": 24}, "'names' ends at event 23"),
        (MEMORY, {"erased": 24}, "what was erased is in the journal"),
        (MEMORY, {"kind": "dream"}, "a memory of kind 'dream', which this version of plasticdb does not know; upgrade"),
        (MEMORY, {"options": {"depth": 99}}, "depth must be 1 to 64"),
        (MEMORY, {"options": {"views": "skips 3"}}, "there is no view 'skips 3'"),
        (MEMORY, {"options": {"views": "suffix 99", "depth": 99}}, "depth must be 1 to 64"),
        (MEMORY, {"options": {"views": "suffix 3"}}, "depth 5 does not go with the views 'suffix 3'"),
        (MEMORY, {"options": {"views": 3}}, "views must be a text, not 3"),
        (MEMORY, {"options": {"views": ["suffix 3"]}}, "views must be a text, not a list"),
        (MEMORY, {"options": {"tokenizer": "words", "unicode": "99.0"}}, "which this plasticdb does not have; upgrade it"),
        (MEMORY, {"options": {"max_symbols": 3}}, "a sample has 4 symbols, and the memory takes 3"),
        (EVENT, {"content": 1}, "an event has no content of its own"),
        (MEMORY, {"options": {"colour": 1}}, "the memory was made with colour, by a newer plasticdb; upgrade this one"),
        (MEMORY, {"name": " "}, "a memory's name must have 1 to 200 characters"),
        (SESSION, {"started": "today"}, "'today' is not a number"),
        (SESSION, {"id": None}, "None is not a whole number"),
    ],
)  # fmt: skip
def test_a_file_that_was_made_up(file: Path, tmp_path: Path, line: int, values: Record, reason: str) -> None:
    rewritten(file, lambda records: records[line].update(values))
    assert reason in refused(file, tmp_path)


def events(change: Callable[[dict[int, Record]], object]) -> Callable[[list[Record]], object]:
    """A change of events by their positions."""
    return lambda records: change({r["position"]: r for r in records if r["record"] == "event"})


def skipping(records: list[Record], target: int, **more: Any) -> None:
    """Add an event that skips another."""
    last = dict(records[-1])
    for name in ("source", "external_id", "payload", "mass"):
        last.pop(name, None)
    records.append(last | {"kind": "skip", "position": last["position"] + 1, "target": target, "symbols": 1} | more)
    records[MEMORY]["position"] += 1


# Of what `lived` does: 3 (emil) is ended by 20, 13 reinforces 1, 14 weakens, 16 decays, 17 and 18 unlearn 3 and 6.
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (events(lambda e: e[1].update(ended=17)), "event 1 is ended by an event that does not take it back"),
        (events(lambda e: e[1].update(ended=16)), "event 1 is ended by an event that does not take it back"),
        (events(lambda e: e[1].update(ended=0)), "event 1 is left out, and nothing says that it was skipped"),
        (events(lambda e: e[13].update(ended=17)), "event 13 is ended by an event that does not take it back"),
        (events(lambda e: e[17].update(target=1)), "event 3 is ended by an event that does not take it back"),
        (events(lambda e: e[17].update(target=13)), "is about an event that learned nothing"),
        (events(lambda e: e[3].pop("ended")), "event 17 takes back a sample that it does not end"),
        (events(lambda e: e[13].update(target=17)), "line 18: a target comes earlier"),
        (events(lambda e: e[13].update(target=16)), "a target comes earlier"),
        (events(lambda e: e[2].pop("payload")), "event 2 has no text, and nothing erased it"),
        (events(lambda e: e[6].update(payload="noah")), "event 18 erased a text that is there"),
        (events(lambda e: e[1].update(mass=2.0)), "2.0 is not a mass of a learn"),
        (events(lambda e: e[13].update(mass=-2.5)), "-2.5 is not a mass of a reinforce"),
        (events(lambda e: e[17].update(mass=1.0)), "a unlearn has no mass"),
        (events(lambda e: e[13].update(payload="erase")), "'erase' is not a payload of reinforce"),
        (events(lambda e: e[13].update(external_id="x")), "a reinforce has no source and no id"),
        (events(lambda e: e[1].update(symbols=0)), "0 is not a number of symbols"),
        (events(lambda e: e[1].update(external_id="1")), "event 2 has an id that another living sample of its source has"),
        (events(lambda e: [e[i].update(external_id="x") for i in (9, 10)]), "event 10 has an id that another living"),
        (events(lambda e: e[19].update(external_id="0")), "event 19 has an id that another living sample of its source"),
        (lambda records: records[MEMORY].update(erased=16), "event 16 is to be an erasure, and is none"),
        (lambda records: records[SOURCE].update(name=records[SOURCE + 1]["name"]), "a source comes once"),
        (lambda records: records.insert(SESSION, records[SESSION]), "a session comes once"),
        (lambda records: skipping(records, 1), "event 24 skips what counts all the same"),
        (lambda records: skipping(records, 24), "a target comes earlier"),
        (lambda records: skipping(records, 1, payload="x"), "a skip has a target and nothing else"),
        (lambda records: (records[EVENT].update(ended=0), skipping(records, 1)), "event 13 is about a sample that was skipped"),
    ],
)  # fmt: skip
def test_events_that_do_not_agree(
    file: Path, tmp_path: Path, change: Callable[[list[Record]], object], reason: str
) -> None:
    """Each could stand in a journal, but not beside the others."""
    rewritten(file, change)
    assert reason in refused(file, tmp_path)


def test_a_skip_that_agrees_is_taken(file: Path, tmp_path: Path) -> None:
    def skip(records: list[Record]) -> None:
        for position in (1, 13):
            records[EVENT + position - 1].update(ended=0)
        skipping(records, 1)

    rewritten(file, skip)
    with PlasticDB.open(tmp_path / "new.db") as new:
        new.import_(file)
        assert new.memory("names").verify() == []
        assert new.memory("names").stats()["samples"] == 11


def test_a_file_without_a_memory(file: Path, tmp_path: Path) -> None:
    rewritten(file, lambda records: records.__delitem__(slice(1, None)))
    assert "holds no memory; there is nothing to import" in refused(file, tmp_path)


def test_a_memory_twice(file: Path, tmp_path: Path) -> None:
    rewritten(file, lambda records: records.extend(records[MEMORY:]))
    assert "a memory comes once" in refused(file, tmp_path)


@pytest.mark.parametrize("name", ["names.db", "names.db-wal", "names.db-shm"])
def test_the_database_itself_is_left_closed(db: PlasticDB, tmp_path: Path, name: str) -> None:
    """To close it would drop the locks that keep another process from deleting the log."""
    verbs: list[Callable[[Path], object]] = [db.import_, lambda file: db.export("names", file)]
    for verb in verbs:
        with pytest.raises(BadInput, match="is the database that is open; give another file"):
            verb(tmp_path / name)
    looked = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM memory').connection.close()"
    subprocess.run([sys.executable, "-c", looked, tmp_path / "names.db"], check=True)
    assert (tmp_path / "names.db-wal").exists()
