"""Samples are written as short as they can be read back as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plasticdb.continual.events import check, read, written
from plasticdb.continual.options import Options
from plasticdb.journal.events import Event


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ([[0, 16, 255]], "u1"),
        ([[0.5, -1.0, 3.0]], "f4"),
        ([[256, 0, 1]], "f4"),
        ([[0.1, 1e99, -1e-300]], "f8"),
    ],
)
@pytest.mark.parametrize("label", [7, 'a"}', "ß", True])
def test_a_sample_is_read_back_as_it_was(values: Any, form: str, label: Any) -> None:
    samples = np.array(values, np.float64)
    (payload,) = written(samples, [label])
    assert f'"t":"{form}"' in payload
    x, y = read(payload, 3)
    np.testing.assert_array_equal(x, samples[0])
    assert (y, type(y)) == (label, type(label))


def learned(payload: str) -> Event:
    return Event(1, 1, "learn", 0.0, 1, payload=payload, mass=1.0)


def test_a_journal_has_only_samples_that_the_memory_takes() -> None:
    (payload,) = written(np.array([[1.0, 2.0]]), ["a"])
    assert check(learned(payload), Options(2, "str"))
    assert not check(learned(payload), Options(3, "str"))
    assert not check(learned(payload), Options(2, "int"))
    assert not check(learned(payload + " "), Options(2, "str"))
    assert not check(learned(written(np.array([[np.nan, 2.0]]), ["a"])[0]), Options(2, "str"))
    assert not check(learned(payload.replace('"a"', "null")), Options(2, None))
