"""Reading samples: what is a sample, what is rejected and by which line, and the ids of lines."""

from __future__ import annotations

import tracemalloc
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from plasticdb import BadInput, PlasticDB
from plasticdb.files.samples import Form, external_ids, opened, read, source_name


def records(data: bytes, kind: str = "lines", max_symbols: int = 100, **how: Any) -> list[tuple[int, object]]:
    form = Form(kind, **how)  # type: ignore[arg-type]
    return [(r.line, f"! {r.error}" if r.error else r.sample) for r in read(BytesIO(data), form, max_symbols)]


def test_a_line_is_a_sample_and_a_blank_one_is_none() -> None:
    assert records(b"emma\r\n\n  \nann lee\nzoe") == [(1, "emma"), (4, "ann lee"), (5, "zoe")]


def test_a_byte_order_mark_is_no_symbol() -> None:
    assert records("\ufeffemma\n\ufeffann".encode()) == [(1, "emma"), (2, "\ufeffann")]


def test_a_paragraph_is_a_sample() -> None:
    assert records(b"one\ntwo \n\n\nthree\n", "text") == [(1, "one two"), (5, "three")]


def test_a_paragraph_beyond_all_bounds_is_not_kept(tmp_path: Path) -> None:
    """20 MB without a blank line: as many bytes as a line may have are held, and no more."""

    class Endless:
        lines = 400_000

        def readline(self, size: int, /) -> bytes:
            self.lines -= 1
            return (
                b""
                if self.lines < 0
                else b"\n"
                if self.lines == 1
                else b"a line of some length, and then another one\n"
            )

    tracemalloc.start()
    found = [(r.line, r.sample, r.error) for r in read(Endless(), "text", 100)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(line, sample) for line, sample, _ in found] == [
        (1, ""),
        (400_000, "a line of some length, and then another one"),
    ]
    assert "the paragraph that begins here is longer than this memory takes (max_symbols)" in str(found[0][2])
    assert peak < 8_000_000


def test_a_line_that_is_not_utf8_is_named() -> None:
    (first, second) = records(b"\xfe\xfe\nann\n")
    assert first[0] == 1
    assert str(first[1]).startswith(
        "! byte 1 is not UTF-8; convert the file (such as iconv -f latin1 -t utf-8 FILE), or learn it as bytes"
    )
    assert second == (2, "ann")


def test_a_line_beyond_all_bounds_is_skipped_and_the_next_is_read() -> None:
    long = b"x" * 3_000_000
    (first, second) = records(long + b"\nann\n")
    assert first[0] == 1
    assert "longer than this memory takes" in str(first[1])
    assert second == (2, "ann")


@pytest.mark.parametrize(
    ("line", "sample"),
    [
        ('"emma"', "emma"),
        ('["open", "close"]', ["open", "close"]),
        ('{"text": "emma"}', "emma"),
        ('{"symbols": ["a", "b"], "id": 7}', ["a", "b"]),
    ],
)
def test_json_lines(line: str, sample: object) -> None:
    assert records(line.encode(), "jsonl") == [(1, sample)]


@pytest.mark.parametrize(
    "line",
    [
        *("{", "7", "null", "[1, 2]", '{"name": "emma"}', '{"text": "a", "id": [1]}', "[" * 100_000),
        '{"text": "a", "id": "' + "x" * 3000 + '"}',
        *(f'{{"text": "a", "id": {id}}}' for id in ("true", "1.5", "1e3", '""', "{}", '"\\u0000"', '"\\ud800"')),
    ],
)
def test_bad_json_lines_are_rejected_and_the_rest_is_read(line: str) -> None:
    first, second = records(line.encode() + b'\n"ann"', "jsonl")
    assert first[0] == 1
    assert str(first[1]).startswith("! ")
    assert second == (2, "ann")


def test_an_id_in_json_is_the_sample_id() -> None:
    assert [r.id for r in read(BytesIO(b'{"text": "a", "id": "x"}\n"b"'), "jsonl", 9)] == ["id:x", None]


def test_fields_of_json_lines_are_dotted_paths() -> None:
    line = b'{"event": {"msg": "emma", "parts": ["a", "b"]}, "key": {"n": 7}, "a.b": "dotted"}\n'
    for path, sample in (("event.msg", "emma"), ("event.parts", ["a", "b"]), ("event.parts.1", "b"), ("a.b", "dotted")):
        assert records(line, "jsonl", field=path) == [(1, sample)]
    (record,) = read(BytesIO(line), Form("jsonl", "event.msg", "key.n"), 99)
    assert record.id == "id:7"
    for path in ("event", "event.none", "event.parts.9", "event.msg.x", "key.n", "none"):
        assert records(line, "jsonl", field=path) == [(1, f'! has no text (or list of texts) in the field "{path}"')]
    assert records(line, "jsonl", field="event.msg", id_field="no") == [(1, '! has no id in the field "no"')]
    assert records(line, "jsonl", field="event.msg", id_field="key") == [
        (1, '! "key" must be a text or a whole number')
    ]
    with pytest.raises(BadInput, match="a field needs JSON lines"):
        Form("lines", field="msg")


def test_control_characters_are_taken_out_before_a_line_is_looked_at() -> None:
    coloured = b"\x1b[31mred\x1b[0m\n\x1b[0m\x0c\nnew\x0cpage\n"
    assert records(coloured, strip_control=True) == [(1, "red"), (3, "new page")]
    assert records(b"one\n\x1b[0m\ntwo\n", "text", strip_control=True) == [(1, "one"), (3, "two")]
    line = b'\x1b[1m{"text": "a\\nb\\u001b[0m\\u0007"}\x1b[0m\n["a\\u0000", "\\u0007"]\n'
    assert records(line, "jsonl", strip_control=True) == [(1, "a b"), (2, ["a"])]


def test_a_file_that_grew_anywhere_teaches_only_what_is_new() -> None:
    def ids(lines: list[str]) -> set[str]:
        name = external_ids()
        return {name(line) for line in lines}

    before = ids(["emma", "ann", "emma"])
    assert len(before) == 3
    assert len(ids(["zoe", "emma", "ann", "emma", "emma"]) - before) == 2


def test_sources_are_named_by_path() -> None:
    assert [source_name(file) for file in ("./a.txt", "x//b.txt", "-")] == ["a.txt", "x/b.txt", "stdin"]


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist; check the path"), opened(str(tmp_path / "none")):
        pass
    with pytest.raises(BadInput, match="is a directory"), opened(str(tmp_path)):
        pass


def test_a_database_that_is_open_is_not_opened_once_more(tmp_path: Path) -> None:
    file = tmp_path / "m.db"
    one, other = PlasticDB.open(file), PlasticDB.open(file)
    one.sequence("m").learn("emma")
    (tmp_path / "link").symlink_to(file)
    one.close()
    for name in ("m.db", "m.db-wal", "m.db-shm", "link"):
        with pytest.raises(BadInput, match=f"{name} is the database that is open; give another file"):
            other.sequence("m").ingest([str(tmp_path / name)])
    other.close()
    with opened(str(file)) as stream:
        assert stream.read(6) == b"SQLite"
