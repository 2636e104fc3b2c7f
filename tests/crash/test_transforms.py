"""The transform memory while several processes write, consolidate, forget and read it at once."""

from __future__ import annotations

import numpy as np
import pytest

from ..effort import times
from .conftest import Place


@pytest.mark.parametrize("place", ["sqlite", "postgres", "neo4j"], indirect=True)
@pytest.mark.parametrize(
    "verbs",
    [
        ("write", "write", "consolidate", "read pairs"),
        ("write", "forget pairs", "consolidate", "rebuild pairs"),
        ("write", "use", "merge", "merge"),
        ("write", "unlearn pairs", "use", "merge"),
    ],
    ids=" ".join,
)
def test_whatever_is_done_at_once_the_graph_and_the_journal_agree(place: Place, verbs: tuple[str, ...]) -> None:
    with place.opened() as db:
        memory = db.transforms("t", 2, 1)
        memory.write([[0, 0], [0, 1], [1, 0]], [[0], [2], [1]])
        processes = [place.rival(verb, seed, seconds=times(1)) for seed, verb in enumerate(verbs)]
        said = [process.communicate(timeout=120)[1].decode() for process in processes]
        assert [process.returncode for process in processes] == [0] * len(verbs), "\n".join(said)
        for name in db.memories():
            db.memory(name["memory"]).sync()
            assert db.memory(name["memory"]).verify() == []
        sizes = memory.stats()
        assert sizes["raw"] + sizes["archived"] == sum(one["learned"] - one["unlearned"] for one in memory.sources())
        memory.write([[5, 5]], [[99]])
        assert np.array_equal(memory.read_many([[5, 5]]), [[99]])
        memory.consolidate(afresh=True)
        assert memory.verify() == []
