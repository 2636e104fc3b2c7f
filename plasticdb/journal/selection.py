"""Which learned samples are meant: by their source, or by what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from ..errors import NeverLearned
from ..kinds import LEARN
from ..kit.spelling import PLAIN, Spelling
from ..kit.texts import did_you_mean
from ..sql.keysets import among
from .pen import source_id
from .tables import EVENT, SOURCE, of

__all__ = ["Selection", "Shown", "live", "selected", "weighing"]

Shown = Callable[[str], str]
"""A payload as a person would read it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Learned samples: all of a source, or those with these payloads (each payload once, the newest first, from any
    source or the one named), or what a source has beside `keep` (external ids)."""

    source: str | None = None
    payloads: Sequence[str] | None = None
    keep: Collection[str] | None = None
    all: bool = False
    """Every sample with such a payload, and not one for each time it is given."""
    spelling: Spelling = PLAIN
    """Which payloads are one sample."""

    def asked(self) -> list[Any]:
        """All of it, in an order, for the fingerprint of an operation."""
        return [self.source, self.payloads, None if self.keep is None else sorted(self.keep), self.all]


def live(memory: int) -> Select[Any]:
    """The samples of a memory that were learned and not unlearned."""
    columns = (EVENT.c.position, EVENT.c.symbols, EVENT.c.payload, EVENT.c.external_id)
    return select(*columns).where(of(memory), EVENT.c.kind == LEARN, EVENT.c.ended.is_(None))


def weighing(connection: Connection, memory: int) -> list[tuple[int, str, int]]:
    """(position, kind, symbols) of the events of mass that nothing took back."""
    asked = select(EVENT.c.position, EVENT.c.kind, EVENT.c.symbols).order_by(EVENT.c.position)
    asked = asked.where(EVENT.c.memory == memory, EVENT.c.mass.is_not(None), EVENT.c.ended.is_(None))
    return [(position, kind, symbols) for position, kind, symbols in connection.execute(asked)]


def selected(connection: Connection, memory: int, selection: Selection, shown: Shown) -> list[tuple[int, int]]:
    """(position, symbols) of the selected samples; raises NeverLearned, naming those that are not there."""
    there = live(memory).order_by(EVENT.c.position.desc())
    if selection.source is not None:
        there = there.where(EVENT.c.source == _known_source(connection, memory, selection.source))
    if selection.payloads is not None:
        return _with_payloads(connection, there, selection, selection.payloads, shown)
    rows = connection.execute(there).all()
    if not rows and selection.keep is None:
        raise NeverLearned(f"nothing of the source {selection.source!r} is in the memory now; there is nothing to do")
    keep = selection.keep or ()
    return sorted((row.position, row.symbols) for row in rows if row.external_id not in keep)


def _with_payloads(
    connection: Connection, there: Select[Any], selection: Selection, payloads: Sequence[str], shown: Shown
) -> list[tuple[int, int]]:
    spelling = selection.spelling
    given = {spelling.text(payload): payload for payload in reversed(payloads)}
    wanted = Counter(map(spelling.text, payloads))
    same = among(connection.dialect.name, EVENT.c.content, [*map(spelling.content, given.values())])
    chosen, found = [], set()
    for row in connection.execute(there.where(same)):
        text = spelling.text(row.payload)
        if wanted[text] > 0:
            found.add(text)
            wanted[text] -= 0 if selection.all else 1
            chosen.append((row.position, row.symbols))
    missing = [given[text] for text, left in wanted.items() if left > 0 and not (selection.all and text in found)]
    if missing:
        named = ", ".join(repr(shown(payload))[:80] for payload in missing[:5])
        more = ", ..." if len(missing) > 5 else ""
        raise NeverLearned(f"never learned, or not as often: {named}{more}; nothing was changed")
    return sorted(chosen)


def _known_source(connection: Connection, memory: int, name: str) -> int:
    found = source_id(connection, memory, name)
    if found is None:
        names = connection.execute(select(SOURCE.c.name).where(SOURCE.c.memory == memory)).scalars().all()
        raise NeverLearned(
            f"nothing was learned from a source {name!r}{did_you_mean(name, names)}; "
            f"the sources are: {', '.join(names) or 'none'}"
        )
    return found
