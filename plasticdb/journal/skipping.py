"""Skipping: an event of the journal that cannot be applied is left out of everything, as if it had never been.

What says so is an event itself, so that whoever has the journal, or a copy of it, leaves out the same.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from ..errors import BadInput
from ..kinds import LEARN, SKIP, UNLEARN
from .tables import EVENT, VOID, of

__all__ = ["event_at", "make_void"]


def event_at(memory: int, position: int) -> Select[Any]:
    """The event of a memory at a position."""
    return select(EVENT).where(EVENT.c.memory == memory, EVENT.c.position == position)


def make_void(connection: Connection, memory: int, position: int) -> None:
    """Let an event have no effect, nor what is about it. A sample that it had taken back is there again.

    Raises BadInput where that sample's text was erased.
    """
    row = connection.execute(event_at(memory, position)).one()
    itself = (EVENT.c.memory == memory) & (EVENT.c.position == position)
    connection.execute(update(EVENT).where(itself).values(ended=VOID, content=None))  # which nothing is found by
    if row.kind == UNLEARN:  # and erases no text any more
        connection.execute(update(EVENT).where(itself).values(payload=None))
    if row.kind == LEARN:
        about = of(memory) & (EVENT.c.target == position) & (EVENT.c.kind != SKIP)
        connection.execute(update(EVENT).where(about).values(ended=VOID))
    elif row.kind == UNLEARN:
        _revive(connection, memory, position, row.target)


def _revive(connection: Connection, memory: int, unlearning: int, position: int) -> None:
    """Let a sample, and what reinforced it, not be taken back by an unlearning that was skipped."""
    sample = connection.execute(event_at(memory, position)).one()
    if sample.ended != unlearning:
        return
    if sample.payload is None:
        raise BadInput(f"event {unlearning:,} erased the text of event {position:,}; skip that one")
    others = of(memory) & (EVENT.c.target == position) & (EVENT.c.kind == UNLEARN) & EVENT.c.ended.is_(None)
    again = connection.execute(select(func.min(EVENT.c.position)).where(others)).scalar()
    taken = select(EVENT.c.position).where(
        *(of(memory), EVENT.c.kind == LEARN, EVENT.c.ended.is_(None), EVENT.c.source == sample.source),
        EVENT.c.external_id == sample.external_id,
    )
    values: dict[str, Any] = {"ended": again}
    if again is None and sample.external_id is not None and connection.execute(taken).first() is not None:
        values["external_id"] = None  # learned again since: that one has the id now
    mine = (EVENT.c.memory == memory) & (EVENT.c.position == position)
    connection.execute(update(EVENT).where(mine).values(values))
    about = of(memory) & (EVENT.c.target == position) & (EVENT.c.ended == unlearning)
    connection.execute(update(EVENT).where(about).values(ended=again))
