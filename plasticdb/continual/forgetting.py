"""Forgetting samples: which ones are meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..checks import optional, shown
from ..errors import BadInput, NeverLearned
from ..files.samples import check_source
from ..journal.events import SampleMark, SampleRow
from ..kit.texts import did_you_mean
from ..memory.requests import Asking, Named, Samples, SourceNames
from .arguments import one_name
from .events import LabelName, ending
from .working_set import ClassifierWorkingSet

__all__ = ["asked", "chosen", "known"]

_SO = "; nothing was forgotten"


def asked(label: Any, source: Any) -> tuple[LabelName | None, str | None]:
    """What is to be forgotten, checked; raises BadInput where it says nothing."""
    if label is None and source is None:
        raise BadInput(f"say which samples: their label, or their source, or both{_SO}")
    return optional(lambda what, value: one_name(value, what, _SO), "a label", label), check_source(source)


def chosen(
    cache: ClassifierWorkingSet, label: LabelName | None, source: str | None, position: int
) -> Asking[Sequence[int]]:
    """The positions of the samples that are meant, in order.

    Raises
    ------
    NeverLearned
        There is none.
    """
    if source is not None and source not in (names := (yield SourceNames()).values()):
        raise NeverLearned(
            f"nothing was learned from a source {shown(source)}{did_you_mean(source, names)}; "
            f"the sources are: {', '.join(names) or 'none'}{_SO}"
        )
    if label is None:
        marks: list[SampleMark] = yield Named(None, source)
        found = [mark.position for mark in marks if mark.ended is None]
    else:
        known(cache, label, _SO)
        end = ending(label)
        rows: list[SampleRow] = yield Samples([end], position + 1, position)
        found = [row.position for row in rows if row.payload.endswith(end) and source in (None, row.source)]
    if not found:
        raise NeverLearned(f"no sample in {cache.name!r} is so now{_SO}")
    return sorted(found)


def known(cache: ClassifierWorkingSet, label: LabelName, so: str) -> int:
    """The number of a label; raises NeverLearned where there is none."""
    for number, name in enumerate(cache.names):
        if type(name) is type(label) and name == label:
            return number
    texts = [name for name in cache.names if isinstance(name, str)]
    near = did_you_mean(label, texts) if isinstance(label, str) else ""
    there = ", ".join(map(shown, cache.names[:20])) or "none yet"
    raise NeverLearned(f"{cache.name!r} has no label {shown(label)}{near}; its labels are: {there}{so}")
