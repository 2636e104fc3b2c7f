"""What samples are filed under."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from plasticdb import BadInput
from plasticdb.files.sources import FIELDS, is_pipe, source_of

NOW = 1_764_115_200.0  # 2025-11-26


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("logs").mkdir()
    file = Path("logs/app.log")
    file.write_text("\n first line\nsecond\n")
    os.utime(file, (NOW - 86_400, NOW - 86_400))
    return file


def test_a_pattern_names_what_is_known_of_a_file(log: Path) -> None:
    pattern = " ".join(f"{{{name}}}" for name in FIELDS if name != "first")
    assert source_of("./logs/app.log", pattern, NOW) == (
        "logs/app.log logs app.log app 2025-11-25 2025-11-25T00:00:00Z 2025-11-26"
    )
    assert source_of("logs/app.log", "{{{name}}}", NOW) == "{app.log}"
    assert source_of("logs/app.log", "plain", NOW) == "plain"
    assert source_of("-", "{name} {date}", NOW) == "stdin 2025-11-26"


def test_a_log_is_known_by_its_first_line_whatever_becomes_of_it(log: Path) -> None:
    first = source_of(str(log), "{first}", NOW)
    with log.open("a") as more:
        more.write("third\n")
    assert source_of(str(log), "{first}", NOW) == first
    Path("logs/app.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    assert source_of("logs/app.log.1.gz", "{first}", NOW) == first
    log.write_text("another first line\n")
    assert source_of(str(log), "{first}", NOW) != first


def test_a_pipe_has_a_source_of_its_own_each_time(tmp_path: Path, log: Path) -> None:
    os.mkfifo("pipe")
    for file in ("-", "pipe", "/dev/null"):
        assert is_pipe(file)
        names = {source_of(file, None, NOW) for _ in range(3)}
        assert len(names) == 3
        assert all(name.startswith(f"{'stdin' if file == '-' else file} 2025-11-26T00:00:00Z ") for name in names)
    assert not any(map(is_pipe, (".", "logs/app.log", "none")))
    assert source_of("logs/app.log", None, NOW) == "logs/app.log"


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{size}", r"--source cannot have \{size\}; it may have \{path\}, "),
        ("{}", r"--source cannot have \{\}"),
        ("{name:>9}", "--source cannot have"),
        ("{name!r}", "--source cannot have"),
        ("{name.upper}", "--source cannot have"),
        ("{name", "is not a pattern"),
        ("a}", "is not a pattern"),
    ],
)
def test_what_is_no_pattern(log: Path, pattern: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        source_of("logs/app.log", pattern, NOW)


def test_a_pipe_and_an_empty_file_have_no_first_line(log: Path) -> None:
    with pytest.raises(BadInput, match="is a pipe; give it another --source"):
        source_of("-", "{first}", NOW)
    Path("empty").write_text("\n")
    with pytest.raises(BadInput, match="empty is empty: it has no first line"):
        source_of("empty", "{first}", NOW)
