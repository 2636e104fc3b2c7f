"""The declaration of the engram memory."""

from ..kinds import Event, Kind
from .schema import NODES, RELATIONSHIPS

__all__ = ["KIND"]

_CHECK = "plasticdb.engram.events:check"

KIND = Kind(
    name="engram",
    doc="Vectors with a payload that live, fire together, age and die.",
    memory="plasticdb.engram.memory:EngramMemory",
    options="plasticdb.engram.options:Options",
    events=(
        Event("learn", "an engram is remembered", sample=True, mass=1, check=_CHECK),
        Event("remind", "engrams fire together", check=_CHECK),
        Event("reward", "engrams are given ticks to live, or fewer", check=_CHECK),
        Event("tick", "a tick passes", check=_CHECK),
        Event("consolidate", "firings become synapses", check=_CHECK),
    ),
    nodes=NODES,
    relationships=RELATIONSHIPS,
    wrapper="engrams",
    verbs="the verbs of `plasticdb engram`",
    take_back="`plasticdb engram reward` gives what it changed less time to live",
)
