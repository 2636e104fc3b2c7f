"""The declaration of the sequence memory."""

from ..kinds import Event, Kind, Verb
from .schema import HISTORY, NODES, RELATIONSHIPS, TOTALS

__all__ = ["KIND"]

_EVENTS = "plasticdb.sequence.events"

KIND = Kind(
    name="sequence",
    doc="Samples of symbols: what they share, and what follows what.",
    memory="plasticdb.sequence.memory:SequenceMemory",
    options="plasticdb.sequence.options:Options",
    events=(
        Event("learn", "a sample is learned", sample=True, mass=1, check=f"{_EVENTS}:sample"),
        Event("unlearn", "a sample is taken back", targeted=True, check=f"{_EVENTS}:unlearning"),
        Event("reinforce", "mass is added to a sample", mass=1, targeted=True, check=f"{_EVENTS}:reinforcement"),
        Event("weaken", "mass is taken from a sample", mass=-1, targeted=True, check=f"{_EVENTS}:reinforcement"),
        Event("decay", "the mass of samples is weakened by elapsed time", check=f"{_EVENTS}:decay"),
        Event("consolidate", "the memory fits its parameters to its samples", check=f"{_EVENTS}:consolidation"),
        Event("collapse", "contexts are folded into their abstractions", check=f"{_EVENTS}:collapse"),
    ),
    nodes=NODES,
    relationships=RELATIONSHIPS,
    totals=TOTALS,
    history=HISTORY,
    wrapper="sequence",
    take_back="`plasticdb unlearn` takes it back",
    merge="plasticdb.sequence.teaching.merge:merge",
    order_free=True,
    verbs=(
        Verb("ingest", "Learn samples from files, each line once.", changes=True),
        Verb("learn", "Learn one sample.", changes=True, command=False),
        Verb("learn_many", "Learn samples, each once.", changes=True, command=False),
        Verb("predict", "The next symbol's distribution."),
        Verb("complete", "Continue a prompt."),
        Verb("score", "How well samples are predicted, in nats per symbol."),
        Verb("surprise", "How much each sample surprises the memory, in nats: outliers."),
        Verb("features", "Which contexts samples fire, for a classifier to learn from."),
        Verb("explain", "Why: the contexts that spoke, and the samples that taught them."),
        Verb("associations", "What is often in the same samples, far apart from some symbols."),
        Verb("concepts", "The concepts that begin with a prefix."),
        Verb("tree", "The abstraction tree under a prefix, drawn."),
        Verb("diff", "What changed between two moments."),
        Verb("unlearn", "Take samples back, exactly.", changes=True),
        Verb("reinforce", "Make learned samples weigh more.", changes=True),
        Verb("weaken", "Make learned samples weigh less.", changes=True),
        Verb("decay", "Forget by elapsed time.", changes=True),
        Verb("consolidate", "Fit what views and contexts are trusted to what is there.", changes=True),
        Verb("collapse", "Fold contexts until so many are left.", changes=True),
    ),
    commands="plasticdb.cli.sequence",
    grouped=False,
)
