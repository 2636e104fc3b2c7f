"""The declaration of the toy kind: two labels with a parent, a relationship without properties, a float total."""

from __future__ import annotations

from dataclasses import dataclass

from plasticdb.kinds import Event, Kind, Verb
from plasticdb.schema import Index, Node, Property, Relationship

__all__ = ["KIND", "LETTER", "NAMED", "SPELLED", "TOPIC", "UNDER", "Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a toy memory was made. `step`, what a sample weighs, came later than `separator`."""

    separator: str = "/"
    step: float = 0.1


TOPIC = Node(
    "ToyTopic",
    "A topic that samples are about, or that is above such a one.",
    (
        Property("path", "text", "the names from the root to this topic"),
        Property("samples", "int", "samples below"),
        Property("weight", "float", "what these weigh"),
        Property("look", "vector", "the length of its name, and its vowels"),
    ),
    parent="TOY_UNDER",
    indexes=(Index("between", "samples"), Index("nearest", "look")),
)
LETTER = Node(
    "ToyLetter",
    "How the names of topics begin: a letter, and below it two letters.",
    (
        Property("begin", "text", "one letter or two"),
        Property("topics", "int", "how often the names of samples begin so"),
        Property("slot", "int", "a unique key; letters below another one have none", True),
    ),
    unique="slot",
    parent="TOY_NEXT",
)
UNDER = Relationship("TOY_UNDER", "From a topic to one under it.", "ToyTopic", "ToyTopic")
NEXT = Relationship("TOY_NEXT", "From a letter to two letters.", "ToyLetter", "ToyLetter")
SPELLED = Relationship("TOY_SPELLED", "From a topic to the letters that its name begins with.", "ToyTopic", "ToyLetter")
NAMED = Relationship(
    "TOY_SPELLED",
    "From the first letter to the topics that begin so: the same type, between other labels.",
    "ToyLetter",
    "ToyTopic",
    (Property("depth", "int", "names in the topic's path"),),
    stored="toy_named",
    indexes=(Index("strongest", "depth"),),
)
KIND = Kind(
    name="toy",
    doc="Paths, counted in a tree.",
    memory="tests.toy.memory:ToyMemory",
    options="tests.toy.kind:Options",
    events=(
        Event("learn", "a path is learned", sample=True, mass=1, check="tests.toy.memory:check"),
        Event("unlearn", "a path is taken back", targeted=True),
    ),
    nodes=(TOPIC, LETTER),
    relationships=(UNDER, NEXT, SPELLED, NAMED),
    totals=(
        Property("samples", "int", "samples in the memory"),
        Property("weight", "float", "what these weigh"),
    ),
    order_free=True,
    verbs=(
        Verb("learn", "learn paths", changes=True),
        Verb("unlearn", "take paths back", changes=True),
        Verb("frequent", "topics with many samples"),
        Verb("alike", "topics whose names look alike"),
    ),
)
