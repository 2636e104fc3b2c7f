"""Reading samples from files: one a line, one a paragraph, or one a JSON line; what cannot be read is said by line."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from .database import spare_open
from .errors import BadInput
from .texts import is_text

__all__ = ["INPUTS", "Input", "Record", "check_source", "external_ids", "opened", "read", "source_name"]

Input = Literal["lines", "text", "jsonl"]
INPUTS: tuple[Input, ...] = ("lines", "text", "jsonl")
STDIN = "-"
LONGEST = 1 << 20
"""Bytes of a line that are read at most, or 64 a symbol if that is more; a longer line is rejected without being kept."""


@dataclass(frozen=True, slots=True)
class Record:
    """What stands at a line of a file: a sample (with its id, if it was given one), or why it is rejected."""

    line: int
    sample: str | bytes | Sequence[str] = ""
    id: str | None = None
    error: str | None = None


def source_name(file: str) -> str:
    """What a file's samples are filed under by default: its path as given, without ./ and the like; `stdin`."""
    return "stdin" if file == STDIN else os.path.normpath(file)


def check_source(source: str | None) -> None:
    """Raise BadInput where a source's name is empty or no Unicode text."""
    if source is not None and not (is_text(source) and source.strip()):
        raise BadInput(f"a source's name must have a character and be UTF-8, unlike {source!r}; say another --source")


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """A file to read bytes from; `-` is standard input. Raises BadInput in words."""
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
        yield stream


def read(stream: BinaryIO, kind: Input, max_symbols: int, as_bytes: bool = False) -> Iterator[Record]:
    """The records of a file. Blank lines are no samples. as_bytes: lines and paragraphs are left as they are, undecoded.

    >>> from io import BytesIO
    >>> [record.sample for record in read(BytesIO(b"emma\\n\\nemily\\n"), "lines", 100)]
    ['emma', 'emily']
    """
    decode = _undecoded if as_bytes and kind != "jsonl" else _decode
    records = (
        Record(line, error=_TOO_LONG) if raw is None else decode(line, raw) for line, raw in _lines(stream, max_symbols)
    )
    if kind == "lines":
        return (record for record in records if record.error or _strip(record))
    if kind == "jsonl":
        return (_parse(record) for record in records if record.error or _strip(record))
    return _paragraphs(records)


def _strip(record: Record) -> str | bytes:
    """A line without the spaces around it."""
    assert isinstance(record.sample, str | bytes)
    return record.sample.strip()


_TOO_LONG = "the line is longer than this memory takes (max_symbols)"


def _lines(stream: BinaryIO, max_symbols: int) -> Iterator[tuple[int, bytes | None]]:
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
        return Record(
            line,
            error=f"byte {error.start + 1} is not UTF-8; convert the file (iconv -t utf-8), or learn it as bytes, into a "
            "memory of its own (--tokenizer bytes)",
        )


def _undecoded(line: int, raw: bytes) -> Record:
    return Record(line, raw.removesuffix(b"\n").removesuffix(b"\r"))


def _paragraphs(records: Iterable[Record]) -> Iterator[Record]:
    held: list[Record] = []
    for record in records:
        if not record.error and _strip(record):
            held.append(record)
            continue
        if held:
            yield _joined(held)
            held = []
        if record.error:
            yield record
    if held:
        yield _joined(held)


def _joined(lines: Sequence[Record]) -> Record:
    parts = [_strip(line) for line in lines]
    as_bytes = [part for part in parts if isinstance(part, bytes)]
    return Record(lines[0].line, b" ".join(as_bytes) if as_bytes else " ".join(map(str, parts)))


def _parse(record: Record) -> Record:
    if record.error:
        return record
    try:
        value = json.loads(str(record.sample))
    except (ValueError, RecursionError):
        return Record(record.line, error="is no JSON; write a text, a list of symbols, or an object with one of them")
    sample = value.get("text", value.get("symbols")) if isinstance(value, dict) else value
    name = value.get("id") if isinstance(value, dict) else None
    if (isinstance(sample, list) and not all(isinstance(symbol, str) for symbol in sample)) or not isinstance(
        sample, str | list
    ):
        return Record(
            record.line, error='holds no sample; write "text", ["a", "b"], {"text": ...} or {"symbols": [...]}'
        )
    if name is not None and not (isinstance(name, str | int) and str(name)):
        return Record(record.line, error='"id" must be a text or a whole number')
    return Record(record.line, sample, None if name is None else f"id:{name}")


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
