"""Opening what a command works on: the database that the settings name, or its migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from plasticdb import Migrations

__all__ = ["Place", "migrations", "opened", "prepare"]

Place = tuple[str, str | None]
"""Another graph and journal than the settings name."""


@contextmanager
def opened(context: click.Context, create: bool = False, place: Place | None = None) -> Iterator[Any]:
    """The PlasticDB that the settings name. `create`: a SQLite file may be made; otherwise it must be there."""
    from plasticdb import PlasticDB

    with PlasticDB.open(**_arguments(context, place), create=create) as db:
        yield db


@contextmanager
def migrations(context: click.Context, place: Place | None = None) -> Iterator[Migrations]:
    """The migrations of the database that the settings name."""
    from plasticdb import Migrations

    with Migrations.open(**_arguments(context, place)) as found:
        yield found


def prepare(context: click.Context, place: Place | None = None) -> None:
    """Make the tables on a server that has none yet, since a memory is to go there."""
    with migrations(context, place) as found:
        found.found()


def _arguments(context: click.Context, place: Place | None) -> dict[str, Any]:
    import logging  # here: SQLAlchemy needs it, and what does without SQLAlchemy need not wait for it

    from plasticdb.config.files import arguments, resolve

    logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())  # else it prints what Ctrl-C did to a connection
    return arguments(resolve(context.obj), place)
