"""The group `transform`, as it is used; and what it says when it cannot."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from .conftest import Run

PAIRS = b"""{"key": [0, 0], "value": [1], "id": "a"}
{"key": [1, 0], "value": [3], "id": "b"}
{"key": [0, 1], "value": [0], "id": "c", "payload": {"by": "Ann"}}
"""


def objects(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def arm(run: Run) -> Run:
    (done,) = objects(run("transform", "write", "arm", "-", "--source", "hand", input=PAIRS).out)
    assert done == {"written": 3, "ids": [1, 2, 3]}
    return run


def test_a_day(arm: Run) -> None:
    (found,) = objects(arm("transform", "read", "arm", "[1, 0]").out)
    assert found == {
        "value": [3.0], "mode": "none", "slots": [{"id": 2, "state": "raw", "share": 1.0, "distance": 0.0}],
    }  # fmt: skip
    (done,) = objects(arm("transform", "consolidate", "arm").out)
    assert (done["slots"], done["transforms"], done["raw"], done["absorbed"]) == (1, 1, 0, 3)
    (between,) = objects(arm("transform", "read", "arm", "[0.5, 0.5]").out)
    assert between["value"] == pytest.approx([1.5])
    (stats,) = objects(arm("transform", "stats", "arm").out)
    assert (stats["slots"], stats["archived"], stats["floats"]) == (1, 3, 24)
    assert objects(arm("stats", "arm").out) == [stats]
    (kept,) = objects(arm("transform", "get", "arm", "c").out)
    assert (kept["id"], kept["state"], kept["payload"], kept["key"]) == (3, "archived", {"by": "Ann"}, [0.0, 1.0])
    states = [row["state"] for row in objects(arm("transform", "list", "arm").out)]
    assert states == ["archived", "archived", "archived", "transform"]
    assert objects(arm("transform", "forget", "arm", "c").out)[0]["ids"] == [3]
    assert objects(arm("transform", "unlearn", "arm", "--source", "hand").out) == [{"unlearned": 2}]
    assert objects(arm("transform", "list", "arm").out) == []
    assert objects(arm("verify", "arm").out) == [{"memory": "arm", "verified": True}]
    (then,) = objects(arm("transform", "read", "arm", "[1, 0]", "--as-of", "3").out)
    assert then["value"] == [3.0]


def test_a_table_is_for_people(arm: Run) -> None:
    assert arm("transform", "write", "arm", "-", "--format", "table", input=PAIRS).out.splitlines() == [
        "written  3",
        "ids      4 to 6",
    ]
    assert arm("transform", "read", "arm", "[1, 0.25]", "--format", "table").out.splitlines() == [
        "value  3",
        "mode   none",
        "slots  raw 5 (100%, 0.25 away)",
    ]
    listed = arm("transform", "list", "arm", "--limit", "1", "--format", "table").out.splitlines()
    assert listed[0].split() == ["id", "external_id", "state", "key", "value", "n", "written"]


def test_arrays_in_and_out(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    keys, turn = rng.normal(size=(40, 3)), rng.normal(size=(3, 2))
    np.savez(tmp_path / "first.npz", keys=keys[:20], values=keys[:20] @ turn)
    np.save(tmp_path / "keys.npy", np.asfortranarray(keys[20:], np.float32))
    np.save(tmp_path / "values.npy", keys[20:] @ turn)
    assert objects(run("transform", "write", "m", "first.npz").out)[0]["written"] == 20
    done = run("transform", "write", "m", "--keys", "keys.npy", "--values", "values.npy", "--stream", "s")
    assert objects(done.out)[0]["ids"] == list(range(21, 41))
    run("transform", "consolidate", "m", "--tolerance", "1e-5")
    np.save(tmp_path / "asked.npy", keys[:5])
    told = run("transform", "read", "m", "asked.npy", "--to", "answers.npy").out
    assert objects(told) == [{"values": 5, "file": "answers.npy"}]
    found = np.load(tmp_path / "answers.npy")
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, keys[:5] @ turn, atol=1e-5)
    lines = "".join(f"{json.dumps(key.tolist())}\n" for key in keys[:5]).encode()
    assert [row["value"] for row in objects(run("transform", "read", "m", input=lines).out)] == found.tolist()
    said = run("transform", "read", "m", json.dumps(keys[:5].tolist())).out
    assert [row["value"] for row in objects(said)] == found.tolist()


def test_other_dimensions_of_a_new_memory(run: Run) -> None:
    assert "'new' has keys of 3 numbers" in run(
        "transform", "write", "new", "-", "--key-dimension", "3", input=PAIRS
    ).error(1)
    run("transform", "write", "new", "-", "--half-life", "60", "--capacity", "100", input=PAIRS)
    (stats,) = objects(run("transform", "stats", "new").out)
    assert (stats["half_life"], stats["capacity"]) == (60.0, 100)


@pytest.mark.parametrize(
    ("words", "given", "code", "said"),
    [
        (["write", "arm", "-"], b"", 1, "- is empty: there is nothing to write; nothing was written"),
        (["write", "arm", "-"], b"[1, 2]\n", 1, '-:1: write {"key": [...], "value": [...]'),
        (["write", "arm", "-"], b'{"key": [1, 2]}\n', 1, "-:1: write {"),
        (["write", "arm", "-"], b'{"key": [1, "x"], "value": [1]}\n', 1, "-:1: write {"),
        (["write", "arm", "-"], b'{"key": [true, false], "value": [1]}\n', 1, "-:1: write {"),
        (["write", "arm", "-"], b'{"key": 1, "value": [1]}\n', 1, "-:1: write {"),
        (["write", "arm", "-"], b'{"key": [1, 2], "value": [NaN]}\n', 1, "-:1: the value has a number that is not finite"),
        (["write", "arm", "-"], b'{"key": [1e999, 2], "value": [1]}\n', 1, "-:1: the key has a number that is not finite"),
        (["write", "arm", "-"], PAIRS + b'{"key": [1, 2], "value": [1]}\n', 1, 'give each pair an "id", or none of them'),
        (["write", "arm", "-"], PAIRS + b'{"key": [1], "value": [1], "id": "d"}\n', 1, "-:4: write {"),
        (["write", "arm", "-"], b'{"key": [1, 2, 3], "value": [1]}\n', 1, "'arm' has keys of 2 numbers"),
        (["write", "arm", "-"], b'{"key": [1, 2], "value": [1, 2]}\n', 1, "'arm' has values of 1 numbers"),
        (["write", "arm", "-", "--key-dimension", "3"], PAIRS, 1, "was made with key_dimension 2, not 3"),
        (["write", "arm", "--keys", "k.npy"], b"", 1, "give --keys and --values"),
        (["write", "arm", "gone.npz"], b"", 1, "gone.npz does not exist"),
        (["write", "arm", "-"], b"\xff\n", 1, "-:1: byte 1 is not UTF-8"),
        (["read", "arm", "[1, 2"], b"", 1, "'[1, 2' is not a JSON list of numbers"),
        (["read", "arm", "[1]"], b"", 1, "'arm' has keys of 2 numbers"),
        (["read", "arm", "[]"], b"", 1, "'arm' has keys of 2 numbers"),
        (["read", "arm", "[NaN, 1]"], b"", 1, "not finite"),
        (["read", "arm", "[[1, 2], [3]]"], b"", 1, "queries must be numbers, an array of [m, 2]"),
        (["read", "arm"], b"[1, 2]\n[1]\n", 1, "-:2: write a list of numbers"),
        (["read", "arm"], b"tea\n", 1, "-:1: write a list of numbers"),
        (["read", "arm", "gone.npy"], b"", 1, "gone.npy does not exist"),
        (["read", "arm", "[1, 2]", "--mode", "both"], b"", 1, "unknown mode 'both'; choose one of"),
        (["read", "gone", "[1, 2]"], b"", 1, "there is no memory 'gone'; the memories are: arm"),
        (["consolidate", "arm", "--budget", "0"], b"", 1, "budget must be a whole number, 1 or more, not 0"),
        (["consolidate", "arm", "--tolerance", "-1"], b"", 1, "tolerance"),
        (["consolidate", "arm", "--tolerance", "nan"], b"", 1, "tolerance"),
        (["consolidate", "arm", "--mode", "both"], b"", 1, "unknown mode 'both'; choose one of"),
        (["get", "arm", "99"], b"", 1, "there never was a pair 99 in 'arm'"),
        (["get", "arm", "z"], b"", 1, "there never was a pair 'z' in 'arm'"),
        (["list", "arm", "--state", "old"], b"", 1, "unknown state 'old'; choose one of raw, transform, archived"),
        (["forget", "arm"], b"", 1, "nothing was forgotten"),
        (["forget", "arm", "1", "99"], b"", 1, "there never was a pair 99 in 'arm'; nothing was forgotten"),
        (["unlearn", "arm", "--source", "x"], b"", 1, "a source 'x'"),
    ],
)  # fmt: skip
def test_what_it_says_when_it_cannot(arm: Run, words: list[str], given: bytes, code: int, said: str) -> None:
    before = arm("transform", "stats", "arm").out
    assert said in arm("transform", *words, input=given).error(code)
    assert arm("transform", "stats", "arm").out == before


def lines(*pairs: tuple[list[float], list[float]]) -> bytes:
    return "".join(f"{json.dumps({'key': key, 'value': value})}\n" for key, value in pairs).encode()


def test_equal_keys_with_unlike_values_stay_raw_and_it_is_said(arm: Run) -> None:
    arm("transform", "write", "arm", "-", input=lines(([1, 0], [5]), ([1, 0], [7]), ([1, 0], [6])))
    (done,) = objects(arm("transform", "consolidate", "arm").out)
    assert done["unlike"] == done["raw"] == 4
    assert objects(arm("transform", "read", "arm", "[1, 0]").out)[0]["value"] == [6.0], "the newest"
    assert objects(arm("transform", "read", "arm", "[0, 0]").out)[0]["value"] == pytest.approx([1.0])


def test_keys_that_leave_a_direction_open(run: Run) -> None:
    run("transform", "write", "m", "-", input=lines(*(([x, 2 * x, 0], [3 * x]) for x in (1, 2, 5))))
    (done,) = objects(run("transform", "consolidate", "m", "--mode", "exact").out)
    assert (done["slots"], done["raw"]) == (1, 0)
    (found,) = objects(run("transform", "read", "m", "[4, 8, 100]").out)
    assert found["value"] == pytest.approx([12.0]), "what no key ever said changes nothing"


def test_one_slot(run: Run) -> None:
    run("transform", "write", "m", "-", input=lines(([1, 2], [3])))
    for _ in range(2):
        (done,) = objects(run("transform", "consolidate", "m").out)
        assert done["slots"] == 1
        assert objects(run("transform", "read", "m", "[1, 2]").out)[0]["value"] == [3.0]


def test_a_tolerance_of_nothing(run: Run) -> None:
    """What comes out rounded in any way stays raw."""
    rng = np.random.default_rng(0)
    pairs = [([float(x), float(y)], [float(z)]) for x, y, z in rng.normal(size=(20, 3))]
    run("transform", "write", "m", "-", input=lines(*pairs))
    (done,) = objects(run("transform", "consolidate", "m", "--tolerance", "0").out)
    assert (done["mode"], done["largest"]) == ("exact", 0.0)
    asked = "".join(f"{json.dumps(key)}\n" for key, _ in pairs).encode()
    assert [row["value"] for row in objects(run("transform", "read", "m", input=asked).out)] == [v for _, v in pairs]


def test_a_budget_is_kept_and_says_what_it_costs(run: Run) -> None:
    rng = np.random.default_rng(0)
    pairs = [([float(x), float(y)], [float(z)]) for x, y, z in rng.normal(size=(30, 3))]
    run("transform", "write", "m", "-", input=lines(*pairs))
    (done,) = objects(run("transform", "consolidate", "m", "--budget", "3").out)
    assert done["slots"] <= 3  # type: ignore[operator]
    assert done["largest"] > done["mean"] > 1e-3  # type: ignore[operator]


def test_streams_are_followed_both_ways(run: Run) -> None:
    for stream, far in (("a", 0), ("b", 100)):
        given = lines(*(([far + i, i], [i]) for i in range(4)))
        run("transform", "write", "m", "-", "--stream", stream, input=given)
    run("transform", "consolidate", "m")
    ahead = objects(run("transform", "recall_forward", "m", "[0.8, 1.1]", "--steps", "9").out)
    assert [(row["value"], row["stream"]) for row in ahead] == [([1.0], "a"), ([2.0], "a"), ([3.0], "a")]
    back = objects(run("transform", "recall-backward", "m", "-", "--steps", "1", input=b"[102.2, 2]").out)
    assert [(row["value"], row["stream"]) for row in back] == [([2.0], "b"), ([1.0], "b")]
    (only,) = objects(run("transform", "recall_forward", "m", "[3, 3]", "--stream", "b", "--steps", "0").out)
    assert only["stream"] == "b"
    assert "there is no stream 'c' in 'm'" in run("transform", "recall_forward", "m", "[3, 3]", "--stream", "c").error(
        1
    )
    assert "'tea' is not a JSON list of numbers" in run("transform", "recall_forward", "m", "tea").error(1)
    assert "steps must be a whole number" in run("transform", "recall_forward", "m", "[1, 1]", "--steps", "-1").error(1)


def test_chains_and_what_they_merge_to(run: Run) -> None:
    points = [(x, y) for x in range(3) for y in range(3)]
    run("transform", "write", "half", "-", input=lines(*(([x, y], [x / 2 + 1, y / 2 + 1]) for x, y in points)))
    run("transform", "write", "sum", "-", input=lines(*(([x, y], [x + y]) for x, y in points)))
    for name in ("half", "sum"):
        run("transform", "consolidate", name)
    (found,) = objects(run("transform", "chain", "half", "[2, 1]", "half", "sum").out)
    assert (found["value"], found["halted"]) == (pytest.approx([3.5]), "done")
    (found,) = objects(run("transform", "chain", "half", "-", "--until", "converged", input=b"[0, 1]").out)
    assert (found["value"], found["halted"]) == (pytest.approx([2, 2]), "converged")
    table = run(
        "transform", "chain", "half", "[0, 1]", "--until", "converged", "--budget", "9", "--format", "table"
    ).out
    assert table.splitlines()[1:] == ["halted  budget", "steps   half, half, half, half, half, half, ... (9)"]
    (done,) = objects(run("transform", "merge", "whole", "half", "sum").out)
    assert (done["pairs"], done["held_out"]) == (9, 1)
    assert objects(run("transform", "read", "whole", "[2, 1]").out)[0]["value"] == pytest.approx([3.5])
    assert "a chain needs as many" in run("transform", "chain", "half", "[1, 1]", "sum", "half").error(1)
    assert "there is no memory 'gone'" in run("transform", "merge", "other", "half", "gone").error(1)
    assert "'whole' has the chain half>sum already" in run("transform", "merge", "whole", "half", "sum").error(1)
    run("transform", "unlearn", "whole", "--source", "chain half>sum")
    (again,) = objects(run("transform", "merge", "whole", "half", "sum", "--operation", "o").out)
    assert objects(run("transform", "merge", "whole", "half", "sum", "--operation", "o").out) == [again]


def test_what_is_used_stays(run: Run) -> None:
    """A memory that holds two raw slots archives the one that is used least."""
    run("transform", "write", "m", "-", "--capacity", "2", input=lines(([0], [0]), ([9], [9])))
    assert objects(run("transform", "use", "m", "1").out) == [{"used": 1}]
    (found,) = objects(run("transform", "read", "m", "[0]", "--use", "--operation", "once").out)
    assert found["value"] == [0.0]
    run("transform", "write", "m", "-", input=lines(([5], [5])))
    assert [row["state"] for row in objects(run("transform", "list", "m").out)] == ["raw", "archived", "raw"]
    assert "there is no slot 99 in 'm'; nothing was noted" in run("transform", "use", "m", "99").error(1)
    assert "--use is for one query, asked now" in run("transform", "read", "m", "[[0]]", "--use").error(2)


def test_files_that_are_no_pairs(arm: Run, tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", keys=np.ones((2, 2)))
    assert "one.npz must hold keys and values" in arm("transform", "write", "arm", "one.npz").error(1)
    np.savez(tmp_path / "unlike.npz", keys=np.ones((3, 2)), values=np.ones((2, 1)))
    assert "there are 3 keys and 2 values" in arm("transform", "write", "arm", "unlike.npz").error(1)
    np.savez(tmp_path / "single.npz", keys=np.float64(1), values=np.ones((1, 1)))
    assert "single.npz must hold keys and values of [m, numbers]" in arm(
        "transform", "write", "arm", "single.npz"
    ).error(1)
    np.save(tmp_path / "flat.npy", np.ones(2))
    said = arm("transform", "write", "arm", "flat.npy").error(1)
    assert "flat.npy is one array: give --keys and --values, a .npy each; nothing was written" in said
    assert "flat.npy must hold one array of [m, key_dimension]" in arm("transform", "read", "arm", "flat.npy").error(1)
    np.savez(tmp_path / "complex.npz", keys=np.ones((1, 2), complex), values=np.ones((1, 1)))
    assert "keys must be numbers" in arm("transform", "write", "arm", "complex.npz").error(1)


@pytest.mark.parametrize(
    "line",
    [
        '{"key": [true, 1], "value": [1]}',
        '{"key": ["1", 1], "value": [1]}',
        '{"key": [], "value": [1]}',
        '{"key": 1, "value": 1}',
    ],
)
def test_what_is_no_number_is_none_also_among_numbers(arm: Run, line: str) -> None:
    assert arm("transform", "write", "arm", "-", input=line.encode()).error(1)
    assert arm("transform", "read", "arm", "-", input=line.encode()).error(1)
    assert arm("transform", "read", "arm", json.dumps(json.loads(line)["key"])).error(1)
    assert objects(arm("transform", "stats", "arm").out)[0]["position"] == 3


def test_arrays_and_lines_as_other_programs_write_them(arm: Run, tmp_path: Path) -> None:
    """Float32, whole numbers, most significant byte first, column after column; lines that end as on Windows, marked, packed."""
    keys = np.array([[1, 2], [3, 4], [5, 6]])
    for name, kept in (("f4", "<f4"), ("i8", "<i8"), ("u1", "u1"), ("big", ">f8")):
        np.save(tmp_path / f"{name}.npy", np.asfortranarray(keys.astype(kept)))
        np.save(tmp_path / "values.npy", keys[:, :1].astype(kept))
        arm("transform", "write", "arm", "--keys", f"{name}.npy", "--values", "values.npy")
    line = b'{"key": [1, 2], "value": [1]}\r\n'
    (tmp_path / "lines.jsonl").write_bytes(b"\xef\xbb\xbf" + 2 * line)
    (tmp_path / "lines.jsonl.gz").write_bytes(gzip.compress(line))
    assert objects(arm("transform", "write", "arm", "lines.jsonl", "lines.jsonl.gz").out)[0]["written"] == 3
    rows = objects(arm("transform", "list", "arm", "--after", "3").out)
    assert [row["key"] for row in rows] == 4 * keys.tolist() + 3 * [[1.0, 2.0]]
    (tmp_path / "empty.jsonl").write_bytes(b"")
    assert "empty.jsonl is empty: there is nothing to write" in arm("transform", "write", "arm", "empty.jsonl").error(1)
    (tmp_path / "empty.npy").write_bytes(b"")
    assert "empty.npy is not an array as numpy.save writes it" in arm("transform", "read", "arm", "empty.npy").error(1)
