"""The forward pass on rows made by hand: what it says of cells is what it says of all symbols, and expectations are theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plasticdb.kit.plasticity import told
from plasticdb.kit.rows import Rows
from plasticdb.sequence.prediction.parameters import DEPTHS, begun, counted
from plasticdb.sequence.prediction.predict import Base, Said, Speakers, account, dense, expected, said, toward

SYMBOLS, VIEWS, DEPTH, HISTORIES = 6, 3, 4, 5


def made(seed: int) -> tuple[Speakers, Base, Said]:
    """Some contexts of three views, five histories among them, and what is said; two histories have a base without a sample."""
    some = np.random.default_rng(seed)
    contexts = VIEWS * DEPTH * 3
    lengths = some.integers(0, 4, contexts)
    code = np.concatenate([some.choice(SYMBOLS, size, replace=False) for size in lengths])
    weight = some.uniform(-0.5, 4, len(code))
    rows = Rows(np.arange(contexts), {}, np.append(0, lengths.cumsum()), {"code": code, "weight": weight})
    view, depth = np.divmod(np.arange(contexts) // 3, DEPTH)
    first = begun(VIEWS, *counted({"once_a_1": 7, "twice_a_1": 2, "once_b_2": 3}, "abc"))
    speakers = Speakers.of(rows, view, depth + 1, np.arange(SYMBOLS), first)
    chosen = some.integers(0, 3, (VIEWS, DEPTH, HISTORIES)) + 3 * np.arange(VIEWS * DEPTH).reshape(VIEWS, DEPTH, 1)
    deep = some.integers(0, DEPTH + 1, (VIEWS, HISTORIES))
    chosen[np.arange(DEPTH)[:, None] >= deep[:, None]] = -1
    heard = some.uniform(0, 5, SYMBOLS)
    less = np.maximum(heard - [1, 0, 1, 0, 0, 0], 0.0)
    base = Base(
        heard,
        0.4,
        np.full(SYMBOLS, 1 / SYMBOLS),
        np.array([0, 0, 1, 1, 0]),
        np.array([heard.sum(), less.sum()]),
        np.array([told(heard).sum(), told(less).sum()]),
        np.ones(2),
        SYMBOLS + np.array([0, 2]),
        less[[0, 2]],
    )
    last = np.zeros(HISTORIES, np.int64)
    return speakers, base, said(speakers, chosen, base, first.gates, last, last, 0)


def everything(of: Said, base: Base) -> np.ndarray:
    """[n, symbols]: p of all symbols, one symbol each."""
    return np.column_stack([np.exp(toward(of, base, np.full(HISTORIES, s)).log_p) for s in range(SYMBOLS)])


@pytest.mark.parametrize("seed", range(5))
def test_the_probabilities_of_all_symbols_add_up_to_one(seed: int) -> None:
    _, base, of = made(seed)
    assert everything(of, base).sum(axis=1) == pytest.approx(np.ones(HISTORIES), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_a_whole_distribution_is_what_is_said_of_each_symbol(seed: int) -> None:
    _, base, of = made(seed)
    plain = replace(base, key=base.key[:0], other=base.other[:0])
    alone = np.flatnonzero(base.group == 0)
    assert dense(of, plain, SYMBOLS)[alone] == pytest.approx(everything(of, base)[alone], abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_a_base_without_a_sample_is_the_base_of_a_memory_without_it(seed: int) -> None:
    _, base, _ = made(seed)
    history, column = np.arange(HISTORIES).repeat(SYMBOLS), np.tile(np.arange(SYMBOLS), HISTORIES)
    b = base.of(history, column).reshape(HISTORIES, SYMBOLS)
    assert b.sum(axis=1) == pytest.approx(np.ones(HISTORIES), abs=1e-12)
    less = base.weight.copy()
    less[[0, 2]] = base.other
    none = base.key[:0]
    other = replace(base, weight=less, group=np.ones(HISTORIES, np.int64), key=none, other=none.astype(float))
    assert other.every(SYMBOLS)[2] == pytest.approx(b[2], abs=1e-12)
    assert b[2] != pytest.approx(b[0], abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_expectations_are_over_all_symbols(seed: int) -> None:
    _, base, of = made(seed)
    p = everything(of, base)
    ratios = np.stack([toward(of, base, np.full(HISTORIES, s)).ratio for s in range(SYMBOLS)], axis=2)
    assert expected(of) == pytest.approx((ratios * p).sum(axis=2), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_an_account_ends_with_the_ratio(seed: int) -> None:
    """What each context made of its abstraction's p, a depth at a time; and what a context adds comes out in part."""
    speakers, base, of = made(seed)
    column = np.array([0, 1, 2, 3, 5])
    one = toward(of, base, column)
    found = account(speakers, of.rows, one.base, column)
    assert np.log(found.after[:, -1] / one.base) == pytest.approx(one.ratio, abs=1e-12)
    assert (found.before[:, 1:] == found.after[:, :-1]).all()
    whole = (found.gain * found.passed).sum(axis=1) + np.exp(of.rest) * one.base
    assert whole == pytest.approx(found.after[:, -1], abs=1e-12)


def test_depths_beyond_the_last_number_share_it() -> None:
    once, twice = counted(
        {"once_skip2_3": 4, "once_skip2_25": 1, "once_skip2_40": 2, "twice_x_1": 9}, ["suffix", "skip2"]
    )
    assert (once[1, 3], once[1, DEPTHS - 1], once.sum(), twice.sum()) == (4, 3, 7, 0)
