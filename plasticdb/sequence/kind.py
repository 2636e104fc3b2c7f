"""The declaration of the sequence memory."""

from ..kinds import Event, Kind
from .schema import HISTORY, NODES, RELATIONSHIPS

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
    ),
    nodes=NODES,
    relationships=RELATIONSHIPS,
    history=HISTORY,
    wrapper="sequence",
    verbs="ingest, predict and the like",
    take_back="`plasticdb unlearn` takes it back",
    merges=True,
)
