"""The samples that callers mean: by the numbers that the memory gave them, or by the ids that callers gave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks import label, labels, listed, shown, whole
from ..errors import BadInput
from ..journal.events import VOID, SampleMark
from .requests import Asking, Marks, Named

__all__ = ["external_ids", "ids", "meant", "once", "one_id"]

_LAST = 2**48
"""No journal is as long."""


def one_id(given: Any) -> list[int | str]:
    """One id, as `ids` gives it."""
    return [label("an external id", given) if isinstance(given, str) else whole("an id", given)]


def ids(given: Any) -> list[int | str]:
    """Ids as callers give them, numbers or external ones; raises BadInput where one is neither, or is there twice.

    >>> ids("tea"), ids([3, "tea"])
    (['tea'], [3, 'tea'])
    """
    found: list[int | str] = []
    for one in [given] if isinstance(given, str | int | np.integer) else listed("ids", given):
        found += one_id(one)
    if not found:
        raise BadInput("there is no id; give at least one")
    once(found)
    return found


def external_ids(given: Any, many: int, of: str, so: str = "") -> Sequence[str | None]:
    """The caller's own ids, one for each of so many samples, which are called `of`; None: they have none."""
    if given is None:
        return [None] * many
    found = labels("external id", given)
    if len(found) != many:
        raise BadInput(f"give an external id for each of the {many:,} {of}, not {len(found):,}{so}")
    return found


def once(found: Sequence[int | str], what: str = "the id", so: str = "") -> None:
    """Raise BadInput where one is there twice. so: what an error says of what was not done."""
    twice = [one for i, one in enumerate(found) if one in found[:i]] if len(set(found)) < len(found) else []
    if twice:
        raise BadInput(f"{what} {shown(twice[0])} is given twice; give each once{so}")


def meant(memory: str, ids: Sequence[int | str], source: str | None = None) -> Asking[list[SampleMark | None]]:
    """What the journal knows of the sample of each id, there or not; None: there never was one.

    An external id that was given again is the last. source: whose external ids they are; None: any. Raises BadInput where
    two sources have one.
    """
    names = [one for one in ids if isinstance(one, str)]
    numbers = [one for one in ids if isinstance(one, int) and 0 < one < _LAST]
    by_number = {mark.position: mark for mark in (yield Marks(numbers)) if mark.ended != VOID}
    by_name: dict[str, list[SampleMark]] = {}
    for mark in (yield Named(names, source)) if names else ():
        if mark.ended != VOID:
            by_name.setdefault(mark.external_id or "", []).append(mark)
    found: list[SampleMark | None] = []
    for one in ids:
        candidates = by_name.get(one, []) if isinstance(one, str) else [by_number[one]] if one in by_number else []
        there = [mark for mark in candidates if mark.ended is None]
        if len(there) > 1:
            named = ", ".join(f"{mark.position} of {mark.source or 'no source'}" for mark in there)
            raise BadInput(f"several sources of {memory!r} have the id {shown(one)}; give the number: {named}")
        found.append((there or candidates[-1:] or [None])[0])
    return found
