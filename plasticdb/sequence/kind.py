"""The declaration of the sequence memory."""

from ..kinds import Event, Kind
from .schema import HISTORY, NODES, RELATIONSHIPS

__all__ = ["KIND"]

KIND = Kind(
    name="sequence",
    doc="Samples of symbols: what they share, and what follows what.",
    memory="plasticdb.sequence.memory:SequenceMemory",
    options="plasticdb.sequence.options:Options",
    events=(
        Event("learn", "a sample is learned", sample=True, mass=True),
        Event("unlearn", "a sample is taken back", targeted=True),
        Event("reinforce", "mass is added to a sample", mass=True, targeted=True),
        Event("weaken", "mass is taken from a sample", mass=True, targeted=True),
        Event("decay", "the mass of samples is weakened by elapsed time"),
    ),
    nodes=NODES,
    relationships=RELATIONSHIPS,
    history=HISTORY,
    wrapper="sequence",
    verbs="ingest, predict and the like",
    merges=True,
)
