"""Where the golden traces are not, what they would have shown is reported as not tested."""

from __future__ import annotations

import pytest

from ..conftest import NOT_TESTED
from . import golden


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `trace` runs on every golden trace, one that takes `clean_trace` on those without a quirk."""
    for fixture, clean in (("trace", False), ("clean_trace", True)):
        if fixture in metafunc.fixturenames:
            chosen = [trace for name in golden.NAMES if (trace := golden.load(name)).clean or not clean]
            missing = pytest.param(None, id="missing")
            metafunc.parametrize(fixture, [pytest.param(trace, id=trace.name) for trace in chosen] or [missing])


@pytest.fixture
def traces() -> list[golden.Trace]:
    """All of them."""
    return [golden.load(name) for name in golden.NAMES]


@pytest.fixture(autouse=True)
def _traces_are_here(request: pytest.FixtureRequest) -> None:
    if {"trace", "clean_trace", "traces"} & set(request.fixturenames) and not golden.NAMES:
        request.config.stash.setdefault(NOT_TESTED, {})["the reference's golden traces"] = golden.MISSING
        pytest.skip(golden.MISSING)
