"""A classifier as a memory: what is learned is there, in any process, and what is forgotten never was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plasticdb import PlasticDB
from plasticdb.continual.memory import ContinualClassifier
from plasticdb.errors import BadInput, BadMemory, NeverLearned, NothingLearned
from plasticdb.testing.memory_case import agree

Samples = tuple[np.ndarray[Any, np.dtype[np.float64]], list[str]]


@pytest.fixture
def db() -> Any:
    with PlasticDB.open(":memory:") as found:
        yield found


def clouds(n: int, seed: int = 0) -> Samples:
    """Samples of three labels, in turn, each around a place of its own."""
    rng = np.random.default_rng(seed)
    number = np.arange(n) % 3
    places = np.array([[0.0, 0, 0, 0], [9, 0, 0, 9], [0, 9, 9, 0]])
    return places[number] + rng.normal(size=(n, 4)).round(2), [["ann", "bob", "cem"][i] for i in number]


def learned(db: PlasticDB, n: int = 60, name: str = "m", **how: Any) -> ContinualClassifier:
    memory = db.classifier(name)
    samples, labels = clouds(n)
    assert memory.learn_many(samples, labels, **how) == n
    return memory


def test_labels_come_back_as_they_were_given(db: PlasticDB) -> None:
    samples, labels = clouds(60)
    new, right = clouds(30, seed=1)
    assert learned(db).predict_many(new) == right
    for name, given in (("numbers", [3, 5, -7]), ("truth", [True, False, True])):
        memory = db.classifier(name)
        memory.learn_many(samples, np.array([given["abc".index(one[0])] for one in labels]))
        found = memory.predict_many(new)
        assert found == [given["abc".index(one[0])] for one in right]
        assert {type(one) for one in found} == {type(given[0])}


def test_one_sample_is_learned_and_asked_for(db: PlasticDB) -> None:
    memory = db.classifier("m", dimension=2)
    assert memory.learn_one([0.0, 0.0], "left") == 1
    assert memory.predict_one([9.0, 9.0]) == "left"
    memory.learn_one([9.0, 9.0], "right", external_id="r")
    assert memory.learn_one([9.0, 9.0], "right", external_id="r") == 0
    assert memory.predict_one([8.0, 9.5]) == "right"
    shares = memory.predict_proba_one([8.0, 9.5])
    assert list(shares) == ["right", "left"]
    assert sum(shares.values()) == pytest.approx(1.0)
    assert memory.labels() == {"left": 1, "right": 1}


def test_the_likeliest_label_is_what_is_predicted(db: PlasticDB) -> None:
    memory, (new, _) = learned(db), clouds(30, seed=1)
    shares, names = memory.predict_proba_many(new), list(memory.labels())
    assert [names[i] for i in shares.argmax(axis=1)] == memory.predict_many(new)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)


def test_stats_say_how_much_there_is(db: PlasticDB) -> None:
    memory = learned(db)
    found = memory.stats()
    assert {name: found[name] for name in ("samples", "labels", "dimension", "label_type", "behind")} == {
        "samples": 60, "labels": 3, "dimension": 4, "label_type": "str", "behind": 0,
    }  # fmt: skip
    assert found["neurons"] >= 3
    assert memory.labels() == {"ann": 20, "bob": 20, "cem": 20}
    asked = "MATCH (n:Neuron)-[s:SAYS]->(l:Label) WHERE s.weight > 0 RETURN DISTINCT l.name AS name ORDER BY name"
    assert [row["name"] for row in db.query(asked)] == ["ann", "bob", "cem"]


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_every_batch_size_and_every_process_makes_the_same_graph(tmp_path: Path, batch: int) -> None:
    samples, labels = clouds(90)
    with PlasticDB.open(":memory:") as whole:
        whole.classifier("m").learn_many(samples, labels)
        for begin in range(0, 90, 30):  # as three processes would
            with PlasticDB.open(tmp_path / "m.db") as db:
                part = slice(begin, begin + 30)
                db.classifier("m", batch=batch).learn_many(samples[part], labels[part])
        with PlasticDB.open(tmp_path / "m.db") as db:
            agree(db._store, whole._store, "m", "the graph")
            assert db.classifier("m").verify() == []


def test_what_is_forgotten_never_was(db: PlasticDB) -> None:
    samples, labels = clouds(90)
    memory = db.classifier("m")
    memory.learn_many(samples[:30], labels[:30])
    memory.learn_many(samples[30:60], labels[30:60], source="s")
    memory.learn_many(samples[60:], labels[60:])
    kept = [i for i, label in enumerate(labels) if label != "bob" and not 30 <= i < 60]
    assert memory.forget(label="bob") == 30
    assert memory.unlearn("s") == 20
    with PlasticDB.open(":memory:") as other:
        other.classifier("m").learn_many(samples[kept], [labels[i] for i in kept])
        agree(db._store, other._store, "m", "the graph")
    assert memory.predict_many(samples[kept]) == [labels[i] for i in kept]
    assert memory.verify() == []
    assert memory.rebuild() == 140
    assert memory.verify() == []


def test_all_of_it_may_be_forgotten_and_learned_again(db: PlasticDB) -> None:
    memory = learned(db, source="s")
    assert memory.forget(source="s") == 60
    assert {name: memory.stats()[name] for name in ("samples", "neurons", "labels")} == {
        "samples": 0, "neurons": 0, "labels": 0,
    }  # fmt: skip
    with pytest.raises(NothingLearned, match="has learned nothing yet, or forgot all; learn samples with labels first"):
        memory.predict_one([1, 2, 3, 4])
    learned(db, source="s")
    assert memory.predict_many([[9, 0, 0, 9]]) == ["bob"]


def test_a_label_of_a_source_may_be_forgotten(db: PlasticDB) -> None:
    memory = learned(db, source="s")
    learned(db, source="t")
    assert memory.forget("ann", "s", erase=True) == 20
    assert memory.labels() == {"bob": 40, "cem": 40, "ann": 20}
    assert memory.verify() == []


def test_labels_that_look_alike_are_told_apart(db: PlasticDB) -> None:
    memory = db.classifier("m")
    names = ["a", "A", 'x"', 'a"', "%", "_", "\\", ',"y":"a"}']
    memory.learn_many([[i, i * i] for i in range(8)], names)
    for i, name in enumerate(names):
        assert memory.forget(name) == 1
        assert list(memory.labels()) == names[i + 1 :]


def test_an_operation_is_done_once(db: PlasticDB) -> None:
    memory = learned(db, operation="o")
    samples, labels = clouds(60)
    assert memory.learn_many(samples, labels, operation="o") == 60
    assert memory.stats()["samples"] == 60
    assert memory.forget("ann", operation="f") == memory.forget("ann", operation="f") == 20


def test_as_of_it_knows_what_it_knew(db: PlasticDB) -> None:
    memory = learned(db)
    memory.forget("bob")
    with memory.as_of(60) as past:
        assert past.predict_many([[9, 0, 0, 9]]) == ["bob"]
        assert past.labels() == {"ann": 20, "bob": 20, "cem": 20}
    assert "bob" not in memory.labels()


BAD: list[tuple[Any, Any, str]] = [
    ([[1, 2]], [None], "label 1 must be of type int, str or bool, not None; nothing was learned"),
    ([[1, 2]], [1.5], "label 1 must be of type int, str or bool, not 1.5; nothing was learned"),
    ([[1, 2]], [float("nan")], "label 1 must be of type int, str or bool, not nan; nothing was learned"),
    ([[1, 2], [3, 4]], ["a", 1], "labels must be of one type, and these are str and int; nothing was learned"),
    ([[1, 2], [3, 4]], [True, 1], "labels must be of one type, and these are bool and int; nothing was learned"),
    ([[1, 2]], ["a", "b"], "each sample needs a label: there are 1 samples and 2 labels; nothing was learned"),
    ([[1, 2]], [""], "label 1 must have 1 to 2,000 bytes as UTF-8, not ''; nothing was learned"),
    ([[1, 2]], "a", "labels must be a list of labels, such as ['a'], not one text; nothing was learned"),
    (
        [[1, 2]],
        np.array([[1]]),
        "labels must be a list of 1, one a sample, not an array of [1, 1]; nothing was learned",
    ),
    (
        [[1, np.nan]],
        ["a"],
        "sample 1 of 1 has a number that is not finite (NaN or infinite), or beyond 1e+100; nothing",
    ),
    ([[1, 2, 3]], ["a"], "'m' has samples of 2 numbers, and these have 3; nothing was learned"),
    ([1, 2], ["a"], "samples must be an array of [n, 2], not of [2]; nothing was learned"),
    ([["x", "y"]], ["a"], "samples must be numbers, an array of [n, 2]; nothing was learned"),
    ([[1, 2], [3]], ["a", "b"], "samples must be numbers, an array of [n, 2]; nothing was learned"),
    ([[1, 2]], [7], "'m' has labels of type str, and 7 is int; nothing was learned"),
    ([[1, 2]], [2**70], "label 1 must be of type int, str or bool, not 1180591620717411303424; nothing was learned"),
]


@pytest.mark.parametrize(("samples", "labels", "said"), BAD)
def test_bad_samples_are_refused_in_one_line_and_nothing_is_learned(
    db: PlasticDB, samples: Any, labels: Any, said: str
) -> None:
    memory = db.classifier("m")
    memory.learn_many([[0, 0], [1, 1]], ["a", "b"])
    with pytest.raises(BadInput) as refused:
        memory.learn_many(samples, labels)
    assert str(refused.value).startswith(said)
    assert memory.stats()["position"] == 2


def test_bad_questions_are_refused(db: PlasticDB) -> None:
    memory = db.classifier("m")
    with pytest.raises(BadMemory, match="there is no memory 'm'"):
        memory.predict_one([1, 2])
    assert memory.learn_many([], []) == 0
    memory.learn_many([[0, 0], [1, 1]], ["a", "b"])
    assert memory.predict_many([]) == []
    with pytest.raises(BadInput, match="'m' has samples of 2 numbers, and these have 3"):
        memory.predict_one([1, 2, 3])
    with pytest.raises(BadInput, match="a sample must be a list of 2 numbers"):
        memory.predict_one([[1, 2]])
    with pytest.raises(BadInput, match="say which samples: their label, or their source, or both"):
        memory.forget()
    with pytest.raises(NeverLearned, match="'m' has no label 'c'; its labels are: 'a', 'b'; nothing was forgotten"):
        memory.forget("c")
    with pytest.raises(NeverLearned, match="nothing was learned from a source 's'; the sources are: none"):
        memory.forget(source="s")
    with pytest.raises(BadInput, match="a label must be of type int, str or bool, not 1"):
        memory.forget(1.5)  # type: ignore[arg-type]
    assert memory.stats()["position"] == 2


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("budget", 0, "budget must be a whole number from 1 to .*, not 0"),
        ("dimension", 0, "dimension must be a whole number from 1 to 16,384, not 0"),
        ("dimension", 2.5, "dimension must be a whole number, not 2.5"),
        ("rank", -1, "rank must be a whole number from 0 to .*, not -1"),
        ("prior", float("nan"), "prior must be a number, not nan"),
        ("prior", 0, "prior must be a number from 1e-06 to 1e\\+09, not 0"),
        ("budget", -1, "budget must be a whole number from 1 to .*, not -1"),
        ("budget", True, "budget must be a whole number, not True"),
        ("rate", 2, "rate must be a number from 0 to 1, not 2"),
    ],
)
def test_bad_options_are_refused(db: PlasticDB, option: str, value: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        db.classifier("m", **{option: value})


def test_a_memory_has_the_options_that_it_was_made_with(db: PlasticDB) -> None:
    learned(db)
    with pytest.raises(BadMemory, match="'m' was made with dimension 4, not 5"):
        db.classifier("m", dimension=5)
    with pytest.raises(BadMemory, match="'m' is a memory of the kind 'classifier', not 'engram'"):
        db.engrams("m")


def test_one_class_is_what_is_said_of_everything(db: PlasticDB) -> None:
    memory = db.classifier("m")
    memory.learn_many([[0, 0], [1, 1], [1, 1]], ["a"] * 3)
    assert memory.predict_many([[5, 5], [0, 0]]) == ["a", "a"]
    assert memory.predict_proba_one([5, 5]) == {"a": 1.0}


@pytest.mark.parametrize(
    ("how", "least"),
    [({}, 0.95), ({"rank": 0}, 0.9), ({"winners": 1}, 0.9), ({"share": 2}, 0.9), ({"budget": 1}, 0.4)],
)
def test_samples_of_one_number_are_samples_too(db: PlasticDB, how: dict[str, int], least: float) -> None:
    samples = np.random.default_rng(0).normal(size=(300, 1))
    inside = (np.abs(samples[:, 0]) < 0.7).tolist()
    memory = db.classifier("m", **how)
    memory.learn_many(samples, inside)
    assert np.mean([found == right for found, right in zip(memory.predict_many(samples), inside, strict=True)]) > least
    memory.release()
    memory.learn_many(samples, inside)
    assert memory.verify() == []
