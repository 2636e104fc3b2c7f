"""The recipes of docs/ingest.md do what the page says, as they stand."""

from __future__ import annotations

import re
from pathlib import Path

from plasticdb.files.sources import FIELDS

from .test_readme import TIMED, printed, put_command

PAGE = (Path(__file__).parents[1] / "docs" / "ingest.md").read_text("utf-8")


def test_the_recipe_for_rotated_logs(tmp_path: Path) -> None:
    put_command(tmp_path / "bin")
    blocks = [
        block for block in re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) if block.startswith("$ ")
    ]
    shown = [found for block in blocks for found in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)]
    assert len(shown) == 5
    for command, expected in shown:
        out, said = printed(command, tmp_path)
        assert TIMED.sub(r"\1", out + said) == TIMED.sub(r"\1", expected), command


def test_the_page_names_every_field_of_a_source() -> None:
    table = PAGE[PAGE.index("| in `--source` |") :].partition("\n\n")[0]
    assert re.findall(r"`\{(\w+)\}`", table) == list(FIELDS)
