"""The declaration of the engram memory."""

from ..kinds import Event, Kind, Verb
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
    methods=(
        Verb("remember", "Take vectors into working memory.", changes=True),
        Verb("remind", "What working memory brings up.", changes=True),
        Verb("recall", "The engrams nearest to a cue, and what these bring along."),
        Verb("reward", "Give engrams more ticks to live.", changes=True),
        Verb("tick", "Let a tick pass.", changes=True),
        Verb("step", "Remember, remind, reward and tick at once.", changes=True),
        Verb("associations", "What fired together with an engram."),
        Verb("history", "What happened to an engram."),
    ),
    commands="plasticdb.cli.engram",
)
