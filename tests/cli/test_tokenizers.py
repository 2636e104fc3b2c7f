"""Real texts through the command: words of any script, bytes of any encoding, symbols of one's own."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Run


def test_spaces_are_no_difference(run: Run, tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text("a b\na  b\n")
    assert json.loads(run("ingest", "m", "d.txt", "--tokenizer", "words").out)["learned"] == 2
    assert json.loads(run("verify", "m").out)["verified"]
    why = json.loads(run("explain", "m", "a").out)
    assert [lesson["sample"] for lesson in why["spoke"][0]["taught_by"]] == ["a  b", "a b"]
    assert json.loads(run("unlearn", "m", "--sample", "a\tb", "--all").out) == {"unlearned": 2}
    assert json.loads(run("stats", "m").out)["concepts"] == 0


def test_words_of_any_script(run: Run, tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_text("हिन्दी में\nCafe\u0301 olé\n👩\u200d👩\u200d👧 don't pay 3.14!\n")
    run("ingest", "m", "w.txt", "--tokenizer", "words", "--normalize", "NFC", "--lower")
    assert json.loads(run("complete", "m", "👩\u200d👩\u200d👧  DON'T", "--greedy").out) == {
        "text": "👩\u200d👩\u200d👧  DON'T pay 3.14!"
    }
    found = [json.loads(line)["text"] for line in run("concepts", "m").out.splitlines()]
    assert {"हिन्दी में ␃", "café olé ␃"} < set(found)
    stats = json.loads(run("stats", "m").out)
    assert (stats["normalize"], stats["lower"]) == ("NFC", True)
    assert "'m' was made with normalize 'NFC', not 'NFKC'" in run("ingest", "m", "w.txt", "--normalize", "NFKC").error(
        1
    )


def test_bytes_of_any_encoding(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes("café C:\\temp\n".encode() + b"caf\xe9 noir\n\x00\x1b[1m\r\n")
    assert json.loads(run("ingest", "m", "b.txt", "--tokenizer", "bytes").out)["learned"] == 3
    assert json.loads(run("ingest", "m", "b.txt").out)["skipped"] == 3
    texts = [json.loads(run("complete", "m", prompt, "--greedy").out)["text"] for prompt in ("café", "caf\udce9")]
    assert texts == ["café C:\\temp", "caf\\xe9 noir"]
    drawn = run("tree", "m", "--format", "table").out
    assert "├─ caf  2" in drawn
    assert "é C:\\temp␃  1" in drawn
    assert "\\xe9 noir␃  1" in drawn
    assert "\\x00\\x1b[1m␃  1" in drawn
    assert "'\\xe9' after 'caf'" in run("explain", "m", "caf", "\\xe9", "--format", "table").out
    assert "never learned, or not as often: 'caf" in run("unlearn", "m", "--sample", "caf\udce8").error(1)
    each = [json.loads(line)["sample"] for line in run("score", "m", "b.txt", "--each").out.splitlines()]
    assert each == ["café C:\\temp", "caf\\xe9 noir", "\\x00\\x1b[1m"]
    assert json.loads(run("unlearn", "m", "b.txt").out) == {"unlearned": 3}


def test_a_file_of_another_encoding_is_told_about_bytes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"caf\xe9\n")
    done = run("ingest", "m", "b.txt")
    assert done.code == 3
    assert (
        "b.txt:1: byte 4 is not UTF-8; convert the file (such as iconv -f latin1 -t utf-8 FILE), or learn it as bytes"
        in done.err
    )


def test_symbols_of_ones_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('["add to cart", "pay now"]\n["add to cart", "pay now"]\n["look"]\n')
    run("ingest", "m", "s.jsonl", "--tokenizer", "symbols", "--input", "jsonl", "--views", "suffix 4, position 16")
    asked = ("complete", "m", '["add to cart"]', "--greedy")
    assert json.loads(run(*asked).out) == {"symbols": ["add to cart", "pay now"]}
    assert run(*asked, "--format", "table").out == '["add to cart", "pay now"]\n'
    assert '├─ ["add to cart", "pay now", "␃"]  2' in run("tree", "m", "--format", "table").out
    why = run("explain", "m", '["add to cart"]', "--format", "table").out
    assert why.startswith("'pay now' after [\"add to cart\"]: p = ")
    assert 'at 2 ["␂", "add to cart"]' in why
