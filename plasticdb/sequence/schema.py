"""What a sequence memory has in the graph."""

from __future__ import annotations

from ..schema import Node, Packed, Property, Relationship

__all__ = [
    "ABSTRACTS",
    "APART",
    "ATOM",
    "CLOSED",
    "CONCEPT",
    "CONTEXT",
    "DEPTH",
    "GATE",
    "HISTORY",
    "NODES",
    "OF_VIEW",
    "PIECE",
    "RELATIONSHIPS",
    "SESSION",
    "SOURCE",
    "SYNAPSE",
    "TAUGHT_BY",
    "TOTALS",
    "TRUSTS",
    "VIEW",
]

_SHARED = (
    Property("chain", "text", "`prefix`, or what a view's contexts are called, such as `suffix`"),
    Property("at", "int", "position chain: symbols before the predicted one, the start included; otherwise 0"),
    Property("text", "text", "the symbols; ␂ is the start of a sample and ␃ its stop"),
    Property("length", "int", "symbols in `text`"),
    Property("r_level", "int", "abstractions between the chain's root (0) and this concept"),
    Property("count", "int", "prefix: samples below; context: symbols learned here (exact)"),
    Property("mass", "float", "prefix: what the samples below weigh; context: the sum of its positive weights"),
    Property("total", "float", "context: the sum of f(weight), what it told its abstraction; prefix: 0"),
)
CONCEPT = Node(
    "Concept",
    "Something that samples share: a prefix (chain `prefix`), or a context to predict from (`suffix` and others).",
    (*_SHARED, Property("slot", "int", "prefix: hash of the parent and the first symbol of the edge; context: none")),
    unique="slot",
    parent="ABSTRACTS",
    having="slot",
)
CONTEXT = Node(
    "Concept",
    "A context to predict from; nobody asks which contexts are below one.",
    _SHARED,
    parent="ABSTRACTS",
    stored="context",
    lacking="slot",
    downward=False,
    packed=Packed(
        Property("symbol", "int", "the oldest symbol: its atom, or what `derived.py` says"),
        coded="Atom",
        spells="symbol",
        pieces=("Piece", "text"),
        edges="synapse",
        spelled=("plasticdb.sequence.derived:spelled", ("chain", "at", "text", "length", "r_level")),
        summed=("plasticdb.sequence.derived:summed", ("count", "mass", "total")),
    ),
)
ATOM = Node(
    "Atom",
    "One symbol of a memory's vocabulary, the stop symbol ␃ among them.",
    (
        Property("symbol", "text", "the symbol"),
        Property("count", "int", "how often it was learned"),
    ),
)
ABSTRACTS = Relationship("ABSTRACTS", "From the general concept to the more specific one.", "Concept", "Concept")
SYNAPSE = Relationship(
    "SYNAPSE",
    "From a context to a symbol that followed it.",
    "Concept",
    "Atom",
    (
        Property("weight", "float", "how strong; below zero it inhibits"),
        Property("fired", "int", "how often it was learned (exact)"),
    ),
    leaving="context",
)
APART = Relationship(
    "APART",
    "Between symbols that are in the same samples again and again, farther apart than a context reaches; one each way. "
    "A consolidation makes it, in a memory with `shortcuts`.",
    "Atom",
    "Atom",
    (
        Property("occasions", "float", "in how many samples they were apart and not near; one that faded counts less"),
        Property("expected", "float", "in how many chance would have had them so"),
        Property("evidence", "float", "how much of a surprise that is, in nats"),
    ),
    stored="atom_apart",
)
PIECE = Node(
    "Piece",
    "Symbols that a context adds to its abstraction in one step: a word, the beginning of a line, several at a jump.",
    (
        Property("text", "text", "the symbols"),
        Property("count", "int", "the sum of `count` over the contexts that add it (exact)"),
    ),
)
CLOSED = Node(
    "Closed",
    "A context below which nothing opens any more, since a collapse folded what was there into it. It has the context's id, "
    "and is there also when the context is not: so it says nothing of what was unlearned.",
    (Property("r_level", "int", "abstractions between the chain's root (0) and the context"),),
)
SOURCE = Node(
    "Source",
    "What samples were filed under. Its history: it stays when all that it taught was unlearned.",
    (
        Property("name", "text", "the name; empty for samples that were given without one"),
        Property("samples", "int", "samples of it that are in the memory"),
        Property("learned", "int", "samples that it ever taught"),
        Property("unlearned", "int", "samples of it that were unlearned"),
        Property("first", "int", "journal position of the first sample that it taught"),
        Property("last", "int", "journal position of the last sample that it taught"),
    ),
    stored="graph_source",
)
SESSION = Node(
    "Session",
    "A process that wrote to a sequence memory, from opening it to closing it; what it did, also what was unlearned later.",
    (
        Property("number", "int", "its number in the journal, as `plasticdb sessions` shows it"),
        Property("version", "text", "the version of plasticdb that wrote"),
        Property("started", "float", "when it began to write: seconds since 1970"),
        Property("first", "int", "journal position of the first event that it wrote for this memory"),
        Property("last", "int", "journal position of the last one"),
        Property("learned", "int", "samples learned"),
        Property("unlearned", "int", "samples unlearned"),
        Property("reinforced", "int", "samples reinforced"),
        Property("weakened", "int", "samples weakened"),
        Property("decayed", "int", "decays, over all samples"),
    ),
    stored="graph_session",
)
TAUGHT_BY = Relationship(
    "TAUGHT_BY",
    "From a sample's own concept (it ends in ␃) to a source that taught it. When a concept was born, and fired last: "
    "the smallest `first` and the largest `last` of the samples below.",
    "Concept",
    "Source",
    (
        Property("samples", "int", "how often the source taught it; what was unlearned does not count"),
        Property("first", "int", "journal position of the first of these"),
        Property("last", "int", "journal position of the last of these"),
    ),
    leaving="concept",
)
VIEW = Node(
    "View",
    "One view of a memory that was consolidated: what a history is looked at by. The last may be `ending`, which is none: "
    "what leads there makes the stop likelier than the views say.",
    (
        Property("name", "text", "its name, which the contexts of its chain have as `chain`"),
        Property("number", "int", "its place in the memory's set of views, from 0"),
    ),
    stored="graph_view",
)
DEPTH = Node(
    "Depth",
    "What a consolidation found of all contexts at one depth of a view.",
    (
        Property("view", "text", "the view's name"),
        Property("depth", "int", "the `r_level` of the contexts; 0 is the root of the suffix"),
        Property("discount", "float", "d: what each synapse withholds, and leaves to the abstraction"),
        Property("strength", "float", "theta: how much the abstraction counts from the start"),
    ),
    stored="graph_depth",
)
GATE = Node(
    "Gate",
    "Something that may be so before a symbol. A view's weight in predicting it is the sum over all that is so.",
    (
        Property("what", "text", "`present`, `depth`, `confidence`, `place` or `last`"),
        Property("at", "int", "which: a number of its own in each of these; `last`: the id of the last symbol's atom"),
        Property("said", "text", "the same for people"),
    ),
    stored="graph_gate",
)
OF_VIEW = Relationship("OF_VIEW", "From a depth to its view.", "Depth", "View")
TRUSTS = Relationship(
    "TRUSTS",
    "From what may be so to a view: how much more (or less) the view counts then. To `ending`: by how much the logarithm of "
    "the stop's probability grows, before all add up to 1.",
    "Gate",
    "View",
    (Property("weight", "float", "what is added to the view's weight"),),
)
_WHEN = (
    Property("fit_position", "int", "journal position of the last consolidation"),
    Property("fit_time", "float", "when that was: seconds since 1970"),
)
TOTALS = (
    Property("samples", "int", "samples in the memory"),
    Property("symbols", "int", "their symbols, with a stop each"),
    Property("concepts", "int", "concepts of the abstraction tree"),
    Property("contexts", "int", "concepts to predict from"),
    Property("synapses", "int", "synapses of the contexts"),
    Property("pieces", "int", "pieces of the contexts"),
    Property("closed", "int", "contexts below which nothing opens any more"),
    Property("collapsed", "int", "contexts that the last collapse left"),
    Property("r_level_*", "int", "concepts of the abstraction tree by r_level: `r_level_0`, `r_level_1`, ..."),
    Property(
        "once_*", "int", "synapses of a weight below 2, by chain and depth: `once_suffix_0`, `once_suffix_1`, ..."
    ),
    Property("twice_*", "int", "the same of a weight from 2 to 3: `twice_suffix_0`, ..."),
    Property("apart", "int", "pairs of symbols that are APART, in a memory with `shortcuts`"),
    Property("fit_samples", "int", "samples that the last consolidation left out and predicted, one by one"),
    Property("fit_symbols", "int", "their symbols, with a stop each"),
    Property("fit_nats", "float", "the nats that these cost"),
    Property("fit_of", "int", "samples in the memory then"),
    *_WHEN,
)
NODES = (CONCEPT, ATOM, CONTEXT, PIECE, CLOSED, SOURCE, SESSION, VIEW, DEPTH, GATE)
RELATIONSHIPS = (ABSTRACTS, SYNAPSE, TAUGHT_BY, OF_VIEW, TRUSTS, APART)
HISTORY = (SOURCE, SESSION, TAUGHT_BY, *_WHEN)
"""What tells when and whence: like the journal, it depends on the order in which things happened."""
