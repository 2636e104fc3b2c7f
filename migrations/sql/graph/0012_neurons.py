"""Neurons of classifiers, labels, and the synapses from one to the other."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _column(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def _key() -> sa.Column[Any]:
    return sa.Column("id", _ID, primary_key=True, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "neuron",
        _key(),
        _column("memory", sa.Text),
        _column("number", _ID),
        *(_column(name, sa.Float) for name in ("seen", "evidence")),
        *(_column(name, _ID) for name in ("fired", "missed")),
        _column("usual", sa.Float),
        *(_column(name, sa.LargeBinary) for name in ("mean", "basis", "scatter")),
        _column("rest", sa.Float),
    )
    op.create_table(
        "label",
        _key(),
        _column("memory", sa.Text),
        *(_column(name, sa.Text) for name in ("name", "type")),
        *(_column(name, _ID) for name in ("number", "samples")),
    )
    op.create_table(
        "says",
        sa.Column("source", _ID, primary_key=True),
        sa.Column("target", _ID, primary_key=True),
        *(_column(name, sa.Float) for name in ("weight", "importance")),
        sqlite_with_rowid=False,
    )
