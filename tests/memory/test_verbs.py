"""One list of verbs: each is a method with typed parameters and a docstring, and every command is in it."""

from __future__ import annotations

import inspect
import runpy
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from plasticdb.cli.main import OWN, cli, verbs

from plasticdb import PlasticDB
from plasticdb.kinds import Verb, load, own, registered
from plasticdb.memory.base import Memory
from plasticdb.memory.verbs import DATABASE, MEMORY, Method, of_database, of_memory

ROOT = Path(__file__).parents[2]
METHODS = {f"{kind.name} {one.name}": one for kind in own() for one in of_memory(kind)}
METHODS |= {f"database {one.name}": one for one in of_database()}
PLUMBING = {
    Memory: {"apply", "release", "now", "replay"},
    "sequence": {"journal_samples", "payload", "prepare", "grown", "take_in"},
    PlasticDB: {"classifier", "close", "engrams", "memory", "open", "release", "sequence", "transforms"},
}
"""Public methods that are no verbs: how Python begins and ends, and what rooms above need."""


@pytest.mark.parametrize("name", METHODS)
def test_a_verb_has_typed_parameters_and_a_docstring(name: str) -> None:
    method = METHODS[name]
    assert method.doc
    assert method.line.endswith(".") or ":" in method.line
    for parameter in method.parameters:
        assert parameter.annotation is not inspect.Parameter.empty, parameter
        assert parameter.kind is not inspect.Parameter.VAR_POSITIONAL


def test_front_ends_can_loop_over_them() -> None:
    (predict,) = (one for one in of_memory(own()[0]) if one.name == "predict")
    assert [(one.name, one.annotation, one.default) for one in predict.parameters] == [
        ("prompt", "Sample", ""),
        ("top", "int | None", None),
    ]
    assert isinstance(predict, Method)
    assert (predict.changes, METHODS["sequence unlearn"].changes) == (False, True)


def test_the_page_is_what_the_list_says() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "make_verbs.py"))
    assert page["PAGE"].read_text("utf-8") == page["page"](), "run: python docs/make_verbs.py"


def methods(made: type) -> set[str]:
    return {name for name, value in inspect.getmembers(made) if inspect.isroutine(value) and not name.startswith("_")}


def test_every_method_is_a_verb_or_plumbing() -> None:
    for kind in own():
        listed = {verb.name for verb in (*kind.verbs, *MEMORY)}
        assert methods(load(kind.memory)) == listed | PLUMBING[Memory] | PLUMBING.get(kind.name, set())
    assert methods(PlasticDB) == {verb.name for verb in DATABASE} | PLUMBING[PlasticDB]


def test_every_command_is_in_the_list() -> None:
    listed = {verb.name.rstrip("_") for verb in (*MEMORY, *DATABASE) if verb.command}
    for kind in own():
        commands = {verb.name for verb in kind.verbs if verb.command}
        if kind.grouped:
            group = cli.get_command(click.Context(cli), kind.name)
            assert isinstance(group, click.Group)
            assert group.commands.keys() - {"stats"} == commands  # which is that of any memory, with --owner
            listed |= {kind.name}
        else:
            listed |= commands
    assert verbs().keys() == listed | OWN.keys()


def test_what_changes_a_memory_takes_an_operation_or_is_done_twice_alike() -> None:
    """A front end may try again: `operation=` makes it the same call, and the others change nothing the second time."""
    again = {"sync", "rebuild", "reembed", "skip", "copy", "drop", "migrate"}
    for name, method in METHODS.items():
        if method.changes:
            assert "operation" in {one.name for one in method.parameters} or method.name in again, name


def test_a_kind_of_another_package_brings_its_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    group = click.Group("toy", {"play": click.Command("play", help="Play with it.")})
    monkeypatch.setitem(sys.modules, "toys.commands", SimpleNamespace(toy=group))  # type: ignore[arg-type]
    toy = replace(own()[1], name="toy", verbs=(Verb("play", "Play with it."),), commands="toys.commands")
    with registered(toy):
        found = cli.get_command(click.Context(cli), "toy")
        assert isinstance(found, click.Group)
        assert found.commands.keys() == {"play"}
        assert toy.told == "the verbs of `plasticdb toy`"
    assert cli.get_command(click.Context(cli), "toy") is None
    with registered(replace(toy, commands="")):
        assert cli.get_command(click.Context(cli), "toy") is None
