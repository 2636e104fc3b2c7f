"""What docs/views.md shows in Python is what Python gives."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

from plasticdb import PlasticDB

from .test_readme import checking

PAGE = (Path(__file__).parents[1] / "docs" / "views.md").read_text("utf-8")


def test_the_python_of_the_page(tmp_path: Path) -> None:
    pytest.importorskip("ladybug")
    seen: list[str] = []

    def check(value: object, comment: str) -> None:
        seen.append(comment)
        assert doctest.OutputChecker().check_output(f"{comment}\n", f"{value!r}\n", doctest.ELLIPSIS), (value, comment)

    with PlasticDB.open(tmp_path / "page.db") as db:
        known: dict[str, Any] = {"_check": check, "db": db}
        for code in re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
            exec(compile("\n".join(map(checking, code.splitlines())), "views.md", "exec"), known)
    assert len(seen) == 2
