"""Contexts are packed. What sequence memories have in the graph is made again from the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, _ID, nullable=nullable)


def _float(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float, nullable=False)


def _key() -> sa.Column[int]:
    return sa.Column("id", _ID, primary_key=True, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    # Memories have numbers, which are shorter than their names.
    op.add_column("graph_memory", _number("code", nullable=True))
    op.execute(
        "UPDATE graph_memory SET code = (SELECT count(*) FROM graph_memory AS other WHERE other.name <= graph_memory.name)"
    )
    op.create_index("graph_memory_code", "graph_memory", ["code"], unique=True)
    # All that sequence memories have there is made again: their nodes in other tables go when each is cleared.
    for table in ("concept", "synapse", "atom"):
        op.drop_table(table)
    op.create_table(
        "concept",
        _key(),
        _text("memory"),
        _text("chain"),
        _number("at"),
        _text("text"),
        *map(_number, ("length", "r_level", "count")),
        *map(_float, ("mass", "total")),
        _number("slot"),
        _number("parent", nullable=True),
    )
    op.create_index("concept_slot", "concept", ["slot"], unique=True)
    op.create_index("concept_parent", "concept", ["parent"])
    op.create_table(
        "context",
        _key(),
        *map(_number, ("memory", "symbol", "first_target")),
        _float("first_weight"),
        _number("first_fired"),
        _number("parent", nullable=True),
    )
    op.create_table("atom", _key(), _text("memory"), _text("symbol"), *map(_number, ("count", "code")))
    op.create_index("atom_code", "atom", ["memory", "code"], unique=True)
    op.create_table(
        "synapse",
        sa.Column("source", _ID, primary_key=True),
        sa.Column("target", _ID, primary_key=True),
        _float("weight"),
        _number("fired"),
        sqlite_with_rowid=False,
    )
    op.execute("UPDATE graph_memory SET position = -1 WHERE kind = 'sequence'")
