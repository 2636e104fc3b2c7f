"""The house stands as docs/architecture.md draws it: no import runs up, none in a circle, and every file it names is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {"plasticdb": ROOT / "plasticdb", "plasticdb.cli": ROOT / "cli"}
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.md")])


def modules() -> dict[str, Path]:
    found = {}
    for package, folder in FOLDERS.items():
        for file in folder.rglob("*.py"):
            parts = file.relative_to(folder).with_suffix("").parts
            found[".".join([package, *(part for part in parts if part != "__init__")])] = file
    return found


MODULES = modules()


def imported(module: str) -> Iterator[str]:
    """The modules of this package that a module imports, wherever in it."""
    file = MODULES[module]
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{origin}.{alias.name}"
                if full in MODULES or origin in MODULES:
                    yield full if full in MODULES else origin


IMPORTS = {module: {*imported(module)} - {module} for module in MODULES}


def rooms() -> dict[str, int]:
    """Each room of the table, with its floor, counted from the top."""
    lines = re.findall(r"^\| (`[a-z`, ]+`) \|", PAGE, re.MULTILINE)
    return {room: i for i, line in enumerate(lines) for room in re.findall(r"[a-z]+", line)}


def room(module: str) -> str:
    return module.removeprefix("plasticdb.").split(".")[0]


def test_every_module_has_a_room() -> None:
    assert {room(module) for module in MODULES} - {"plasticdb"} == rooms().keys()


def test_no_import_runs_up() -> None:
    floor = rooms()
    wrong = {
        f"{module} imports {other}"
        for module, others in IMPORTS.items()
        for other in others
        if "plasticdb" not in (module, other)  # the package's front page, which imports by name when it is asked
        and room(module) != room(other)
        and floor[room(module)] >= floor[room(other)]
    }
    assert wrong == set()


def test_no_import_goes_in_a_circle() -> None:
    front = {module: others - {"plasticdb"} for module, others in IMPORTS.items()}
    front["plasticdb"] = set()
    try:
        TopologicalSorter(front).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_rules_are_pure() -> None:
    """What is in the kit knows neither files nor databases nor the time."""
    for module, file in MODULES.items():
        if room(module) == "kit":
            found = {name for node in ast.walk(ast.parse(file.read_text("utf-8"))) for name in _outside(node)}
            assert not found & {"sqlalchemy", "neo4j", "time", "datetime", "os", "pathlib", "random"}, module


def _outside(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.split(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield str(node.module).split(".")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    named = {*re.findall(r"(?<![\w/.])((?:[\w.]+/)+\w+\.(?:py|md|sh|toml))\b", text)}
    named |= {*re.findall(r"\]\((?!https?:)([^)#]+)\)", text)}
    bare = {*re.findall(r"`(\w+\.py)`", text)}
    missing = {
        name for name in named if not any((base / name).exists() for base in (ROOT, page.parent, ROOT / "plasticdb"))
    }
    everywhere = {
        file.name for folder in ("plasticdb", "cli", "docs", "tests", "bench") for file in (ROOT / folder).rglob("*.py")
    }
    assert missing | (bare - everywhere) == set()
