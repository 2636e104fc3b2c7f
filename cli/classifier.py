"""The group `classifier`: ingest, predict, explain, neurons, neuron, labels, forget, unlearn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from . import output
from .anywhere import Verbs
from .opening import opened
from .options import as_of, files_or_stdin, formatted, operation
from .transforms import numbers

__all__ = ["classifier"]

_erase = click.option("--erase", is_flag=True, help="Also remove them from the journal and every file.")


@click.group(cls=Verbs)
def classifier() -> None:
    """Samples with labels, which neurons learn one after the other without forgetting.

    What is learned later, of other labels, does not make it forget what it learned before.
    """


def _of_classifier(command: Callable[..., Any]) -> Callable[..., Any]:
    """A memory, and how rows are printed."""
    return click.argument("memory")(formatted(command))


@classifier.command()
@_of_classifier
@click.argument("files", nargs=-1, metavar="[FILE... or -]")
@click.option("--label", help="Of CSV: the column of the label [the last one].")
@click.option("--source", help="What they are filed under, to take them back by.")
@click.option("--dimension", type=int, help="Numbers in a sample [of a new memory: those of the first one].")
@click.option(
    "--features",
    type=click.Choice(["dense", "sparse"]),
    help="Samples of a new memory are lists of numbers, or mappings from features to numbers [dense].",
)
@click.option("--budget", type=int, help="Neurons that a new memory may have [2000].")
@click.option("--share", type=int, help="Neurons that a label of a new memory may have [40].")
@click.option("--rank", type=int, help="Directions that a neuron of a new memory keeps [16].")
@operation
@click.pass_context
def ingest(
    context: click.Context, /, memory: str, files: tuple[str, ...], label: str | None, source: str | None,
    operation: str | None, form: str | None, **options: Any,
) -> None:  # fmt: skip
    """Learn the samples of FILEs with their labels, in this order: CSV, JSON lines, .npz or .npy.

    JSON lines are {"x": [...], "y": ..., "id": ...}, where x may be a mapping; a .npz has X and y; in a .npy and a CSV the
    label is the last column. All of them or, where one cannot be read, none. What has an "id" that its source gave before is
    skipped.
    """
    with opened(context, create=True) as db:
        known = db.classifier(memory, **options)
        done = known.ingest(files_or_stdin(files), label, source=source, operation=operation)
        output.one({"learned": done, "neurons": known.stats()["neurons"] if done else 0}, form)


@classifier.command()
@_of_classifier
@click.argument("sample", default="-", metavar="[SAMPLE, FILE or -]")
@click.option("--label", help="Of CSV: a column that is left out.")
@click.option("--top", type=int, help="Of one SAMPLE: how many labels at most.")
@as_of
@click.pass_context
def predict(
    context: click.Context, memory: str, sample: str, label: str | None, top: int | None, as_of: str | None,
    form: str | None,
) -> None:  # fmt: skip
    """How likely the labels are for SAMPLE, a JSON list of numbers or a mapping; or the label of each sample of a FILE."""
    from plasticdb.continual.files import read
    from plasticdb.continual.files import sample as parsed

    given = parsed(sample)
    with opened(context) as db, db.classifier(memory).as_of(as_of) as known:
        if given is not None:
            rows = [{"label": name, "p": p} for name, p in known.predict(given, top).items()]
            return output.rows(rows, form, ["label", "p"])
        found = known.predict_many(read([sample], label, labelled=False).samples)
    output.rows(({"label": name} for name in found), form, ["label"])


@classifier.command()
@_of_classifier
@click.argument("sample")
@click.option("--top", type=int, default=5, show_default=True, help="How many neurons at most.")
@as_of
@click.pass_context
def explain(
    context: click.Context, memory: str, sample: str, top: int, as_of: str | None, form: str | None
) -> None:  # fmt: skip
    """Why SAMPLE, a JSON list of numbers or a mapping, gets its label: the neurons that fit it best, and how far it is from each.

    A label is as likely (p) as its best neuron fits. distance: 1 is one standard deviation; usual: of the neuron's own samples.
    """
    from plasticdb.continual.explaining import Reason
    from plasticdb.continual.files import sample as parsed

    given = parsed(sample)
    if given is None:
        raise click.UsageError("SAMPLE must be a JSON list of numbers, such as [0.5, 1], or a mapping")
    with opened(context) as db, db.classifier(memory).as_of(as_of) as known:
        found = known.explain(given, top)
    output.rows(map(output.shallow, found), form, output.names(Reason))


@classifier.command()
@_of_classifier
@click.option("--label", help="Only those that say this label.")
@click.option("--limit", type=int, default=100, show_default=True, help="How many at most.")
@click.option("--after", type=int, metavar="NUMBER", help="Only those behind this one: the last of the page before.")
@as_of
@click.pass_context
def neurons(
    context: click.Context, /, memory: str, label: str | None, as_of: str | None, form: str | None, **page: Any
) -> None:  # fmt: skip
    """The neurons, in the order in which they grew; `neuron` also shows where one stands."""
    from plasticdb.continual.events import typed
    from plasticdb.continual.explaining import Neuron

    with opened(context) as db, db.classifier(memory).as_of(as_of) as known:
        name = None if label is None else typed(label, known.options.label_type)
        found = known.neurons(name, **page)
    rows = [{name: value for name, value in output.shallow(one).items() if name != "mean"} for one in found]
    output.rows(rows, form, [name for name in output.names(Neuron) if name != "mean"])


@classifier.command()
@_of_classifier
@click.argument("number", type=int)
@as_of
@click.pass_context
def neuron(context: click.Context, memory: str, number: int, as_of: str | None, form: str | None) -> None:
    """One neuron by its NUMBER: what it says, what it has seen, and where it stands."""
    with opened(context) as db, db.classifier(memory).as_of(as_of) as known:
        output.one(numbers(known.neuron(number), form), form)


@classifier.command()
@_of_classifier
@as_of
@click.pass_context
def labels(context: click.Context, memory: str, as_of: str | None, form: str | None) -> None:
    """The labels, in the order in which they came, and how many samples were learned of each."""
    with opened(context) as db, db.classifier(memory).as_of(as_of) as known:
        found = known.labels()
    output.rows(({"label": name, "samples": many} for name, many in found.items()), form, ["label", "samples"])


@classifier.command()
@_of_classifier
@click.option("--label", help="The samples of this label.")
@click.option("--source", help="The samples of this source.")
@_erase
@operation
@click.pass_context
def forget(
    context: click.Context, /, memory: str, label: str | None, form: str | None, **how: Any
) -> None:  # fmt: skip
    """Forget the samples of a label, of a source, or of both: as if they had never been learned.

    All others are learned again from the journal, which takes as long as they took.
    """
    from plasticdb.continual.events import typed

    with opened(context) as db:
        known = db.classifier(memory)
        name = None if label is None else typed(label, known.options.label_type)
        output.one({"forgotten": known.forget(name, **how)}, form)


@classifier.command()
@_of_classifier
@click.option("--source", required=True, help="Whose samples.")
@_erase
@operation
@click.pass_context
def unlearn(context: click.Context, /, memory: str, source: str, form: str | None, **how: Any) -> None:
    """Forget all samples of a source, as `forget` does."""
    with opened(context) as db:
        output.one({"unlearned": db.classifier(memory).unlearn(source, **how)}, form)
