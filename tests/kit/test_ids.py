"""Ids are stable, and spread."""

from __future__ import annotations

import numpy as np

from plasticdb.kit.ids import as_id, digest, extend, seed, slots, symbol_hashes


def test_ids_are_the_same_in_every_process_and_version() -> None:
    """A change here would make every existing graph unreadable."""
    hashes = extend(np.array([seed("names", "prefix")]), symbol_hashes(["e"]))
    assert digest("emma") == DIGEST
    assert as_id(hashes).tolist() == [PREFIX_E]
    assert slots(hashes).tolist() == [SLOT_E]


def test_ids_fit_63_bits_and_do_not_collide_in_practice() -> None:
    start = np.full(200_000, seed("m", "suffix"))
    ids = as_id(extend(start, np.arange(200_000, dtype=np.uint64)))
    assert (ids >= 0).all()
    assert len(np.unique(ids)) == len(ids)


def test_the_order_of_symbols_matters() -> None:
    a, b = symbol_hashes(["a"]), symbol_hashes(["b"])
    start = np.array([seed("m", "suffix")])
    assert extend(extend(start, a), b) != extend(extend(start, b), a)


DIGEST = 2285567626704835416
PREFIX_E = 492947676432979011
SLOT_E = 6031969275436575126
