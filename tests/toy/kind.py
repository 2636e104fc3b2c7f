"""The declaration of the toy kind: two labels with a parent, a relationship without properties, a float total."""

from __future__ import annotations

from dataclasses import dataclass

from plasticdb.kinds import Event, Kind, Verb
from plasticdb.schema import Index, Node, Packed, Property, Relationship

__all__ = ["HEARD", "KIND", "LETTER", "NAMED", "SPELLED", "TOPIC", "TRAIL", "UNDER", "Options"]


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
TRAIL = Node(
    "ToyTrail",
    "What leads to a topic: the first letters of the names. SQL packs it.",
    (
        Property("initials", "text", "these letters, derived from the steps"),
        Property("heard", "int", "what its letters heard of it, derived from these"),
    ),
    parent="TOY_GOES_ON",
    downward=False,
    packed=Packed(
        Property("letter", "int", "the first letter of the last name"),
        coded="ToyLetter",
        spells="begin",
        edges="toy_heard",
        spelled=("tests.toy.learner:initials", ("initials",)),
        summed=("tests.toy.learner:heard", ("heard",)),
    ),
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
GOES_ON = Relationship("TOY_GOES_ON", "From a trail to a longer one.", "ToyTrail", "ToyTrail")
HEARD = Relationship(
    "TOY_HEARD",
    "From a trail to the letters that its last name begins with.",
    "ToyTrail",
    "ToyLetter",
    (Property("samples", "int", "samples of its topic"),),
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
    nodes=(TOPIC, LETTER, TRAIL),
    relationships=(UNDER, NEXT, SPELLED, NAMED, GOES_ON, HEARD),
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
