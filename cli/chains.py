"""Commands of the group `transform` about several memories: chain, merge."""

from __future__ import annotations

import sys

import click

from . import output
from .opening import opened
from .options import operation
from .transforms import WIDE, numbers, of_transforms

__all__ = ["commands"]


@click.command()
@of_transforms
@click.argument("query", metavar="QUERY or -")
@click.argument("steps", nargs=-1, metavar="[STEP...]")
@click.option("--until", help='Again and again: until it converged, or a stop slot answers (payload {"stop": true}).')
@click.option("--budget", type=int, default=1_000, show_default=True, help="Steps at most.")
@click.option("--tolerance", type=float, default=1e-9, show_default=True, help="What counts as no change.")
@click.pass_context
def chain(
    context: click.Context, memory: str, query: str, steps: tuple[str, ...], until: str | None, budget: int,
    tolerance: float, form: str | None,
) -> None:  # fmt: skip
    """What comes of QUERY (a JSON list) that goes through the memories STEP... one after the other; or through MEMORY alone."""
    from plasticdb.transform.files import single

    asked = single(sys.stdin.read() if query == "-" else query)
    with opened(context) as db:
        how = {"until": until, "budget": budget, "tolerance": tolerance}
        found = db.transforms(memory).chain(asked, list(steps) or None, **how)
    row = numbers(found, form)
    if output.chosen(form) == "table":
        more = f", ... ({len(found.steps):,})" if len(found.steps) > WIDE else ""
        row["steps"] = ", ".join(step.memory for step in found.steps[:WIDE]) + more
    output.one(row, form)


@click.command()
@of_transforms
@click.argument("steps", nargs=-1, required=True, metavar="STEP...")
@click.option("--tolerance", type=float, default=1e-6, show_default=True, help="How far off it may be.")
@operation
@click.pass_context
def merge(
    context: click.Context, memory: str, steps: tuple[str, ...], tolerance: float, operation: str | None, form: str | None
) -> None:  # fmt: skip
    """Make one transform of the chain STEP..., in MEMORY; or say how far off it would be."""
    with opened(context) as db:
        first, last = (db.transforms(one).options for one in (steps[0], steps[-1]))
        whole = db.transforms(memory, key_dimension=first.key_dimension, value_dimension=last.value_dimension)
        done = whole.merge(list(steps), tolerance=tolerance, operation=operation)
    output.one(numbers(done, form), form)


commands = (chain, merge)
