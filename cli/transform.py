"""The group `transform`."""

from __future__ import annotations

import click

from .anywhere import Verbs

__all__ = ["transform"]


@click.group(cls=Verbs)
def transform() -> None:
    """Keys with values, which consolidate into fewer linear transforms."""
