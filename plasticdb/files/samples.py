"""Reading samples from files: one a line, one a paragraph, or one a JSON line; what cannot be read is said by line."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, Protocol

from ..checks import LONGEST_LABEL, flag, label, one_of, optional, shown, text
from ..errors import BadInput
from ..sql.engine import spare_open
from .compressed import decompressed
from .control import without_control

__all__ = [
    "INPUTS",
    "Form",
    "Input",
    "Lines",
    "Record",
    "check_source",
    "external_ids",
    "is_id",
    "opened",
    "read",
    "source_name",
]

Input = Literal["lines", "text", "jsonl"]
INPUTS: tuple[Input, ...] = ("lines", "text", "jsonl")
STDIN = "-"
LONGEST = 1 << 20
"""Bytes of a line or characters of a paragraph that are read at most, or 64 a symbol if that is more; what is longer is
rejected without being kept."""


@dataclass(frozen=True, slots=True)
class Form:
    """How samples stand in a file. Of JSON lines: where the sample is and where its id, as dotted paths (`event.text`)."""

    input: Input = "lines"
    field: str | None = None
    id_field: str | None = None
    strip_control: bool = False
    """Without what a memory does not take: control characters, and terminals' escape sequences as a whole."""

    def __post_init__(self) -> None:
        one_of("input", self.input, INPUTS)
        optional(text, "field", self.field)
        optional(text, "id_field", self.id_field)
        flag("strip_control", self.strip_control)
        if self.input != "jsonl" and (self.field is not None or self.id_field is not None):
            raise BadInput(f"a field needs JSON lines (--input jsonl), not --input {self.input}")


class Record(NamedTuple):
    """What stands at a line of a file: a sample (with its id, if it was given one), or why it is rejected."""

    line: int
    sample: str | bytes | Sequence[str] = ""
    id: str | None = None
    error: str | None = None


class Lines(Protocol):
    """What lines are read from: a file, or one that is followed."""

    def readline(self, size: int, /) -> bytes:
        """The next line with its end, or `size` bytes of it; nothing at the end."""


def source_name(file: str) -> str:
    """What a file's samples are filed under by default: its path as given, without ./ and the like; `stdin`."""
    return "stdin" if file == STDIN else os.path.normpath(file)


def check_source(source: str | None) -> str | None:
    """The name of a source; raises BadInput where no database would keep it."""
    try:
        if source is None or label("source", source).strip():
            return optional(label, "source", source)
    except BadInput:
        pass
    raise BadInput(
        f"a source's name must have a character and be UTF-8 (no U+0000, {LONGEST_LABEL:,} bytes at most), "
        f"not {shown(source)}; choose another --source"
    )


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """A file to read bytes from, decompressed where it ends in .gz or .zst; `-` is standard input. Raises BadInput in words."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    spare_open(file)
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 (closed below; the errors of opening it are told apart first)
    except FileNotFoundError:
        raise BadInput(f"{file} does not exist; check the path, or give - to read standard input") from None
    except IsADirectoryError:
        raise BadInput(f"{file} is a directory; give the files in it, such as {file.rstrip('/')}/*") from None
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}); check its permissions") from None
    with stream:
        yield decompressed(stream, file)


def read(stream: Lines, form: Form | Input, max_symbols: int, as_bytes: bool = False) -> Iterator[Record]:
    """The records of a file. Blank lines are no samples. as_bytes: lines and paragraphs are left as they are, undecoded.

    >>> from io import BytesIO
    >>> [record.sample for record in read(BytesIO(b"emma\\n\\nemily\\n"), "lines", 100)]
    ['emma', 'emily']
    """
    form = form if isinstance(form, Form) else Form(form)
    decode = _undecoded if as_bytes and form.input != "jsonl" else _decode
    records = _records(stream, max_symbols, decode)
    if form.strip_control:
        records = (record._replace(sample=without_control(record.sample)) for record in records)
    if form.input == "text":
        return _paragraphs(records, max(LONGEST, 64 * max_symbols))
    there = (record for record in records if record.error or _strip(record))
    return there if form.input == "lines" else (_parse(record, form) for record in there)


def _strip(record: Record) -> str | bytes:
    """A line without the spaces around it."""
    assert isinstance(record.sample, str | bytes)
    return record.sample.strip()


_TOO_LONG = (
    "the line is longer than this memory takes (max_symbols {:,}); split it, or learn it into a new memory with a larger "
    "--max-symbols"
)
_TOO_LONG_PARAGRAPH = (
    "the paragraph that begins here is longer than this memory takes (max_symbols); put blank lines between paragraphs"
)


_UTF16 = "the file is UTF-16, none of it was read; convert it (iconv -f utf-16 -t utf-8 FILE)"


def _records(stream: Lines, max_symbols: int, decode: Callable[[int, bytes], Record]) -> Iterator[Record]:
    for line, raw in _lines(stream, max_symbols):
        record = Record(line, error=_TOO_LONG.format(max_symbols)) if raw is None else decode(line, raw)
        yield record
        if record.error == _UTF16:  # its other lines would be told as wrong in other ways
            return


def _lines(stream: Lines, max_symbols: int) -> Iterator[tuple[int, bytes | None]]:
    longest = max(LONGEST, 64 * max_symbols)
    line = 0
    while raw := stream.readline(longest):
        line += 1
        if len(raw) == longest and not raw.endswith(b"\n"):
            while (rest := stream.readline(longest)) and not rest.endswith(b"\n"):
                pass
            yield line, None
        else:
            yield line, raw


def _decode(line: int, raw: bytes) -> Record:
    try:
        return Record(line, raw.decode("utf-8-sig" if line == 1 else "utf-8").rstrip("\r\n"))
    except UnicodeDecodeError as error:
        if line == 1 and raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            return Record(line, error=_UTF16)
        return Record(
            line,
            error=f"byte {error.start + 1} is not UTF-8; convert the file (such as iconv -f latin1 -t utf-8 FILE), or learn "
            "it as bytes, into a memory of its own (--tokenizer bytes)",
        )


def _undecoded(line: int, raw: bytes) -> Record:
    return Record(line, raw.removesuffix(b"\n").removesuffix(b"\r"))


def _paragraphs(records: Iterable[Record], longest: int) -> Iterator[Record]:
    held: list[str | bytes] = []
    first = size = 0
    for record in chain(records, [Record(0)]):
        part = b"" if record.error else _strip(record)
        if part:
            first = first or record.line
            size += len(part) + 1
            if size <= longest:
                held.append(part)
            else:
                held.clear()
            continue
        if first:
            yield Record(first, _joined(held)) if held else Record(first, error=_TOO_LONG_PARAGRAPH)
        held, first, size = [], 0, 0
        if record.error:
            yield record


def _joined(parts: Sequence[str | bytes]) -> str | bytes:
    as_bytes = [part for part in parts if isinstance(part, bytes)]
    return b" ".join(as_bytes) if as_bytes else " ".join(map(str, parts))


def _parse(record: Record, form: Form) -> Record:
    if record.error:
        return record
    try:
        value = json.loads(str(record.sample))
    except (ValueError, RecursionError):
        return Record(record.line, error="is not JSON; write a text, a list of symbols, or an object with one of them")
    fields = value if isinstance(value, dict) else {}
    if form.field is not None:
        sample = field_of(value, form.field)
        wrong = f'has no text (or list of texts) in the field "{form.field}"'
    else:
        sample = fields.get("text", fields.get("symbols")) if isinstance(value, dict) else value
        wrong = 'holds no sample; write "text", ["a", "b"], {"text": ...} or {"symbols": [...]}, or give --field'
    if (isinstance(sample, list) and not all(isinstance(symbol, str) for symbol in sample)) or not isinstance(
        sample, str | list
    ):
        return Record(record.line, error=wrong)
    name = fields.get("id") if form.id_field is None else field_of(value, form.id_field)
    if form.id_field is not None and name is None:
        return Record(record.line, error=f'has no id in the field "{form.id_field}"')
    if not (name is None or is_id(name)):
        return Record(record.line, error=f'"{form.id_field or "id"}" must be a text or a whole number')
    try:
        id = None if name is None else label("an id", f"id:{name}")
    except BadInput as refused:
        return Record(record.line, error=str(refused))
    return Record(record.line, without_control(sample) if form.strip_control else sample, id)


def is_id(value: object) -> bool:
    """Whether that is an id in JSON: a text, or a whole number."""
    return isinstance(value, str | int) and not isinstance(value, bool) and bool(str(value))


def field_of(value: Any, path: str) -> Any:
    """What is at a dotted path in a JSON value; None where there is nothing.

    >>> field_of({"event": {"texts": ["a", "b"]}, "a.b": 1}, "event.texts.1"), field_of({"a.b": 1}, "a.b")
    ('b', 1)
    """
    if isinstance(value, dict) and path in value:
        return value[path]
    name, dot, rest = path.partition(".")
    if isinstance(value, dict):
        inner = value.get(name)
    else:
        inner = value[int(name)] if isinstance(value, list) and name.isdecimal() and int(name) < len(value) else None
    return field_of(inner, rest) if dot else inner


def external_ids() -> Callable[[str], str]:
    """Gives each line of a file its default id: its content's hash, and which of the equal lines it is.

    So a file that grew anywhere teaches just what is new, and one that is read again teaches nothing.

    >>> name = external_ids()
    >>> name("emma") == external_ids()("emma"), name("emma") == external_ids()("emma")
    (True, False)
    """
    seen: Counter[bytes] = Counter()

    def name(payload: str) -> str:
        key = hashlib.blake2b(payload.encode(), digest_size=12).digest()
        seen[key] += 1
        return f"{key.hex()}.{seen[key]}"

    return name
