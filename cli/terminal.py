"""What a terminal is shown: text, and never what would move its cursor, change its title, or turn its lines around.

File names, sources, samples and messages may have such characters in them. `guard` lets standard output and standard
error, where they are a terminal, write them as escapes; whoever has to steer the terminal (a progress bar, the prompt)
takes the stream as it was (`raw`). What goes to a file or a pipe stays as it is.
"""

from __future__ import annotations

import sys
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import contextmanager
from io import RawIOBase, TextIOWrapper
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

__all__ = ["bytes_guarded", "escaped", "guard", "guarded", "hanging", "inline", "padded", "raw", "width"]

_TURNING = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_HALVES = range(0xD800, 0xE000)
ESCAPES = {code: f"\\x{code:02x}" for code in range(32) if chr(code) not in "\t\n"} | {
    code: f"\\u{code:04x}"  # so that JSON stays JSON: it has these in its texts only, and escapes the others itself
    for code in (*range(0x7F, 0xA0), *_TURNING, *_HALVES)
}
"""Control characters (C0 but tab and newline, DEL, C1), those that turn the direction, and halves of characters."""
MESSAGE = "plasticdb: "
"""How each message on standard error begins."""
_IN_LINE = ESCAPES | {ord("\t"): "\\t", ord("\n"): "\\n"}


def escaped(text: str) -> str:
    """A text as it may be shown. A message is one line, whatever it quotes."""
    if text.startswith(MESSAGE):
        return text.rstrip("\n").translate(_IN_LINE) + "\n" * text.endswith("\n")
    return text.translate(ESCAPES)


class _Guarded(TextIOWrapper):
    def write(self, text: str, /) -> int:
        super().write(escaped(text))
        return len(text)


class _Through:
    """A stream that stands before another, such as that of a progress bar."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._stream.write(escaped(text))
        return len(text)


class _Bytes(RawIOBase):
    """The binary side of a guarded standard output; what is written to it is UTF-8."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        given = bytes(data)
        self._stream.write(self._decoder.decode(given))
        return len(given)

    def flush(self) -> None:
        self._stream.flush()


def guard() -> None:
    """Let standard output and standard error escape what a terminal would obey, where they are a terminal."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream.isatty() and hasattr(stream, "buffer"):
            stream.flush()
            encoding = (
                "utf-8" if stream.encoding.lower() in ("ascii", "us-ascii", "ansi_x3.4-1968") else stream.encoding
            )
            setattr(sys, name, _Guarded(stream.buffer, encoding, stream.errors, line_buffering=True))


@contextmanager
def guarded() -> Iterator[None]:
    """While a progress bar takes what is written, guard that too."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", _Through(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextmanager
def bytes_guarded() -> Iterator[None]:
    """While bytes of a text are written to standard output, guard them too, where it is a terminal."""
    before = sys.stdout
    if before.isatty():
        sys.stdout = cast("TextIO", SimpleNamespace(buffer=_Bytes(before), isatty=before.isatty, flush=before.flush))
    try:
        yield
    finally:
        sys.stdout = before


def raw() -> TextIO:
    """Standard error as it was."""
    return sys.__stderr__ or sys.stderr


def inline(text: str) -> str:
    """A text as a part of a line: on a terminal its tabs and newlines are escaped too, or it would break the layout."""
    return text.translate(_IN_LINE) if sys.stdout.isatty() else text


def width(text: str) -> int:
    """How many columns of a terminal a text takes: a Chinese character two, a combining mark none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # its table of widths; who shows nothing but ASCII need not wait for it

    return cell_len(text)


def padded(text: str, columns: int, right: bool = False) -> str:
    """A text with spaces behind it, or before it, so that it takes so many columns."""
    spaces = " " * (columns - width(text))
    return spaces + text if right else text + spaces


NARROW = 20
"""Columns that a text needs beside others; where there are fewer, it goes below them."""
_BELOW = 6
"""Where it begins there."""


def hanging(before: str, text: str) -> Iterator[str]:
    """A line of `before` and a text; where a terminal is too narrow for it, the text in several lines below each other."""
    from shutil import get_terminal_size

    room = get_terminal_size((0, 0)).columns if sys.stdout.isatty() else 0
    indent, text = width(before), text.rstrip()
    if not text or not room or indent + width(text) <= room:
        yield (before + text).rstrip()
        return
    line = before
    if room - indent < NARROW:
        yield before.rstrip()
        indent = _BELOW
        line = " " * indent
    for word in text.split(" "):
        if width(line) > indent and width(line) + width(word) > room:
            yield line.rstrip()
            line = " " * indent
        line += f"{word} "
    yield line.rstrip()
