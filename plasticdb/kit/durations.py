"""Times as people write them: `30d`, `12 hours`, `1.5y`."""

from __future__ import annotations

import re

__all__ = ["duration"]

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400, "year": 365.25 * 86400}


def duration(text: str) -> tuple[float, str]:
    """Read a time; it needs a unit, and must be above zero.

    Parameters
    ----------
    text
        A number and a unit: the unit's first letter, its name, or its plural.

    Returns
    -------
    tuple[float, str]
        The time in seconds, and in words.

    Raises
    ------
    ValueError
        The text is no such time. The message says what to write.

    Examples
    --------
    >>> duration("30d")
    (2592000.0, '30 days')
    """
    found = re.fullmatch(r"(-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)) *([a-z]*)", text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is not a time; write 30d, 12h, 90m, 45s, 2w or 1y")
    number, said = float(found[1]), found[2]
    if not said:
        raise ValueError(
            f"{text!r} has no unit; write {found[1]}d for days, or h (hours), m (minutes), s (seconds), w (weeks), y (years)"
        )
    unit = next((unit for unit in UNITS if said in (unit[0], unit, f"{unit}s")), None)
    if unit is None:
        raise ValueError(f"{text!r} is not a time; the units are {', '.join(f'{u[0]} ({u}s)' for u in UNITS)}")
    if not number * UNITS[unit] > 0:
        raise ValueError(f"a half-life must be above zero, not {text!r}")
    return number * UNITS[unit], f"{number:,.10g} {unit}{'' if number == 1 else 's'}"
