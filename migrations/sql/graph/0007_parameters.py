"""What a sequence memory fitted to itself: views, depths and gates."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _nodes(table: str, *columns: sa.Column[Any]) -> None:
    key = sa.Column("id", _ID, primary_key=True, autoincrement=False)
    op.create_table(table, key, _column("memory", sa.Text), *columns)


def _edges(table: str, *columns: sa.Column[Any]) -> None:
    ends = (sa.Column("source", _ID, primary_key=True), sa.Column("target", _ID, primary_key=True))
    op.create_table(table, *ends, *columns, sqlite_with_rowid=False)


def _column(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def upgrade() -> None:
    _nodes("graph_view", _column("name", sa.Text), _column("number", _ID))
    numbers = (_column(name, sa.Float) for name in ("discount", "strength"))
    _nodes("graph_depth", _column("view", sa.Text), _column("depth", _ID), *numbers)
    _nodes("graph_gate", _column("what", sa.Text), _column("at", _ID), _column("said", sa.Text))
    _edges("of_view")
    _edges("trusts", _column("weight", sa.Float))
