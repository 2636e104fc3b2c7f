"""The declaration of the continual classifier."""

from ..kinds import Event, Kind, Verb
from .schema import BESIDE, LABEL, NEURON, NODES, RELATIONSHIPS, SAYS, TOTALS

__all__ = ["KIND"]

_CHECK = "plasticdb.continual.events:check"

KIND = Kind(
    name="classifier",
    doc="Samples with labels, which neurons learn one after the other without forgetting.",
    memory="plasticdb.continual.memory:ContinualClassifier",
    options="plasticdb.continual.options:Options",
    events=(
        Event("learn", "a sample is learned with its label", sample=True, mass=1, check=_CHECK),
        Event("unlearn", "a sample is forgotten", targeted=True, check=_CHECK),
    ),
    nodes=NODES,
    relationships=RELATIONSHIPS,
    totals=TOTALS,
    history=(NEURON, LABEL, SAYS, BESIDE, *(total for total in TOTALS if total.name in ("right", "neurons", "next"))),
    order_free=True,
    wrapper="classifier",
    take_back="`plasticdb classifier forget` forgets it, by its label or its source",
    verbs=(
        Verb("ingest", "Learn the samples of files, with their labels.", changes=True),
        Verb("learn_many", "Learn samples with their labels.", changes=True, command=False),
        Verb("learn_one", "Learn one sample with its label.", changes=True, command=False),
        Verb("predict", "How likely the labels are for a sample."),
        Verb("predict_many", "The labels of samples.", command=False),
        Verb("predict_one", "The label of one sample.", command=False),
        Verb("predict_proba_many", "How likely each label is for samples.", command=False),
        Verb("predict_proba_one", "How likely each label is for one sample.", command=False),
        Verb("explain", "Which neurons a prediction comes from, and how far they are."),
        Verb("neurons", "The neurons, in the order in which they grew."),
        Verb("neuron", "One neuron: what it says, what it has seen, where it stands."),
        Verb("labels", "The labels, and how many samples were learned of each."),
        Verb("forget", "Forget the samples of a label, or of a source.", changes=True),
        Verb("unlearn", "Forget the samples of a source.", changes=True),
    ),
    commands="plasticdb.cli.classifier",
)
