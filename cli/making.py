"""What a memory is to be made with, looked at before its database is: a mistake in it must leave no new file."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

__all__ = ["made"]


def made(options: dict[str, Any]) -> dict[str, Any]:
    """Take out of a command's options those of the memory; raises UsageError where none could be made with them."""
    from plasticdb import BadInput, PlasticDB
    from plasticdb.sequence.options import Options

    own = [field.name for field in fields(Options) if field.metadata.get("asked", True)]
    asked = {name: value for name in own if (value := options.pop(name, None)) is not None}
    how = {name: options.pop(name) for name in ("batch", "max_memory")}
    try:
        Options.new(**asked)
        if how["max_memory"] is not None:  # whether that is enough depends on the rest
            with PlasticDB.open(":memory:") as db:
                db.sequence("m", **asked, max_memory=how["max_memory"])
    except BadInput as error:
        raise click.UsageError(str(error)) from None
    return asked | how
