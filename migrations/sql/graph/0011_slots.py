"""Slots of transform memories: pairs, transforms that absorbed some, and streams."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _column(name: str, type_: Any, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=nullable)


def _key() -> sa.Column[Any]:
    return sa.Column("id", _ID, primary_key=True, autoincrement=False)


def _ends() -> tuple[sa.Column[Any], ...]:
    return sa.Column("source", _ID, primary_key=True), sa.Column("target", _ID, primary_key=True)


def upgrade() -> None:
    op.create_table(
        "slot",
        _key(),
        _column("memory", sa.Text),
        *(_column(name, _ID) for name in ("number", "state")),
        *(_column(name, sa.LargeBinary) for name in ("key", "value")),
        *(_column(name, sa.LargeBinary, nullable=True) for name in ("matrix", "factor")),
        _column("n", _ID),
        *(_column(name, sa.Float, nullable=True) for name in ("ridge", "pull", "reach")),
        *(_column(name, sa.Float) for name in ("usage", "used_at", "written")),
        *(_column(name, sa.Text, nullable=True) for name in ("payload", "stream")),
        _column("after", _ID, nullable=True),
        _column("external_id", sa.Text, nullable=True),
        _column("into", _ID, nullable=True),
    )
    op.create_index("slot_state", "slot", ["memory", "state", "id"])
    op.create_table(
        "slot_stream",
        _key(),
        _column("memory", sa.Text),
        _column("name", sa.Text),
        *(_column(name, _ID) for name in ("last", "slots")),
    )
    op.create_table("absorbed", *_ends(), sqlite_with_rowid=False)
    op.create_table(
        "slot_next",
        *_ends(),
        _column("stream", sa.Text),
        _column("at", _ID),
        sqlite_with_rowid=False,
    )
