"""The verbs of a sequence memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from plasticdb import BadInput, BadMemory, NeverLearned, PlasticDB
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import HISTORY

DAY = 86400.0


class Clock:
    """A clock that the test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(clock: Clock) -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:", clock=clock) as db:
        yield db


def test_samples_with_ids_are_learned_once_and_those_without_always(db: PlasticDB) -> None:
    names = db.sequence("names")
    first = names.learn_many(["emma", "ann"], source="s", ids=["1", "2"])
    again = names.learn_many(["emma", "zoe"], source="s", ids=["1", "3"])
    assert (first.learned, again.learned, again.skipped) == (2, 1, 1)
    assert names.learn("emma").learned == names.learn("emma").learned == 1
    assert names.stats()["samples"] == 5


def test_ids_must_be_one_a_sample(db: PlasticDB) -> None:
    with pytest.raises(BadInput, match="2 samples but 1 ids"):
        db.sequence("m").learn_many(["a", "b"], ids=["1"])


def test_a_bad_sample_among_good_ones_teaches_nothing(db: PlasticDB) -> None:
    memory = db.sequence("m", max_symbols=5)
    for bad in ("x" * 6, "a\x00", 7):
        with pytest.raises(BadInput):
            memory.learn_many(["emma", bad])  # type: ignore[list-item]
    assert db.memories() == []


def test_learning_nothing_is_no_error(db: PlasticDB) -> None:
    assert db.sequence("m").learn_many([]).learned == 0
    assert db.memory("m").stats()["samples"] == 0


def test_a_sample_halves_with_the_half_life(db: PlasticDB, clock: Clock) -> None:
    db.sequence("m").learn("emma")
    clock.now = DAY
    db.sequence("m").learn("ann")
    clock.now = 2 * DAY
    assert db.sequence("m").decay(half_life=DAY) == 2
    mass = {concept.text: concept.mass for concept in db.sequence("m").concepts()}
    assert mass == pytest.approx({"": 0.75, "emma␃": 0.25, "ann␃": 0.5})
    assert db.sequence("m").decay(half_life=DAY) == 2
    assert db.sequence("m").concepts()[0].mass == pytest.approx(0.75), "no time has passed"


def test_what_rounding_leaves_of_forgotten_samples_says_nothing(db: PlasticDB, clock: Clock) -> None:
    names = db.sequence("m")
    names.learn_many([f"{a}{b}{c}" for a in "abcd" for b in "efgh" for c in "ijkl"] * 5)
    for _ in range(8):
        clock.now += 8 * DAY
        names.decay(half_life=DAY)
    expected = names.predict("ae")
    assert max(expected.values()) == pytest.approx(min(expected.values()), rel=1e-6)


def test_a_half_life_is_seconds_or_a_timedelta(db: PlasticDB, clock: Clock) -> None:
    db.sequence("m").learn_many(["emma", "ann"])
    db.sequence("n").learn_many(["emma", "ann"])
    clock.now += 3 * DAY
    assert (db.sequence("m").decay(2 * DAY), db.sequence("n").decay(timedelta(days=2))) == (2, 2)
    # Memories of other names add up in other orders.
    assert db.sequence("m").predict("em") == pytest.approx(db.sequence("n").predict("em"), rel=1e-12)
    for given in (
        0,
        -1.0,
        float("inf"),
        float("nan"),
        1e-300,
        1e300,
        True,
        "30d",
        None,
        timedelta(0),
        timedelta(days=-1),
    ):
        with pytest.raises(BadInput, match="must be a timedelta or a number of seconds, from 1e-06 to"):
            db.sequence("m").decay(given)  # type: ignore[arg-type]
    assert db.memory("m").verify() == []


def test_what_was_decayed_and_reinforced_is_unlearned_exactly(db: PlasticDB, clock: Clock) -> None:
    memory = db.sequence("m")
    memory.learn_many(["emma", "ann", "anna"], source="s")
    memory.learn("em")
    memory.reinforce("anna", by=0.7)
    clock.now = 3 * DAY
    memory.decay(half_life=5 * DAY)
    memory.weaken("anna", by=2.5)
    clock.now = 4 * DAY
    memory.decay(half_life=2 * DAY)
    memory.unlearn(source="s")
    clock.now = 0.0
    with PlasticDB.open(":memory:", clock=clock) as other:
        other.sequence("m").learn("em")
        clock.now = 3 * DAY
        other.sequence("m").decay(half_life=5 * DAY)
        clock.now = 4 * DAY
        other.sequence("m").decay(half_life=2 * DAY)
        assert differences(db._store, other._store, "m", but=HISTORY) == []
    assert db.memory("m").verify() == []


def test_reinforcing_makes_a_sample_likelier_and_weakening_less(db: PlasticDB) -> None:
    db.sequence("m").learn_many(["emma", "emily"])
    before = db.sequence("m").predict("em")["m"]
    assert db.sequence("m").reinforce("emma", by=2) == 1
    assert db.sequence("m").predict("em")["m"] > before
    db.sequence("m").weaken("emma", by=2.5)
    assert db.sequence("m").predict("em")["m"] < before


@pytest.mark.parametrize("by", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_potentiation_must_be_a_sensible_number(db: PlasticDB, by: float) -> None:
    memory = db.sequence("m")
    memory.learn("emma")
    for verb in (memory.reinforce, memory.weaken):
        with pytest.raises(BadInput, match="by must be a number above 0"):
            verb("emma", by=by)


def test_potentiating_what_was_never_learned_is_an_error(db: PlasticDB) -> None:
    memory = db.sequence("m")
    memory.learn("emma")
    for verb in (memory.reinforce, memory.weaken, memory.unlearn):
        with pytest.raises(NeverLearned, match="'zoe'"):
            verb(["emma", "zoe"])
    assert db.memory("m").stats()["position"] == 1


def test_one_must_say_which_samples(db: PlasticDB) -> None:
    db.sequence("m").learn("emma")
    with pytest.raises(BadInput, match="say which samples"):
        db.sequence("m").unlearn()


def test_a_list_of_symbols_is_one_sample_and_a_list_of_lists_several(db: PlasticDB) -> None:
    memory = db.sequence("m", tokenizer="symbols")
    memory.learn_many([["open", "read"], ["open", "close"], ["open"]])
    assert memory.unlearn(["open", "read"]) == 1
    assert memory.unlearn([["open", "close"], ["open"]]) == 2
    assert memory.stats()["samples"] == 0


def test_a_memory_keeps_its_options(db: PlasticDB) -> None:
    db.sequence("m", tokenizer="words", depth=3, max_symbols=50).learn("so it goes")
    assert db.sequence("m").options.tokenizer == "words"
    assert db.sequence("m", depth=3).options.max_symbols == 50
    with pytest.raises(BadMemory, match="'m' was made with tokenizer 'words', not 'chars'"):
        db.sequence("m", tokenizer="chars")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_must_be_printable(db: PlasticDB, name: str) -> None:
    with pytest.raises(BadInput, match="a memory's name must have"):
        db.sequence(name)


@pytest.mark.parametrize("options", [{"depth": 0}, {"depth": 65}, {"max_symbols": 0}, {"tokenizer": "x"}, {"batch": 0}])
def test_bad_options_are_refused(db: PlasticDB, options: dict[str, int]) -> None:
    with pytest.raises(BadInput):
        db.sequence("m", **options)  # type: ignore[arg-type]


def test_memories_do_not_mix(db: PlasticDB) -> None:
    db.sequence("girls").learn_many(["emma", "ann"])
    db.sequence("boys").learn_many(["emil"])
    db.drop("boys")
    assert [row["memory"] for row in db.memories()] == ["girls"]
    assert db.memory("girls").verify() == []
    db.sequence("boys").learn("oscar")
    assert db.memory("boys").stats()["samples"] == 1


def test_a_memory_survives_its_process(tmp_path: Path) -> None:
    for some in (["emma"], ["emily"], ["ann"]):
        with PlasticDB.open(tmp_path / "m.db") as db:
            db.sequence("m").learn_many(some)
    with PlasticDB.open(tmp_path / "m.db") as db:
        assert db.memory("m").stats()["samples"] == 3
        assert [session["learn"] for session in db.memory("m").sessions()] == [1, 1, 1]
        assert all(session["ended"] for session in db.sessions())


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        names = db.sequence("m")
        names.learn("emma")
    for late in (lambda: names.learn("ann"), lambda: names.predict("e"), lambda: list(db.query("RETURN 1"))):
        with pytest.raises(BadInput, match="the database was closed; open it again"):
            late()
    db.close()


def test_another_writer_is_noticed(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as one, PlasticDB.open(tmp_path / "m.db") as other:
        one.sequence("m").learn("emma")
        other.sequence("m").learn("ann")
        assert one.sequence("m").predict() == other.sequence("m").predict()
        one.sequence("m").learn("zoe")
        assert other.sequence("m").predict() == one.sequence("m").predict()
        assert other.memory("m").stats()["samples"] == 3
        assert one.memory("m").verify() == []


def test_a_graph_of_another_journal_is_refused(tmp_path: Path) -> None:
    from plasticdb import WrongJournal

    with PlasticDB.open(tmp_path / "graph.db", tmp_path / "one.db") as db:
        db.sequence("m").learn("emma")
    with (
        PlasticDB.open(tmp_path / "graph.db", tmp_path / "other.db") as db,
        pytest.raises(WrongJournal, match="give its own journal with --journal"),
    ):
        db.sequence("m").learn("emma")


def test_long_samples_and_many_symbols(db: PlasticDB) -> None:
    memory = db.sequence("m")
    long = "".join(chr(0x4E00 + i * i % 3000) for i in range(10_000))
    memory.learn_many([long, long[:-1] + "x", long[:5000]])
    assert memory.stats()["concepts"] == 1 + 3 + 2
    assert memory.complete(long[:9_990], greedy=True)[0].startswith(long[:9_990])
    memory.unlearn(long[:5000])
    assert db.memory("m").verify() == []


def test_a_memory_dropped_and_made_again_elsewhere_is_noticed(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as one, PlasticDB.open(tmp_path / "m.db") as other:
        one.sequence("m").learn("emma")
        one.sequence("m").predict("e")
        other.drop("m")
        other.sequence("m").learn("zoe")
        assert "z" in one.sequence("m").predict()
        one.sequence("m").learn("ann")
        assert one.memory("m").verify() == []
