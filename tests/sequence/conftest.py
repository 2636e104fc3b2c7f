"""What the tests of the sequence memory share: the names of the reference data, and its oracle."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="session")
def names() -> list[str]:
    """The 32,033 names that the figures are about."""
    file = SHARED / "data" / "names.txt"
    if not file.exists():
        pytest.skip("NOT TESTED against the 32,033 names: ../shared/data/names.txt is not here")
    return file.read_text().split()


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    """The executable form of the predictor's rules."""
    file = SHARED / "reference" / "pow_reference.py"
    if not file.exists():
        pytest.skip("NOT TESTED against the oracle: ../shared/reference/pow_reference.py is not here")
    spec = importlib.util.spec_from_file_location("pow_reference", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
