"""What docs/continual.md shows is what the commands print, and what Python gives."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

from plasticdb import PlasticDB

from .test_readme import FILES, TIMED, checking, printed, put_command

PAGE = (Path(__file__).parents[1] / "docs" / "continual.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [text for kind, text in found if kind == language]


def listed() -> dict[str, list[str]]:
    """The files whose lines stand in a sentence."""
    found = re.findall(r"^`(\w+\.txt)` has (\d+)\D*?: ([^.]*)\.$", PAGE, re.MULTILINE)
    files = {name: re.split(r",\s", names) for name, _, names in found}
    assert [len(names) for names in files.values()] == [int(count) for _, count, _ in found] == [24, 24]
    return files


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    for name, text in zip(("spring.csv", "summer.csv"), blocks("csv"), strict=True):
        assert text == FILES[name]
        (tmp_path / name).write_text(text)
    for name, names in listed().items():
        (tmp_path / name).write_text("\n".join(names) + "\n")
    put_command(tmp_path / "bin")
    shown = [
        found for block in blocks("") for found in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]
    assert len(shown) >= 18
    for command, expected in shown:
        out, said = printed(command, tmp_path)
        assert TIMED.sub(r"\1", out + said) == TIMED.sub(r"\1", expected), command


def test_the_python_of_the_page(tmp_path: Path) -> None:
    seen: list[str] = []

    def check(value: object, comment: str) -> None:
        seen.append(comment)
        assert doctest.OutputChecker().check_output(f"{comment}\n", f"{value!r}\n", doctest.ELLIPSIS), (value, comment)

    with PlasticDB.open(tmp_path / "page.db") as db:
        known: dict[str, Any] = {"_check": check, "db": db}
        for code in blocks("python"):
            exec(compile("\n".join(map(checking, code.splitlines())), "continual.md", "exec"), known)
    assert len(seen) >= 13


def test_what_is_said_of_the_options_is_so() -> None:
    from plasticdb.continual.state import Settings

    assert f"({Settings().share} and {Settings().budget:,}; a label keeps one)" in PAGE
