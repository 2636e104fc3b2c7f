"""What an engram memory has in the graph."""

from __future__ import annotations

from ..schema import Index, Node, Property, Relationship

__all__ = ["COFIRED", "ENGRAM", "FIRED", "FIRING", "NODES", "RELATIONSHIPS", "TOTALS"]

ENGRAM = Node(
    "Engram",
    "Something that an engram memory remembers and that is still alive: a vector with a payload.",
    (
        Property("number", "int", "what the memory calls it: the journal position at which it was remembered"),
        Property("level", "int", "1 working, 2 short-term, 3 long-term"),
        Property("vector", "vector", "what it is; not in the copy that Cypher runs on beside SQL"),
        Property("payload", "text", "what was given with it, as JSON"),
        Property("born", "int", "the tick in which it was remembered"),
        Property("expires_at", "float", "the tick at which it dies, unless it is rewarded before"),
        Property("fires", "int", "how often it fired (exact)"),
        Property("place", "int", "long-term: its place among the memory's, counted from a number of its own", True),
    ),
    indexes=(
        Index("key", "place"),  # not unique: in a batch places change hands
        Index("between", "level"),
        Index("between", "expires_at"),
        Index("nearest", "vector"),
    ),
)
FIRING = Node(
    "Firing",
    "Engrams that fired together, until it is consolidated into their synapses.",
    (
        Property("number", "int", "the journal position of the reminding"),
        Property("tick", "int", "the tick in which it was"),
        Property(
            "session", "int", "the journal's number of the session that reminded, as `plasticdb sessions` shows it"
        ),
    ),
)
FIRED = Relationship(
    "FIRED",
    "From a firing to an engram that took part and is alive.",
    "Firing",
    "Engram",
    (Property("why", "text", "`working`, `near` (short-term, near to working memory) or `walked` (long-term)"),),
)
COFIRED = Relationship(
    "SYNAPSE",
    "Between engrams that fired together in consolidated firings; one each way.",
    "Engram",
    "Engram",
    (Property("fired", "int", "in how many of these (exact)"),),
    stored="engram_synapse",
    indexes=(Index("strongest", "fired"),),
)
TOTALS = (
    Property("tick", "int", "the tick that it is in"),
    Property("working", "int", "engrams in working memory now"),
    Property("short", "int", "engrams in short-term memory now"),
    Property("long", "int", "engrams in long-term memory now"),
    Property("firings", "int", "firings that are not consolidated yet"),
    Property("consolidated", "int", "the number of the newest firing that is"),
)
NODES = (ENGRAM, FIRING)
RELATIONSHIPS = (FIRED, COFIRED)
