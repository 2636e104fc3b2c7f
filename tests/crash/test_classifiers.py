"""A classifier while several processes learn, forget, ask and rebuild at once."""

from __future__ import annotations

import pytest

from plasticdb import PlasticDB
from plasticdb.memory.verify import differences

from ..effort import times
from .conftest import Place


@pytest.mark.parametrize("place", ["sqlite", "postgres", "neo4j"], indirect=True)
@pytest.mark.parametrize(
    "verbs",
    [
        ("learn labels", "learn labels", "learn names", "predict"),
        ("learn labels", "forget labels", "unlearn labels", "rebuild labels"),
        ("learn names", "learn names", "learn names", "forget labels"),
    ],
    ids=" ".join,
)
def test_whatever_is_done_at_once_the_graph_and_the_journal_agree(place: Place, verbs: tuple[str, ...]) -> None:
    with place.opened() as db:
        memory = db.classifier("c", 2)
        memory.learn_many([[0, 0], [9, 0]], ["tea", "rain"], source="a")
        processes = [place.rival(verb, seed, seconds=times(1)) for seed, verb in enumerate(verbs)]
        said = [process.communicate(timeout=120)[1].decode() for process in processes]
        assert [process.returncode for process in processes] == [0] * len(verbs), "\n".join(said)
        memory.sync()
        assert memory.verify() == []
        samples = memory.stats()["samples"]
        assert samples == sum(memory.labels().values())
        assert samples == sum(one["learned"] - one["unlearned"] for one in memory.sources())
        with PlasticDB.open(":memory:") as quiet:  # as if one process had done it all, in the order of the journal
            db.copy(quiet, "c")
            assert differences(db._store, quiet._store, "c") == []
        memory.learn_many([[50, 50]] * 3, ["new"] * 3)
        assert memory.predict_many([[50, 50]]) == ["new"]
