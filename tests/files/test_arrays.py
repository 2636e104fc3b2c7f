"""Arrays of files: as numpy saves them, as JSON lines, compressed; and what is said of those that are none."""

from __future__ import annotations

import gzip
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from plasticdb.errors import BadInput
from plasticdb.files.arrays import array, arrays, is_array, json_lines


def test_an_array_comes_as_it_was_saved(tmp_path: Path) -> None:
    rows, kept = np.arange(6.0).reshape(2, 3), BytesIO()
    np.save(kept, rows)
    file = tmp_path / "rows.npy.gz"
    file.write_bytes(gzip.compress(kept.getvalue()))
    assert is_array(str(file))
    assert array(str(file), "[n, dimension]").tolist() == rows.tolist()


def test_arrays_come_by_their_names(tmp_path: Path) -> None:
    file = str(tmp_path / "pairs.npz")
    np.savez(file, values=np.ones((2, 1)), keys=np.zeros((2, 3)))
    keys, values = arrays(file, "keys", "values")
    assert (keys.shape, values.shape) == ((2, 3), (2, 1))
    with pytest.raises(BadInput, match=r"pairs.npz must hold keys and weights, .*; weights is not in it: values, keys"):
        arrays(file, "keys", "weights")


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY nonsense", b"PK\x03\x04 no archive", b"plain text\n"])
def test_a_file_that_is_no_array(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.npy").write_bytes(content)
    with pytest.raises(BadInput, match=r"bad\.npy is not an array as numpy.save writes it"):
        array(str(tmp_path / "bad.npy"), "[n, dimension]")


def test_arrays_of_another_shape_or_of_objects(tmp_path: Path) -> None:
    np.save(tmp_path / "flat.npy", np.arange(3))
    with pytest.raises(BadInput, match=r"must hold one array of \[n, dimension\], and holds an array of \[3\]"):
        array(str(tmp_path / "flat.npy"), "[n, dimension]")
    np.save(tmp_path / "objects.npy", np.array([[{}]]), allow_pickle=True)
    with pytest.raises(BadInput, match=r"objects\.npy is not an array"):
        array(str(tmp_path / "objects.npy"), "[n, dimension]")


def test_lines_have_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_bytes(b"[1]\n\n[2]\n")
    assert json_lines(str(tmp_path / "some.jsonl"), "write", "written") == [(1, "[1]"), (3, "[2]")]
    (tmp_path / "none.jsonl").write_bytes(b"\n")
    with pytest.raises(BadInput, match="is empty: there is nothing to write; nothing was written"):
        json_lines(str(tmp_path / "none.jsonl"), "write", "written")
    (tmp_path / "bad.jsonl").write_bytes(b"[1]\n\xff\n")
    with pytest.raises(BadInput, match=r"bad.jsonl:2: byte 1 is not UTF-8.*; nothing was written"):
        json_lines(str(tmp_path / "bad.jsonl"), "write", "written")
