"""What an engram memory has in the graph."""

from __future__ import annotations

from ..schema import Index, Node, Property, Relationship

__all__ = [
    "ANSWERS_FOR",
    "APART",
    "COFIRED",
    "COPY",
    "ENGRAM",
    "FIRED",
    "FIRING",
    "MENTIONS",
    "NEXT",
    "NODES",
    "PAIRED",
    "PAIRING",
    "RELATIONSHIPS",
    "STREAM",
    "TERM",
    "TOTALS",
]

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
        Property("text", "text", "the text that its vector was made of; none for a vector that was given", True),
        Property("terms", "int", "terms in the text, each as often as it is there"),
        Property("external_id", "text", "the caller's own id for it", True),
        Property("stream", "text", "in what it was remembered one after the other: a conversation, a session", True),
        Property("after", "int", "the number of the engram that comes before it in the stream", True),
        Property("pinned", "int", "1: it never dies; otherwise 0"),
        Property("rewarded", "float", "the ticks that rewards gave it, in all"),
    ),
    indexes=(
        Index("key", "place"),  # not unique: in a batch places change hands
        Index("between", "level"),
        Index("between", "expires_at"),
        Index("nearest", "vector", unless="text"),
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
        Property("context", "text", "in which it was, where one was named", True),
    ),
)
FIRED = Relationship(
    "FIRED",
    "From a firing to an engram that took part and is alive.",
    "Firing",
    "Engram",
    (
        Property(
            "why",
            "text",
            "`working`, `near` (short-term, near to working memory), `walked` (long-term) or `told` (by `fire`)",
        ),
    ),
)
TERM = Node(
    "Term",
    "A term of the texts that an engram memory knows: a word's stem, as the memory's options say.",
    (
        Property("text", "text", "the term"),
        Property("engrams", "int", "engrams alive that mention it"),
    ),
)
MENTIONS = Relationship(
    "MENTIONS",
    "From an engram to a term of its text.",
    "Engram",
    "Term",
    (Property("count", "int", "how often the text has it"),),
)
STREAM = Node(
    "Stream",
    "Where engrams were remembered one after the other: a conversation, or a session of a process.",
    (
        Property("name", "text", "its name, or `session N` where none was given"),
        Property("last", "int", "the number of the last one that is alive"),
        Property("engrams", "int", "engrams of it that are alive"),
    ),
)
NEXT = Relationship(
    "NEXT",
    "From an engram to the one that was remembered next in the same stream, of those that are alive.",
    "Engram",
    "Engram",
    (Property("stream", "text", "the stream's name"),),
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
APART = Relationship(
    "APART",
    "Between engrams that fired within a few firings of each other, in a memory with `shortcuts`; one each way.",
    "Engram",
    "Engram",
    (
        Property("fired", "int", "on how many occasions (exact while it is there)"),
        Property(
            "weight", "float", "how strong it was after the last one, from 0 to 1: it fades with the firings since"
        ),
        Property(
            "importance", "float", "what of the firings since it was a shortcut it foretold: it fades more slowly"
        ),
        Property("since", "int", "when the last one was: how many firings the memory had had"),
        Property(
            "open", "int", "1: it is a shortcut, which recall follows; 0: a trace, for which there is no evidence yet"
        ),
    ),
)
PAIRING = Node(
    "Pairing",
    "What two engrams have in one context: that they fired together in it, in consolidated firings.",
    (
        Property("one", "int", "the number of the older engram"),
        Property("other", "int", "the number of the younger one"),
        Property("context", "text", "the context's name"),
        Property("fired", "int", "in how many of these (exact); what two have in all contexts is in their SYNAPSE"),
    ),
)
PAIRED = Relationship("PAIRED", "From an engram to what it has with another one in a context.", "Engram", "Pairing")
COPY = Node(
    "Copy",
    "A note that is nearly the same as an engram, and was merged into it (`merge_above`).",
    (
        Property("number", "int", "what the memory calls it: the journal position at which it was remembered"),
        Property("into", "int", "the number of the engram that answers for it"),
        Property("vector", "vector", "what it is; not in the copy that Cypher runs on beside SQL"),
        Property("payload", "text", "what was given with it, as JSON"),
        Property("born", "int", "the tick in which it was remembered"),
        Property("text", "text", "its text", True),
        Property("external_id", "text", "the caller's own id for it", True),
        Property("stream", "text", "in what it was remembered: a conversation, a session", True),
    ),
    stored="engram_copy",
)
ANSWERS_FOR = Relationship("ANSWERS_FOR", "From an engram to a note that was merged into it.", "Engram", "Copy")
TOTALS = (
    Property("tick", "int", "the tick that it is in"),
    Property("working", "int", "engrams in working memory now"),
    Property("short", "int", "engrams in short-term memory now"),
    Property("long", "int", "engrams in long-term memory now"),
    Property("firings", "int", "firings that are not consolidated yet"),
    Property("consolidated", "int", "the number of the newest firing that is"),
    Property("texts", "int", "engrams alive with a text"),
    Property("terms", "int", "terms in their texts, in all"),
    Property("gone", "int", "engrams that died or were forgotten"),
    Property("updated", "int", "updates that there were"),
    Property("pairings", "int", "pairs of engrams that fired together in a context, in each"),
    Property("heard", "int", "firings that there were, in a memory with `shortcuts`"),
)
NODES = (ENGRAM, FIRING, TERM, STREAM, COPY, PAIRING)
RELATIONSHIPS = (FIRED, COFIRED, MENTIONS, NEXT, ANSWERS_FOR, PAIRED, APART)
