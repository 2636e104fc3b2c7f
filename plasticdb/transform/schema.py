"""What a transform memory has in the graph."""

from __future__ import annotations

from ..schema import Index, Node, Property, Relationship

__all__ = [
    "ABSORBED",
    "ARCHIVED",
    "CHANGED",
    "FOLLOWS",
    "NODES",
    "RAW",
    "RELATIONSHIPS",
    "SLOT",
    "STREAM",
    "TOTALS",
    "TRANSFORM",
]

RAW, TRANSFORM, ARCHIVED = 1, 2, 3
"""States of a slot."""
SLOT = Node(
    "Slot",
    "A slot of a transform memory: a key with its value, or a linear transform that answers for many of these.",
    (
        Property("number", "int", "what the memory calls it: the journal position at which it was made"),
        Property(
            "state", "int", "1 raw: a pair that answers for itself; 2 a transform; 3 archived: a pair that does not"
        ),
        Property(
            "key", "floats", "the key; of a transform the centre of its keys; not in the copy for Cypher beside SQL"
        ),
        Property("value", "floats", "the value; of a transform the value at its centre; not in that copy"),
        Property(
            "matrix", "floats", "of a transform: what it maps by, value by key, row by row; not in that copy", True
        ),
        Property(
            "factor", "floats", "of a transform: the statistics that more pairs are added to; not in that copy", True
        ),
        Property(
            "n",
            "int",
            "the pairs that it was made from; of a pair 1, or 0 where it only says again what its transform says",
        ),
        Property("ridge", "float", "of a transform: what its fit was damped by", True),
        Property("pull", "float", "of a transform: a squared distance by which it seems nearer than it is", True),
        Property("reach", "float", "of a transform: how far away the keys are for which it answers", True),
        Property("usage", "float", "how much it was used, as of `used_at`; it decays with the memory's half-life"),
        Property("used_at", "float", "when it was used last, or else when it was made, in seconds since 1970"),
        Property("written", "float", "when it was made, in seconds since 1970"),
        Property("payload", "text", "what was given with it, as JSON", True),
        Property("stream", "text", "in what it was written one after the other", True),
        Property("after", "int", "the number of the slot that comes before it in the stream", True),
        Property("external_id", "text", "the caller's own id for it", True),
        Property("into", "int", "of an archived pair: the number of the transform that absorbed it", True),
    ),
    indexes=(Index("between", "state"),),
)
STREAM = Node(
    "SlotStream",
    "Where pairs were written one after the other.",
    (
        Property("name", "text", "its name"),
        Property("last", "int", "the number of the last slot of it"),
        Property("slots", "int", "how many slots it has"),
    ),
    stored="slot_stream",
)
ABSORBED = Relationship("ABSORBED", "From a transform to a pair for which it answers.", "Slot", "Slot")
FOLLOWS = Relationship(
    "NEXT",
    "From a slot to the one that was written next in the same stream, raw or archived.",
    "Slot",
    "Slot",
    (
        Property("stream", "text", "the stream's name"),
        Property("at", "int", "the journal position at which the next one was written"),
    ),
    stored="slot_next",
)
CHANGED = Property("changed", "int", "the position of the last event that changed slots that were there")
TOTALS = (
    Property("raw", "int", "raw slots"),
    Property("transforms", "int", "transforms"),
    Property("archived", "int", "archived pairs"),
    Property("mode", "int", "how it reads: 0 never consolidated, 1 exact, 2 general"),
    Property("few", "int", "transforms that a general read mixes"),
    Property("temperature", "float", "how sharply it prefers the nearest of these"),
    Property("cap", "float", "the length that no value of a transform exceeds; 0: any"),
    Property("gain", "float", "the norm that no matrix exceeds; 0: any"),
    CHANGED,
)
NODES = (SLOT, STREAM)
RELATIONSHIPS = (ABSORBED, FOLLOWS)
