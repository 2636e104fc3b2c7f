"""A kind of memory is its folder, a line in the registry, a wrapper, a file of commands and migrations; nothing else."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
MAY_NAME_ENGRAMS = {
    "plasticdb/api.py",  # its wrapper
    "plasticdb/kinds.py",  # its line in the registry
    "cli/engram.py",
    "cli/engrams.py",
    "cli/notes.py",
    "migrations/neo4j/V0003__engrams.cypher",
    "migrations/neo4j/V0004__nearest_engrams.cypher",
    "migrations/neo4j/V0005__notes.cypher",
    "migrations/neo4j/V0006__nearest_engrams_without_a_text.cypher",
    "migrations/neo4j/V0007__copies_of_engrams.cypher",
    "migrations/neo4j/V0014__pairings.cypher",
    "migrations/sql/graph/0003_engrams.py",
    "migrations/sql/graph/0004_notes.py",
    "migrations/sql/graph/0006_copies.py",
    "migrations/sql/graph/0013_pairings.py",
    "migrations/sql/graph/0014_shortcuts.py",
}


def test_no_other_file_names_the_engram_memory() -> None:
    files = [
        file for folder in ("plasticdb", "cli", "migrations") for file in (ROOT / folder).rglob("*") if file.is_file()
    ]
    files = [
        file for file in [*files, *ROOT.glob("docs/*.py"), *ROOT.glob("docker/*.py")] if "__pycache__" not in file.parts
    ]
    naming = {file.relative_to(ROOT).as_posix() for file in files if "engram" in file.read_text("utf-8").lower()}
    assert {file for file in naming if not file.startswith("plasticdb/engram/")} == MAY_NAME_ENGRAMS


def test_it_has_one_line_in_the_registry() -> None:
    lines = (ROOT / "plasticdb" / "kinds.py").read_text("utf-8").splitlines()
    assert [line for line in lines if "engram" in line.lower()] == [line for line in lines if line.startswith("OWN = ")]
