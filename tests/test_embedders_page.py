"""The embedder of docs/embedders.md does what the page says, in a process that finds it as an installed package."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from plasticdb import PlasticDB

PAGE = (Path(__file__).parents[1] / "docs" / "embedders.md").read_text("utf-8")
ASK = """
from plasticdb import PlasticDB
with PlasticDB.open("m.db") as db:
    notes = db.engrams("notes", embedder="ngrams")
    notes.remember(["a bee", "zzz", ""])
with PlasticDB.open("m.db") as db:
"""


def block(language: str, begins: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return next(text for text in found if text.startswith(begins))


def test_the_embedder_of_ten_lines(tmp_path: Path) -> None:
    code, project = block("python", "# letters.py"), tomllib.loads(block("toml", "# pyproject"))["project"]
    assert len([line for line in code.splitlines() if line and not line.startswith("#")]) <= 10
    (tmp_path / "letters.py").write_text(code)
    installed = tmp_path / f"{project['name']}-{project['version']}.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    entries = project["entry-points"]["plasticdb.embedders"]
    lines = [f"{name} = {value}" for name, value in entries.items()]
    (installed / "entry_points.txt").write_text("\n".join(["[plasticdb.embedders]", *lines, ""]))
    changed = ASK + "".join(f"    {line}\n" for line in block("python", 'notes = db.engrams("notes")').splitlines())
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", changed], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "3 of 3\n"
    with PlasticDB.open(tmp_path / "m.db") as db:
        made = db.engrams("notes").options
        assert (made.embedder, made.embedder_version, made.dimension) == ("letters", "1.0", 26)
        assert db.memory("notes").verify() == []
