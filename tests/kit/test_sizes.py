"""Amounts of memory as people write them."""

from __future__ import annotations

import pytest

from plasticdb.kit.sizes import shown_size, size


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1GB", 10**9), ("500 MB", 5 * 10**8), ("1.5g", 15 * 10**8), ("20kb", 20_000), (" 7b ", 7), (".5T", 5 * 10**11)],
)
def test_amounts_have_units(text: str, amount: int) -> None:
    assert size(text) == amount
    assert size(shown_size(amount)) == amount


@pytest.mark.parametrize("text", ["", "5", "GB", "1 GiB", "-1GB", "1e9b", "one GB", "٣GB", "9" * 400 + "GB"])
def test_what_is_none_is_told_from_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an amount of memory; write 500MB, or 1\.5GB"):
        size(text)
