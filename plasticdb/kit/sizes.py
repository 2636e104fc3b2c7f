"""Amounts of memory as people write them: `1GB`, `500 MB`, `1.5g`."""

from __future__ import annotations

import re

__all__ = ["shown_size", "size"]

UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


def size(text: str) -> int:
    """Read an amount of memory, in bytes; it needs a unit.

    Parameters
    ----------
    text
        A number and a unit: B, KB, MB, GB or TB, in any case; the B may be left out.

    Returns
    -------
    int
        Bytes.

    Raises
    ------
    ValueError
        The text is no such amount. The message says what to write.

    Examples
    --------
    >>> size("1.5 GB")
    1500000000
    """
    found = re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+) *([a-z]+)", text.strip().lower(), re.ASCII)
    unit = None if found is None else UNITS.get(found[2] if found[2].endswith("b") else f"{found[2]}b")
    if found is None or unit is None or len(text) > 30:
        raise ValueError(f"{text!r:.60} is not an amount of memory; write 500MB, or 1.5GB")
    return int(float(found[1]) * unit)


def shown_size(amount: int) -> str:
    """An amount of memory in words.

    >>> shown_size(1_500_000_000)
    '1.5 GB'
    """
    name, unit = next(((name, unit) for name, unit in reversed(UNITS.items()) if amount >= unit), ("b", 1))
    return f"{amount / unit:.4g} {name.upper()}"
