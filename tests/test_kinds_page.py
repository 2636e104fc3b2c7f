"""docs/kinds.md: the kind that it writes works as the page says, and keeps the laws."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "docs" / "kinds.md").read_text("utf-8")


def test_the_page_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"^```(\S*) ?(\S*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    written = "\n\n".join(code for language, file, code in blocks if language == "python" and not file)
    (tmp_path / "counting.py").write_text(written, "utf-8")
    for language, file, code in blocks:
        if language == "python" and file:
            (tmp_path / file).write_text(code, "utf-8")
    (printed,) = [code for language, _, code in blocks if not language]

    shown = subprocess.run([sys.executable, "counting.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (shown.stdout, shown.stderr) == (printed, "")
    laws = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_counting.py"]
    done = subprocess.run(laws, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
