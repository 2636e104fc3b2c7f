"""What a continual classifier has in the graph."""

from __future__ import annotations

from ..schema import Node, Property, Relationship

__all__ = ["BESIDE", "LABEL", "NEURON", "NODES", "RELATIONSHIPS", "SAYS", "TOTALS"]

NEURON = Node(
    "Neuron",
    "A neuron of a classifier: a Gaussian prototype of samples.",
    (
        Property("number", "int", "what the memory calls it: 0, 1, 2 ... in the order in which they grew"),
        Property("seen", "float", "the samples that its mean is of"),
        Property("evidence", "float", "the samples that its variance is of, what it took over when it grew among them"),
        Property("fired", "int", "how often it won"),
        Property("missed", "int", "samples of its own that others took since it last split"),
        Property("usual", "float", "how far its own samples are, of late"),
        Property("mean", "floats", "where it stands; not in the copy for Cypher beside SQL"),
        Property("basis", "floats", "directions in which its samples vary most, row by row; not in that copy"),
        Property("scatter", "floats", "the sum of squares along each direction; not in that copy"),
        Property("rest", "float", "the sum of squares outside of the directions"),
    ),
)
LABEL = Node(
    "Label",
    "What a classifier says of samples.",
    (
        Property("name", "text", "the label, as a text"),
        Property("type", "text", "what it was given as: int, str, bool"),
        Property("number", "int", "what the memory calls it: 0, 1, 2 ... in the order in which they came"),
        Property("samples", "int", "how many samples of it were learned, and not forgotten"),
    ),
)
SAYS = Relationship(
    "SAYS",
    "From a neuron to a label that it says.",
    "Neuron",
    "Label",
    (
        Property("weight", "float", "how strongly, at most 1"),
        Property("importance", "float", "errors that the synapse prevented: they protect it"),
    ),
)
BESIDE = Relationship(
    "BESIDE",
    "Between neurons of which one took samples that the other fitted second best; one each way, at most 16 a neuron.",
    "Neuron",
    "Neuron",
    (
        Property("fired", "int", "how many samples, since the edge grew"),
        Property("weight", "float", "how firm it is, at most 1; the weakest gives way where a neuron has too many"),
    ),
)
TOTALS = (
    Property("samples", "int", "samples that were learned, and not forgotten"),
    Property("right", "int", "of these, how many it would have labelled so before it learned them"),
    Property("neurons", "int", "neurons"),
    Property("labels", "int", "labels"),
    Property("next", "int", "the number of the next neuron that grows"),
)
NODES = (NEURON, LABEL)
RELATIONSHIPS = (SAYS, BESIDE)
