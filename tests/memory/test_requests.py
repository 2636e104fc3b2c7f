"""Learners and questions do no I/O: they run on plain tables as on a database, and what they ask for can travel."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import plasticdb
from plasticdb import PlasticDB
from plasticdb.engram import ask as engram_ask
from plasticdb.engram.finding import Question
from plasticdb.engram.index import Index
from plasticdb.engram.learner import EngramLearner
from plasticdb.engram.life import life
from plasticdb.engram.working_set import EngramWorkingSet
from plasticdb.journal.events import EventRow, SessionRow
from plasticdb.journal.rows import MemoryRow
from plasticdb.kinds import Kind, find
from plasticdb.memory.projection import Learner
from plasticdb.memory.requests import Request, drive
from plasticdb.sequence.asking import ask as sequence_ask
from plasticdb.sequence.asking import browse, explain
from plasticdb.sequence.asking.taught import taught
from plasticdb.sequence.learner import SequenceLearner
from plasticdb.sequence.options import Options
from plasticdb.sequence.working_set import SequenceWorkingSet
from plasticdb.testing.verbs import Step, outcome, verb
from plasticdb.transform import answering
from plasticdb.transform.index import Index as Slots
from plasticdb.transform.learner import TransformLearner
from plasticdb.transform.working_set import TransformWorkingSet
from tests.plain import Plain, graph_of, journal_of
from tests.verbs import ENGRAM_MIXES, MIXES, Clock, Verb, do, do_engrams

from ..effort import times
from ..steps import TRANSFORM_STEPS

PURE = ("ask", "batch", "browse", "deltas", "explain", "learn", "learner", "provenance", "recall", "remind", "synapses")
PURE += (
    "answers",
    "contexts",
    "evidence",
    "finding",
    "firings",
    "index",
    "postings",
    "predict",
    "rules",
    "tree",
    "walk",
)
PURE += ("completing", "scoring", "views", "working_set")
PURE += ("answering", "blending", "factors", "nearest", "planning", "reading", "slots")
PACKAGE = Path(plasticdb.__file__).parent


def kind(name: str) -> Kind:
    found = find(name)
    assert found is not None
    return found


def travelling(plain: Plain) -> Any:
    """Answers as another machine would: every request and every answer is sent as bytes."""
    return lambda request: pickle.loads(pickle.dumps(plain(pickle.loads(pickle.dumps(request)))))


def alike(db: PlasticDB, plain: Plain) -> None:
    """The graph of a database, and the one in plain tables, are the same."""
    name = plain.row.name
    graph = db._store.memory(name)
    assert graph is not None
    # What is erased was still there when the database learned it; and a level without concepts may be there, as a 0.
    totals, expected = (
        {n: v for n, v in known.totals.items() if v and n != "erased"} for known in (plain.graph, graph)
    )
    assert totals == pytest.approx(expected)
    declared = kind(plain.row.kind)
    tables = [edge for edge in declared.relationships if edge.properties]
    for part in (*declared.nodes, *tables):
        ours, theirs = (graph_of(store, name, part) for store in (plain, db._store))
        assert ours.keys() == theirs.keys(), part
        for key, row in theirs.items():
            assert {n: v for n, v in ours[key].items() if v is not None} == pytest.approx(
                {n: v for n, v in row.items() if v is not None}
            ), (part, key)


@pytest.mark.parametrize("views", [None, "suffix 1-2 4, word, line", "suffix 1, follower, first 2"])
@settings(deadline=None, max_examples=times(4))
@given(MIXES, st.sampled_from([1, 3, 100]))
def test_a_sequence_memory_learns_from_plain_tables_what_it_learns_from_a_database(
    views: str | None, mix: list[Verb], batch: int
) -> None:
    clock = Clock()
    with PlasticDB.open(":memory:", clock=clock) as db:
        db.sequence("m", views=views).learn_many(["ab", "b ab a"], source="s")
        for verb in mix:
            do(db, clock, verb)
        options = db.sequence("m").options
        plain, cache = journal_of(db, "m", options.cut.spelling.content), SequenceWorkingSet("m")
        plain.learn(SequenceLearner(cache, options, batch))
        alike(db, plain)
        memory = db.sequence("m")
        if memory.vocabulary:
            for known in (cache, cold(plain)):
                p = drive(sequence_ask.predict(known, options.cut, options.view_set, "b ab", None), travelling(plain))
                assert p == pytest.approx(memory.predict("b ab"))
                why = drive(explain.explain(known, options.cut, options.view_set, "b ab", None), plain)
                why = drive(taught(options.cut, options.view_set, "b ab", why, 3), travelling(plain))
                assert why.spoke[0].taught_by == memory.explain("b ab", why.symbol).spoke[0].taught_by
                assert len(drive(browse.concepts(known, options.cut, ""), plain)) == len(memory.concepts(""))


def cold(plain: Plain) -> SequenceWorkingSet:
    """A working set that has fetched nothing but what it always wants."""
    cache = SequenceWorkingSet("m")
    drive(cache.look(plain.graph), plain)
    return cache


@settings(deadline=None, max_examples=times(8))
@given(ENGRAM_MIXES, st.sampled_from([1, 3, 100]))
def test_an_engram_memory_learns_from_plain_tables_what_it_learns_from_a_database(mix: list[Verb], batch: int) -> None:
    with PlasticDB.open(":memory:") as db:
        for verb in [("remember", [[1, 1]], None), *mix]:
            do_engrams(db, verb)
        plain = journal_of(db, "e")
        memory = db.engrams("e")
        cache = EngramWorkingSet("e")
        plain.learn(EngramLearner(cache, Index(), memory.options, batch))
        alike(db, plain)
        cue = np.zeros(2, np.float32)
        found = drive(engram_ask.recall(cache, Index(), cue, (), Question(5), None), travelling(plain))
        assert found == memory.recall([0, 0], 5)
        for number in [one.id for one in found] or [1]:
            assert drive(life("e", memory.options, number), travelling(plain)) == memory.history(number)


@settings(deadline=None, max_examples=times(4))
@given(TRANSFORM_STEPS, st.sampled_from([1, 3, 100]))
def test_a_transform_memory_learns_from_plain_tables_what_it_learns_from_a_database(
    mix: list[Step], batch: int
) -> None:
    with PlasticDB.open(":memory:", clock=Clock()) as db:
        memory = db.transforms("t", 2, 1)
        for step in [verb("write", [[1, 1]], [[2]]), *mix]:
            outcome(step, memory)
        plain = journal_of(db, "t")
        cache, index = TransformWorkingSet("t"), Slots()
        index.of(1, memory.options)
        plain.learn(TransformLearner(cache, index, memory.options, batch))
        alike(db, plain)
        asked, _ = drive(answering.asked(cache, index, np.zeros((1, 2)), None), travelling(plain))
        assert np.array_equal(asked.values, memory.read_many([[0, 0]]))


@pytest.mark.parametrize("tokenizer", ["chars", "words", "bytes", "symbols"])
def test_a_sample_is_learned_and_predicted_where_there_is_no_database(tokenizer: str) -> None:
    options = Options.new(tokenizer=tokenizer)
    sample: Any = {"bytes": b"ab", "symbols": ["a", "b"], "words": "a b"}.get(tokenizer, "ab")
    payload = options.cut.payload(sample)
    rows = [
        EventRow(1, "learn", 0.0, 1.0, None, 2, None, 1, payload, 3),
        EventRow(2, "unlearn", 0.0, None, 1, None, None, 1),
    ]
    rows += [EventRow(3, "learn", 0.0, 1.0, None, None, None, 1, payload, 3)]
    plain = Plain(
        MemoryRow(1, "m", "sequence", {}, 3, 0), rows, options.cut.spelling.content, sessions=[SessionRow(1, "0", 0.0)]
    )
    cache = SequenceWorkingSet("m")
    learner = SequenceLearner(cache, options, 1)
    while plain.graph.position < 3:
        step = drive(learner.step(plain.graph, 1), travelling(plain))
        assert step is not None
        plain.apply(pickle.loads(pickle.dumps(step.changes)), step.position)
        step.applied(plain.graph.batch)
    assert plain.graph.totals["samples"] == 1
    p = drive(sequence_ask.predict(cache, options.cut, options.view_set, options.cut.payload(sample), None), plain)
    assert max(p, key=lambda symbol: p[symbol]) == "␃"


def test_what_fails_while_it_is_answered_is_raised_where_it_was_asked() -> None:
    def fails(request: Request) -> Any:
        raise OSError("away")

    learner: Learner = SequenceLearner(SequenceWorkingSet("m"), Options.new(), 1)
    plain = Plain(MemoryRow(1, "m", "sequence", {}, 1, 0), [], hash)
    with pytest.raises(OSError, match="away"):
        drive(learner.step(plain.graph, 1), fails)


@pytest.mark.parametrize("folder", ["sequence", "engram", "transform"])
def test_only_the_shell_of_a_memory_knows_journal_and_store(folder: str) -> None:
    for file in sorted((PACKAGE / folder).glob("*.py")):
        source = file.read_text()
        assert "sqlalchemy" not in source, file
        if file.stem in PURE:
            assert not [
                word for word in ("Journal", "GraphStore", "history", "engine") if f"import {word}" in source
            ], file


def test_a_learner_is_imported_without_any_database() -> None:
    names = [f"plasticdb.{folder}.{name}" for folder in ("sequence", "engram", "transform") for name in PURE]
    there = [name for name in names if (PACKAGE.parent / f"{name.replace('.', '/')}.py").exists()]
    code = "import sys; sys.modules['sqlalchemy'] = sys.modules['neo4j'] = None\n" + "\n".join(
        f"import {n}" for n in there
    )
    subprocess.run([sys.executable, "-c", code], check=True)
