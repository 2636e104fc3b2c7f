"""Docstrings are numpydoc: every public definition has one, numpydoc parses it, and the parameters that it names are there."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc

import plasticdb
from plasticdb.kinds import kinds, load

MODULES = (
    "plasticdb.kinds",
    "plasticdb.memory.base",
    "plasticdb.memory.verbs",
    "plasticdb.schema",
    "plasticdb.graph.store",
    "plasticdb.testing",
    "plasticdb.sequence.teaching.typed",
    "plasticdb.config.files",
    "plasticdb.files.samples",
    "plasticdb.checks",
    "plasticdb.kit.durations",
    "plasticdb.kit.plasticity",
)
"""Beside the package itself: what other packages use to bring a kind or a store."""
SECTIONS = ("Parameters", "Attributes", "Returns", "Yields", "Raises", "Warns", "Notes", "Examples", "See Also")


def public() -> Iterator[tuple[str, Any]]:
    """Every public definition by its name: classes, their public methods and properties, functions."""
    named = {f"plasticdb.{name}": getattr(plasticdb, name) for name in plasticdb.__all__ if name != "__version__"}
    for module in MODULES:
        there = import_module(module)
        named |= {f"{module}.{name}": getattr(there, name) for name in there.__all__}
    named |= {path: load(path) for kind in kinds() for path in (kind.memory, kind.options)}
    for name, found in named.items():
        if inspect.isclass(found):
            yield name, found
            ours = [base for base in reversed(found.__mro__) if base.__module__.startswith("plasticdb")]
            for attribute, value in {name: one for base in ours for name, one in vars(base).items()}.items():
                if not attribute.startswith("_") and isinstance(value, classmethod | property | type(public)):
                    yield f"{name}.{attribute}", value
        elif inspect.isfunction(found):
            yield name, found


PUBLIC = dict(public())


def parameters(found: Any) -> set[str]:
    """The names that a definition takes; a dataclass's fields are those of its class."""
    if isinstance(found, property):
        return set()
    function = found.__func__ if isinstance(found, classmethod) else found
    return {*inspect.signature(function).parameters} - {"self", "cls"}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_definition_has_a_numpydoc_docstring(name: str) -> None:
    found = PUBLIC[name]
    text = inspect.getdoc(found) or ""
    assert text, "it needs a docstring"
    assert text.split("\n")[0].rstrip().endswith((".", "?", ":")), "the first line is a sentence"
    doc = (
        ClassDoc(found, config={"show_class_members": False})
        if inspect.isclass(found)
        else FunctionDoc(found, doc=text)
    )
    listed = {one.strip("* ") for entry in doc["Parameters"] for one in entry.name.split(",")}
    assert listed <= parameters(found), (
        "a parameter that is not there, or `name: text` in place of a name with a text below"
    )
    assert all(entry.desc for entry in doc["Parameters"]), "say what each parameter is"
    for section in ("Raises", "Returns", "Yields"):
        assert all(entry.type and (entry.desc or section != "Raises") for entry in doc[section]), section
    assert all(entry.type.replace(", ", "").isalnum() for entry in doc["Raises"]), "an error a line, and why below"
    missed = [line for line in text.split("\n") if line.strip().rstrip(":") in SECTIONS and not _underlined(text, line)]
    assert missed == []


def _underlined(text: str, title: str) -> bool:
    return f"{title}\n{'-' * len(title.strip())}" in "\n".join(line.rstrip() for line in text.split("\n"))
