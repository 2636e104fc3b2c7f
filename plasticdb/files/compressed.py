"""Files that are compressed, by their suffix: .gz, and .zst where zstandard is installed (or Python has it, from 3.14)."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, BinaryIO, Protocol, cast

from ..errors import BadInput

__all__ = ["SUFFIXES", "compressed", "decompressed"]

SUFFIXES = (".gz", ".zst")
_CHUNK = {".gz": 1 << 16, ".zst": 1 << 10}
"""Bytes that are decompressed at a time: of zstd few, since a kilobyte may become 32 MB and no one can stop it there."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class _Reader(io.RawIOBase):
    """Decompresses one frame (a member of a .gz) after the other. What is damaged or cut off is a BadInput."""

    def __init__(self, stream: BinaryIO, file: str, suffix: str, fresh: Callable[[], _Decompressor]) -> None:
        self._stream, self._file, self._suffix, self._fresh = stream, file, suffix, fresh
        self._frame: _Decompressor | None = None
        self._out, self._began = memoryview(b""), False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._out:
            if not self._more():
                return 0
        n = min(len(buffer), len(self._out))
        buffer[:n] = self._out[:n]
        self._out = self._out[n:]
        return n

    def _more(self) -> bool:
        """Decompress the next chunk; False at the end."""
        if self._frame is None or self._frame.eof:
            rest = b"" if self._frame is None else self._frame.unused_data
            while not (rest := rest.lstrip(b"\0") if self._began else rest):  # tapes fill up with zeros
                rest = self._stream.read(_CHUNK[self._suffix])
                if not rest:
                    return False
            self._frame = self._fresh()
        elif not (rest := self._stream.read(_CHUNK[self._suffix])):
            raise BadInput(f"{self._file} is cut off: its compressed data do not end; get the whole file")
        try:
            self._out = memoryview(self._frame.decompress(rest))
        except Exception as error:  # each library has an error of its own
            if self._began:
                raise BadInput(f"{self._file} is damaged ({error}); get the file again") from None
            raise BadInput(f"{self._file} is not a {self._suffix} file ({error}); give it its right suffix") from None
        self._began = True
        return True


def decompressed(stream: BinaryIO, file: str) -> BinaryIO:
    """A file's content, decompressed if its name says that it is compressed."""
    suffix = _suffix(file)
    if suffix is None:
        return stream
    fresh = (lambda: zlib.decompressobj(wbits=31)) if suffix == ".gz" else _zstd(file)[0]
    return cast(BinaryIO, io.BufferedReader(_Reader(stream, file, suffix, fresh), 1 << 16))


@contextmanager
def compressed(stream: BinaryIO, file: str) -> Iterator[BinaryIO]:
    """What is written to a file, compressed if its name says so; `stream` itself stays open."""
    suffix = _suffix(file)
    if suffix is None:
        yield stream
        return
    if suffix == ".gz":  # no time in it: the same content is the same file
        packed: Any = gzip.GzipFile("", "wb", 6, stream, mtime=0)
    else:
        packed = _zstd(file)[1](stream)
    with packed:
        yield packed


def _suffix(file: str) -> str | None:
    return next((suffix for suffix in SUFFIXES if file.lower().endswith(suffix)), None)


def _zstd(file: str) -> tuple[Callable[[], _Decompressor], Callable[[BinaryIO], Any]]:
    """What makes a decompressor, and what compresses to a stream."""
    try:
        found = import_module("compression.zstd")
        checked = {found.CompressionParameter.checksum_flag: 1}
        return found.ZstdDecompressor, lambda stream: found.ZstdFile(stream, "wb", options=checked)
    except ImportError:
        pass
    try:
        zstandard = import_module("zstandard")
    except ImportError:
        raise BadInput(f"{file} needs zstandard: pip install 'plasticdb[zstd]', or decompress it (unzstd)") from None
    return (
        lambda: zstandard.ZstdDecompressor().decompressobj(),
        lambda stream: zstandard.ZstdCompressor(write_checksum=True).stream_writer(stream, closefd=False),
    )
