"""The declaration of the engram memory."""

from ..kinds import Event, Kind
from .schema import NODES, RELATIONSHIPS

__all__ = ["KIND"]

KIND = Kind(
    name="engram",
    doc="Vectors with a payload that live, fire together, age and die.",
    memory="plasticdb.engram.memory:EngramMemory",
    options="plasticdb.engram.options:Options",
    events=(
        Event("learn", "an engram is remembered", sample=True, mass=True),
        Event("remind", "engrams fire together"),
        Event("reward", "engrams are given ticks to live, or fewer"),
        Event("tick", "a tick passes"),
        Event("consolidate", "firings become synapses"),
    ),
    nodes=NODES,
    relationships=RELATIONSHIPS,
    wrapper="engrams",
    verbs="the verbs of `plasticdb engram`",
)
