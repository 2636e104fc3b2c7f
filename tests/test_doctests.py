"""Every example in a docstring runs."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import plasticdb

MODULES = [
    module.name
    for module in pkgutil.walk_packages(plasticdb.__path__, "plasticdb.")
    if ".migrations." not in module.name
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
