"""The group `classifier`."""

from __future__ import annotations

import click

from .anywhere import Verbs

__all__ = ["classifier"]


@click.group(cls=Verbs)
def classifier() -> None:
    """Samples with labels, which neurons learn one after the other without forgetting."""
