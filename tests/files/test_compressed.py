"""Compressed files: read and written by their suffix; half of one, or a damaged one, is never taken for a whole one."""

from __future__ import annotations

import gzip
import sys
from io import BytesIO
from pathlib import Path

import pytest
import zstandard

from plasticdb import BadInput
from plasticdb.files.compressed import compressed, decompressed

DATA = b"".join(b"line %d\n" % i for i in range(50_000))
PACK = {".gz": lambda data: gzip.compress(data), ".zst": zstandard.ZstdCompressor(write_checksum=True).compress}


def read(packed: bytes, file: str) -> bytes:
    return decompressed(BytesIO(packed), file).read()


@pytest.mark.parametrize("suffix", PACK)
def test_what_is_written_is_read(suffix: str) -> None:
    packed = BytesIO()
    with compressed(packed, f"a{suffix}") as stream:
        for part in (DATA[:7], DATA[7:], b""):
            stream.write(part)
    assert len(packed.getvalue()) < len(DATA) / 4
    assert read(packed.getvalue(), f"a{suffix.upper()}") == DATA
    assert read(packed.getvalue() + PACK[suffix](b"more"), f"a{suffix}") == DATA + b"more"
    assert read(b"", f"a{suffix}") == b""
    assert read(DATA, "a.txt") == DATA


def test_zeros_behind_a_gz_are_no_damage() -> None:
    assert read(gzip.compress(DATA) + bytes(100_000), "a.gz") == DATA


@pytest.mark.parametrize("suffix", PACK)
def test_any_part_of_a_file_is_cut_off(suffix: str) -> None:
    packed = PACK[suffix](DATA)
    for size in (1, 5, 20, len(packed) // 2, len(packed) - 1):
        with pytest.raises(
            BadInput, match=rf"^a\{suffix} is cut off: its compressed data do not end; get the whole file$"
        ):
            read(packed[:size], f"a{suffix}")


@pytest.mark.parametrize("suffix", PACK)
def test_a_damaged_file(suffix: str) -> None:
    packed = bytearray(PACK[suffix](DATA))
    packed[len(packed) // 2] ^= 64
    with pytest.raises(BadInput, match=rf"^a\{suffix} is (damaged|cut off)"):
        read(bytes(packed), f"a{suffix}")
    with pytest.raises(BadInput, match=rf"^a\{suffix} is not a \{suffix} file"):
        read(DATA, f"a{suffix}")
    with pytest.raises(BadInput, match=rf"^a\{suffix} is damaged"):
        read(PACK[suffix](DATA) + b"more", f"a{suffix}")


def test_without_zstandard_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("compression.zstd", "zstandard"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(BadInput, match=r"a.zst needs zstandard: pip install 'plasticdb\[zstd\]', or decompress it"):
        read(b"x", "a.zst")
