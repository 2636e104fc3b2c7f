"""Random mixes of a classifier's verbs as steps, for the laws of `plasticdb.testing`."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from plasticdb.testing import Step, verb

from .verbs import SOURCES

__all__ = [
    "CLASSIFIER_EVERYTHING",
    "CLASSIFIER_STEPS",
    "FEATURE_EVERYTHING",
    "FEATURE_LEARNED_STEPS",
    "FEATURE_STEPS",
    "FEATURE_UNDONE_STEPS",
    "LABELLED_STEPS",
    "LABELLED_UNDONE_STEPS",
]

LABELS = st.sampled_from(["tea", "rain", "Zürich"])
POINTS = st.lists(st.integers(-3, 3), min_size=2, max_size=2)
MAPPINGS = st.dictionaries(st.sampled_from(["red", "round", "suffix:␂é", "'"]), st.integers(-3, 3), min_size=1)
LABELLED = st.lists(st.tuples(POINTS, LABELS), min_size=1, max_size=6)
MAPPED = st.lists(st.tuples(MAPPINGS, LABELS), min_size=1, max_size=6)


def labelled(samples: list[tuple[Any, str]], source: str | None, named: bool = False) -> Step:
    ids = [f"{x}{y}" for x, y in samples] if named else None
    return verb("learn_many", [x for x, _ in samples], [y for _, y in samples], source=source, external_ids=ids)


def said(memory: Any, /, **how: Any) -> object:
    """Ask for the labels of places, and how likely they are."""
    places = [[0, 0], [1, 2], [2, 1]]
    return memory.predict_many(places), memory.predict_proba_many(places).round(7).tolist()


CLASSIFIER_STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.builds(labelled, LABELLED, st.none() | SOURCES, st.booleans()),
        st.builds(labelled, LABELLED, st.none()),
        st.builds(verb, st.just("learn_one"), POINTS, LABELS),
        st.builds(verb, st.just("forget"), LABELS, erase=st.booleans()),
        st.builds(verb, st.just("unlearn"), SOURCES),
        st.just(said),
    ),
    max_size=14,
)


def learned(samples: st.SearchStrategy[list[tuple[Any, str]]]) -> st.SearchStrategy[list[Step]]:
    """Samples that may be learned in any order."""
    return st.lists(st.builds(labelled, samples, st.none()), min_size=1, max_size=6)


def undone(samples: st.SearchStrategy[list[tuple[Any, str]]]) -> st.SearchStrategy[list[tuple[Step, Step]]]:
    """Samples, and what takes them back."""
    pairs = samples.map(lambda some: (labelled(some, "taken back"), verb("unlearn", "taken back")))
    return st.lists(pairs, min_size=1, max_size=1)


LABELLED_STEPS, LABELLED_UNDONE_STEPS = learned(LABELLED), undone(LABELLED)
CLASSIFIER_EVERYTHING = [
    labelled([([0, 0], "tea"), ([1, 2], "rain"), ([0, 1], "tea"), ([2, 2], "rain")], "s"),
    labelled([([1, 0], "Zürich")], None),
]


def said_of_mappings(memory: Any, /, **how: Any) -> object:
    """Ask for the labels of mappings."""
    return memory.predict_many([{"red": 1}, {"round": 2.5, "red": -1}, {"never seen": 1}])


FEATURE_STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.builds(labelled, MAPPED, st.none() | SOURCES, st.booleans()),
        st.builds(verb, st.just("learn_one"), MAPPINGS, LABELS),
        st.builds(verb, st.just("forget"), LABELS, erase=st.booleans()),
        st.just(said_of_mappings),
    ),
    max_size=14,
)
FEATURE_LEARNED_STEPS, FEATURE_UNDONE_STEPS = learned(MAPPED), undone(MAPPED)
FEATURE_EVERYTHING = [
    labelled([({"red": 1}, "tea"), ({"round": 2}, "rain"), ({"red": 1, "round": 1}, "Zürich")], "s"),
]
