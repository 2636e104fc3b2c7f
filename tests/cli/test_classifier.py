"""The group `classifier`, as it is used; and what it says when it cannot."""

from __future__ import annotations

import gzip
import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import Run

FRUIT = b"""width,height,fruit
7.0,7.2,apple
7.2,7.0,apple
3.1,3.9,plum
3.0,4.1,plum
6.8,7.1,apple
3.2,4.0,plum
"""


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def fruit(run: Run) -> Run:
    assert objects(run("classifier", "ingest", "fruit", input=FRUIT).out) == [{"learned": 6, "neurons": 2}]
    return run


def test_a_day(fruit: Run) -> None:
    (apple, plum) = objects(fruit("classifier", "predict", "fruit", "[7.1, 7.1]").out)
    assert (apple["label"], plum["label"]) == ("apple", "plum")
    assert apple["p"] + plum["p"] == pytest.approx(1.0)
    assert objects(fruit("classifier", "predict", "fruit", "[3, 4]", "--top", "1").out)[0]["label"] == "plum"
    labels = [{"label": "apple", "samples": 3}, {"label": "plum", "samples": 3}]
    assert objects(fruit("classifier", "labels", "fruit").out) == labels
    why = objects(fruit("classifier", "explain", "fruit", "[7.1, 7.1]").out)
    assert [(row["neuron"], row["label"], row["seen"]) for row in why] == [(0, "apple", 3.0), (1, "plum", 3.0)]
    assert [row["p"] for row in why] == [apple["p"], plum["p"]]
    assert why[0]["distance"] < 1 < why[1]["distance"]
    assert objects(fruit("classifier", "explain", "fruit", "[7, 7]", "--top", "1").out)[0]["neuron"] == 0
    assert [row["label"] for row in objects(fruit("classifier", "neurons", "fruit").out)] == ["apple", "plum"]
    (neuron,) = objects(fruit("classifier", "neurons", "fruit", "--label", "plum").out)
    (shown,) = objects(fruit("classifier", "neuron", "fruit", "1").out)
    assert shown.pop("mean") == pytest.approx([3.1, 4.0])
    assert shown == neuron
    assert objects(fruit("stats", "fruit").out)[0]["samples"] == 6
    assert objects(fruit("classifier", "forget", "fruit", "--label", "plum").out) == [{"forgotten": 3}]
    assert objects(fruit("classifier", "labels", "fruit").out) == labels[:1]
    assert objects(fruit("verify", "fruit").out) == [{"memory": "fruit", "verified": True}]


def test_as_it_was(fruit: Run) -> None:
    fruit("classifier", "forget", "fruit", "--label", "plum")
    for words, said in (
        (["predict", "fruit", "[3, 4]", "--top", "1"], "plum"),
        (["explain", "fruit", "[3, 4]", "--top", "1"], "plum"),
        (["neurons", "fruit", "--after", "0"], "plum"),
        (["neuron", "fruit", "1"], "plum"),
        (["predict", "fruit", "-"], "plum"),
    ):
        then = fruit("classifier", *words, "--as-of", "6", input=b"[3, 4]\n").out
        assert [row["label"] for row in objects(then)] == [said], words
    assert len(objects(fruit("classifier", "labels", "fruit", "--as-of", "6").out)) == 2
    assert len(objects(fruit("classifier", "labels", "fruit", "--as-of", "2").out)) == 1


def test_formats(fruit: Run) -> None:
    assert fruit("classifier", "labels", "fruit", "--format", "table").out.splitlines() == [
        "label  samples",
        "apple        3",
        "plum         3",
    ]
    assert fruit("classifier", "labels", "fruit", "--format", "csv").out == "label,samples\napple,3\nplum,3\n"
    assert json.loads(fruit("classifier", "labels", "fruit", "--format", "json").out)[1]["label"] == "plum"
    header = fruit("classifier", "explain", "fruit", "[3, 4]", "--format", "table").out.splitlines()[0]
    assert header.split() == ["neuron", "label", "p", "distance", "usual", "seen", "weight", "importance"]
    assert fruit("classifier", "neurons", "fruit", "--after", "1", "--format", "csv").out == (
        "number,label,weight,importance,seen,fired,usual\n"
    )
    assert fruit("classifier", "neuron", "fruit", "1", "--format", "table").out.splitlines()[-1] == "mean        3.1, 4"
    assert fruit("classifier", "ingest", "fruit", "--format", "table", input=FRUIT).out.splitlines()[0] == "learned  6"
    assert fruit("classifier", "forget", "fruit", "--label", "plum", "--format", "table").out == "forgotten  6\n"


SAMPLES = [[0.0, 1.0], [9.0, 8.0], [0.5, 1.0], [9.0, 8.5]]


def write(folder: Path, name: str, labels: list[Any]) -> None:
    """The samples with these labels, as a file of the form that its name says."""
    rows = list(zip(SAMPLES, labels, strict=True))
    if name.endswith(".npz"):
        np.savez(folder / name, X=np.array(SAMPLES, np.float32), y=np.array(labels))
    elif name.endswith(".npy"):
        np.save(folder / name, np.column_stack([SAMPLES, labels]))
    else:
        csv = "".join(f"{x[0]},{x[1]},{y}\n" for x, y in rows)
        lines = "".join(json.dumps({"x": x, "y": y}) + "\n" for x, y in rows)
        text = (lines if "json" in name else csv).encode()
        (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)


FILES = ["a.csv", "a.csv.gz", "a.txt", "a.jsonl", "a.ndjson", "a.jsonl.gz", "a.npz"]
NAMES: list[list[Any]] = [[1, -2, 1, -2], ["tea", "Zürich", "tea", "Zürich"], [True, False, True, False]]


@pytest.mark.parametrize(("file", "labels"), [*product(FILES, NAMES), ("a.npy", NAMES[0])])
def test_every_form_of_file_gives_the_labels_as_they_are(
    run: Run, tmp_path: Path, file: str, labels: list[Any]
) -> None:
    write(tmp_path, file, labels)
    assert objects(run("classifier", "ingest", "m", file).out)[0]["learned"] == 4
    assert [row["label"] for row in objects(run("classifier", "labels", "m").out)] == labels[:2]
    lines = "".join(f"{json.dumps(x)}\n" for x in SAMPLES).encode()
    assert [row["label"] for row in objects(run("classifier", "predict", "m", input=lines).out)] == labels
    assert objects(run("classifier", "forget", "m", "--label", str(labels[1])).out) == [{"forgotten": 2}]


def test_samples_of_files_are_asked_for(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "a.csv", ["tea", "rain"] * 2)
    run("classifier", "ingest", "m", "a.csv")
    np.save(tmp_path / "asked.npy", np.array(SAMPLES))
    np.savez(tmp_path / "asked.npz", X=SAMPLES)
    (tmp_path / "asked.csv").write_text("".join(f"{a},{b}\n" for a, b in SAMPLES))
    (tmp_path / "named.csv").write_text("of,x,y\n" + "".join(f"tea,{a},{b}\n" for a, b in SAMPLES))
    (tmp_path / "asked.jsonl").write_text("".join(json.dumps({"x": x}) + "\n" for x in SAMPLES))
    for words in (["asked.npy"], ["asked.npz"], ["asked.csv"], ["named.csv", "--label", "of"], ["asked.jsonl"]):
        found = objects(run("classifier", "predict", "m", *words).out)
        assert [row["label"] for row in found] == ["tea", "rain"] * 2, words


def test_several_files_are_of_one_type(run: Run, tmp_path: Path) -> None:
    """What looks like numbers in one file is text where another has other texts."""
    write(tmp_path, "a.csv", [1, 2, 1, 2])
    write(tmp_path, "b.csv", ["tea", 2, "tea", 2])
    assert objects(run("classifier", "ingest", "m", "a.csv", "b.csv").out)[0]["learned"] == 8
    labels = [(row["label"], row["samples"]) for row in objects(run("classifier", "labels", "m").out)]
    assert labels == [("1", 2), ("2", 4), ("tea", 2)]
    assert objects(run("classifier", "ingest", "m", "a.csv").out)[0]["learned"] == 4, "they are texts in this memory"


@pytest.mark.parametrize("labels", [["007", "012"], ["1", "9" * 30], ["1_0", "2"], ["1.5", "2.5"], ["true", "yes"]])
def test_a_label_of_a_csv_comes_back_as_it_is_written(run: Run, labels: list[str]) -> None:
    given = "".join(f"{i},{i * i},{label}\n" for i, label in enumerate(labels)).encode()
    run("classifier", "ingest", "m", input=given)
    assert [row["label"] for row in objects(run("classifier", "labels", "m").out)] == labels


def test_columns_of_a_csv(run: Run) -> None:
    given = b'"kind of fruit", width, height\r\n"plum, blue", 3, 4\r\n\r\napple, 7, 7e0\r\n'
    run("classifier", "ingest", "m", "--label", "kind of fruit", input=given)
    assert [row["label"] for row in objects(run("classifier", "labels", "m").out)] == ["plum, blue", "apple"]
    assert objects(run("stats", "m").out)[0]["dimension"] == 2


def test_what_has_an_id_is_learned_once_and_an_operation_is_done_once(run: Run) -> None:
    given = b'{"x": [1, 2], "y": "a", "id": "1"}\n{"x": [8, 9], "y": "b", "id": "2"}\n'
    for learned in (2, 0):
        done = run("classifier", "ingest", "m", "--source", "s", input=given)
        assert objects(done.out)[0]["learned"] == learned
    for _ in range(2):
        done = run("classifier", "ingest", "m", "--source", "t", "--operation", "o", input=FRUIT)
        assert objects(done.out)[0]["learned"] == 6
    assert objects(run("stats", "m").out)[0]["samples"] == 8
    for _ in range(2):
        done = run("classifier", "forget", "m", "--source", "t", "--operation", "f", "--erase")
        assert objects(done.out) == [{"forgotten": 6}]
    assert objects(run("classifier", "unlearn", "m", "--source", "s").out) == [{"unlearned": 2}]
    assert objects(run("stats", "m").out)[0]["samples"] == 0


def test_options_of_a_new_memory(run: Run) -> None:
    run("classifier", "ingest", "m", "--rank", "1", "--budget", "3", "--share", "2", "--dimension", "2", input=FRUIT)
    (stats,) = objects(run("stats", "m").out)
    assert [stats[name] for name in ("rank", "budget", "share", "dimension")] == [1, 3, 2, 2]
    assert "'m' was made with budget 3, not 4" in run("classifier", "ingest", "m", "--budget", "4", input=FRUIT).error(
        1
    )


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (["ingest", "fruit"], b"", "- is empty: there is nothing to learn; nothing was learned"),
        (["ingest", "fruit"], b"a,b,c\n", "- has a header and no samples"),
        (["ingest", "fruit"], b"1,2,plum\n1,x,plum\n", "-:2: write 3 columns, numbers but for the label"),
        (["ingest", "fruit"], b"1,x,plum\n1,2,plum\n", "-:1: write 3 columns, numbers but for the label"),
        (["ingest", "fruit"], b"1,2,plum\n1,plum\n", "-:2: write 3 columns, numbers but for the label"),
        (["ingest", "fruit"], b"1,nan,plum\n", "-:1: write 3 columns, numbers but for the label"),
        (["ingest", "fruit"], b"plum\n", "- has a header and no samples"),
        (["ingest", "fruit"], b'1,2,"plum\nblue"\n', "-:1 is not a line of CSV"),
        (["ingest", "fruit"], b"1,2,\n", "label 1 must have 1 to 2,000 bytes as UTF-8, not ''; nothing was learned"),
        (["ingest", "fruit"], b"1,inf,plum\n", "sample 1 of 1 has a number that is not finite"),
        (["ingest", "fruit"], b"1,2,3,plum\n", "'fruit' has samples of 2 numbers, and these have 3; nothing was learned"),
        (["ingest", "fruit", "--label", "friut"], FRUIT,
         "-:1 has no column 'friut' (did you mean 'fruit'?); its columns are: width, height, fruit"),
        (["ingest", "fruit"], b'{"x": [1, 2], "y": 1}\n', "'fruit' has labels of type str, and 1 is int; nothing was"),
        (["ingest", "fruit"], b'{"x": [1, 2], "y": null}\n', "label 1 must be of type int, str or bool, not None"),
        (["ingest", "fruit"], b'{"x": [1, 2], "y": 1.5}\n', "label 1 must be of type int, str or bool, not 1.5"),
        (["ingest", "fruit"], b'{"x": [1, 2], "y": ["a"]}\n', "label 1 must be of type int, str or bool, not a list"),
        (["ingest", "fruit"], b'{"x": [1, 2], "y": "\\ud800"}\n', "label 1 has half of a character"),
        (["ingest", "fruit"], b'{"x": [1, 2], "y": "a\\u0000b"}\n', "label 1 has the character U+0000"),
        (["ingest", "fruit"], b'{"x": [1, 2]}\n', '-:1: write {"x": [...], "y": ..., "id": "..."}'),
        (["ingest", "fruit"], b'{"x": [1, 2], "y": "a"}\n{"x": [1], "y": "a"}\n', "-:2: write {"),
        (["ingest", "fruit"], b'{"x": [1, true], "y": "a", "id": 7.5}\n', "-:1: write {"),
        (["ingest", "fruit"], b'{"x": [1, "2"], "y": "a"}\n', "-:1: write {"),
        (["ingest", "fruit"], b'{"x": [[1, 2]], "y": "a"}\n', "-:1: write {"),
        (["ingest", "fruit"], b'{"x": 1, "y": "a"}\n', "-:1: write {"),
        (["ingest", "fruit"], b'{"x": [1, 2], "y": "a", "id": "i"}\n{"x": [1, 2], "y": "a"}\n',
         'give each sample an "id", or none of them; nothing was learned'),
        (["ingest", "fruit"], b"\xff\n", "-:1: byte 1 is not UTF-8"),
        (["ingest", "fruit", "gone.csv"], b"", "gone.csv does not exist"),
        (["ingest", "fruit", "--source", " "], FRUIT, "a source's name must have a character"),
        (["ingest", "other", "--budget", "0"], FRUIT, "budget must be a whole number from 1 to"),
        (["ingest", "other", "--budget", "-5"], FRUIT, "budget must be a whole number from 1 to"),
        (["predict", "fruit", "[1, 2"], b"", "'[1, 2' is not a JSON list of numbers, such as [0.5, 1]"),
        (["predict", "fruit", '{"red": 1'], b"", "'{\"red\": 1' is not a JSON list of numbers, such as [0.5, 1], nor a mapping"),
        (["predict", "fruit", '{"red": 1}'], b"", "'fruit' has samples of numbers, and no mappings"),
        (["ingest", "fruit"], b'{"x": {"red": 1}, "y": "a"}\n', "'fruit' has samples of numbers, and no mappings"),
        (["ingest", "other", "--features", "sparse"], FRUIT, "'other' has sparse samples: sample 1 of 6 must be a mapping"),
        (["ingest", "other", "--features", "sparse"], b'{"x": {}, "y": "a"}\n', "-:1 has no features"),
        (["ingest", "other", "--features", "sparse"], b'{"x": {"red": NaN}, "y": "a"}\n', "'red' of -:1 must be a finite"),
        (["ingest", "other", "--features", "sparse"], b'{"x": {"a": 1}, "y": 1}\n{"x": [1], "y": 1}\n', "-:2: write {"),
        (["predict", "fruit", "[]"], b"", "a sample must be a list of 2 numbers, one after the other"),
        (["predict", "fruit", '["a", "b"]'], b"", "samples must be numbers, an array of [n, 2]"),
        (["predict", "fruit", "[[1, 2]]"], b"", "a sample must be a list of 2 numbers"),
        (["predict", "fruit", "[1, 2, 3]"], b"", "'fruit' has samples of 2 numbers, and these have 3"),
        (["predict", "fruit", "[NaN, 1]"], b"", "not finite"),
        (["predict", "fruit", "[1, 2]", "--top", "0"], b"", "top must be a whole number, 1 or more, not 0"),
        (["predict", "fruit"], FRUIT, "-:2: write 3 columns, numbers; name a column that is none by --label"),
        (["predict", "fruit"], b"", "- is empty: there is nothing to ask"),
        (["predict", "friut", "[1, 2]"], b"", "there is no memory 'friut'"),
        (["explain", "fruit", "[1]"], b"", "'fruit' has samples of 2 numbers, and these have 1"),
        (["explain", "fruit", "[1, 2]", "--top", "-1"], b"", "top must be a whole number, 1 or more, not -1"),
        (["neurons", "fruit", "--label", "plumm"], b"",
         "'fruit' has no label 'plumm' (did you mean 'plum'?); its labels are: 'apple', 'plum'"),
        (["neurons", "fruit", "--limit", "0"], b"", "limit must be a whole number, 1 or more, not 0"),
        (["neuron", "fruit", "2"], b"", "there is no neuron 2 in 'fruit', which has 2; `neurons` lists them"),
        (["forget", "fruit"], b"", "say which samples: their label, or their source, or both; nothing was forgotten"),
        (["forget", "fruit", "--label", "plumm"], b"", "'fruit' has no label 'plumm' (did you mean 'plum'?)"),
        (["forget", "fruit", "--source", "s"], b"", "nothing was learned from a source 's'"),
        (["unlearn", "fruit", "--source", "s"], b"", "nothing was learned from a source 's'"),
        (["labels", "friut"], b"", "there is no memory 'friut'"),
    ],
)  # fmt: skip
def test_what_it_says_when_it_cannot(fruit: Run, words: list[str], given: bytes, said: str) -> None:
    before = fruit("stats", "fruit").out
    assert said in fruit("classifier", *words, input=given).error(1)
    assert fruit("stats", "fruit").out == before


def test_what_is_no_sample_is_a_mistake_of_usage(fruit: Run) -> None:
    said = fruit("classifier", "explain", "fruit", "a.csv").error(2)
    assert "SAMPLE must be a JSON list of numbers, such as [0.5, 1]" in said
    assert "Missing option '--source'" in fruit("classifier", "unlearn", "fruit").error(2)


def test_a_mistyped_verb_is_told(fruit: Run) -> None:
    assert "Did you mean 'predict'" in fruit("classifier", "predcit", "fruit", "[1, 2]").error(2)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"X": [[1, 2]]}, "bad.npz must hold X and y, as numpy.savez writes them; y is not in it: X"),
        ({"X": [1, 2], "y": ["a", "b"]}, "bad.npz must hold X of [n, dimension], a sample a row, not of [2]"),
        ({"X": [[1, 2]], "y": ["a", "b"]}, "each sample needs a label: there are 1 samples and 2 labels"),
        ({"X": [[1, 2]], "y": [1.5]}, "label 1 must be of type int, str or bool, not 1.5"),
        ({"X": [[1, 2]], "y": [b"a"]}, "label 1 must be of type int, str or bool, not a bytes"),
        ({"X": [["a", "b"]], "y": ["a"]}, "samples must be numbers, an array of [n, 2]"),
        ({"X": [[1j, 2]], "y": ["a"]}, "samples must be numbers, an array of [n, 2]"),
        ({"X": np.zeros((0, 2)), "y": []}, ""),
        ({"X": np.zeros((1, 0)), "y": ["a"]}, "samples must be an array of [n, 2], not of [1, 0]"),
    ],
)
def test_arrays_that_are_no_samples(fruit: Run, tmp_path: Path, arrays: dict[str, Any], said: str) -> None:
    np.savez(tmp_path / "bad.npz", **{name: np.array(values) for name, values in arrays.items()})  # type: ignore[arg-type]
    if not said:
        assert objects(fruit("classifier", "ingest", "fruit", "bad.npz").out)[0]["learned"] == 0
    else:
        assert said in fruit("classifier", "ingest", "fruit", "bad.npz").error(1)


@pytest.mark.parametrize("last", [0.5, np.nan, np.inf, 1e300])
def test_an_array_whose_last_column_is_no_label(fruit: Run, tmp_path: Path, last: float) -> None:
    np.save(tmp_path / "bad.npy", np.array([[1, 2, last]]))
    said = fruit("classifier", "ingest", "fruit", "bad.npy").error(1)
    assert "bad.npy must have a whole number as the label in its last column; give a .npz with X and y" in said


def test_features_of_a_sequence_memory_are_samples(run: Run) -> None:
    run("ingest", "names", "-", "--views", "suffix 2", input=b"giulia\nchiara\naino\nmikko\npekka\nlucia\n")
    for label, names in (("italian", b"giulia\nchiara\nlucia\n"), ("finnish", b"mikko\npekka\naino\n")):
        lines = run("features", "names", "-", "--label", label, input=names).out
        assert [row["y"] for row in objects(lines)] == [label] * 3
        done = run("classifier", "ingest", "of", "-", "--features", "sparse", "--dimension", "64", input=lines.encode())
        assert objects(done.out)[0]["learned"] == 3
    asked = run("features", "names", "--min-count", "2", "--as-of", "6", "-", input=b"lia\nmikka\n").out
    assert objects(asked)[1] == {
        "x": {"suffix:k": 2.0, "suffix:a": 1.0, "suffix:i": 1.0, "suffix:kk": 1.0, "suffix:␂": 1.0}
    }
    assert [row["label"] for row in objects(run("classifier", "predict", "of", "-", input=asked.encode()).out)] == [
        "italian", "finnish",
    ]  # fmt: skip
    assert objects(run("classifier", "predict", "of", '{"suffix:kk": 1}', "--top", "1").out)[0]["label"] == "finnish"
    assert objects(run("classifier", "explain", "of", '{"suffix:kk": 1}', "--top", "1").out)[0]["label"] == "finnish"
    assert "gone.txt does not exist" in run("features", "names", "gone.txt").error(1)
    assert "min_count must be a whole number, 1 or more" in run(
        "features", "names", "--min-count", "0", input=b"a"
    ).error(1)


def test_files_of_numbers_and_of_mappings_are_not_mixed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text('{"x": [1, 2], "y": "a"}\n')
    (tmp_path / "other.jsonl").write_text('{"x": {"red": 1}, "y": "a"}\n')
    files = [str(tmp_path / name) for name in ("one.jsonl", "other.jsonl")]
    said = run("classifier", "ingest", "m", *files).error(1)
    assert "some of the files hold numbers and others mappings; give those of one memory" in said
