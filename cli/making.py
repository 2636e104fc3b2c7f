"""What a memory is to be made with, looked at before its database is: a mistake in it must leave no new file."""

from __future__ import annotations

from typing import Any

import click

__all__ = ["made"]

_NAMES = (
    *("tokenizer", "depth", "max_symbols", "normalize", "lower", "views", "max_contexts"),
    *("batch", "max_memory"),
)


def made(options: dict[str, Any]) -> dict[str, Any]:
    """Take out of a command's options those of the memory; raises UsageError where none could be made with them."""
    from plasticdb import BadInput, PlasticDB
    from plasticdb.sequence.options import Options

    found = {name: options.pop(name) for name in _NAMES}
    asked = {name: found[name] for name in _NAMES[:-2] if found[name] is not None}
    try:
        Options.new(**asked)
        if found["max_memory"] is not None:  # whether that is enough depends on the rest
            with PlasticDB.open(":memory:") as db:
                db.sequence("m", **asked, max_memory=found["max_memory"])
    except BadInput as error:
        raise click.UsageError(str(error)) from None
    return found
