"""The declaration of the engram memory."""

from ..kinds import Event, Kind, Verb
from .schema import NODES, RELATIONSHIPS, TOTALS

__all__ = ["KIND"]

_CHECK = "plasticdb.engram.events:check"

KIND = Kind(
    name="engram",
    doc="Vectors with a payload that live, fire together, age and die.",
    memory="plasticdb.engram.memory:EngramMemory",
    options="plasticdb.engram.options:Options",
    events=(
        Event("learn", "an engram is remembered", sample=True, mass=1, check=_CHECK),
        Event("unlearn", "an engram is forgotten", targeted=True, check=_CHECK),
        Event("update", "an engram gets another payload or text", targeted=True, written=True, check=_CHECK),
        Event("embed", "another embedder made a vector of an engram's text", targeted=True, written=True, check=_CHECK),
        Event("reembed", "vectors of another embedder count from now on", check=_CHECK),
        Event("remind", "engrams fire together", check=_CHECK),
        Event("reward", "engrams are given ticks to live, or fewer", check=_CHECK),
        Event("live", "engrams are given another lifespan", check=_CHECK),
        Event("pin", "engrams never die, or do again", check=_CHECK),
        Event("merge", "notes are merged into others that are nearly the same", check=_CHECK),
        Event("tick", "a tick passes", check=_CHECK),
        Event("consolidate", "firings become synapses", check=_CHECK),
    ),
    nodes=NODES,
    relationships=RELATIONSHIPS,
    totals=TOTALS,
    wrapper="engrams",
    take_back="`plasticdb engram reward` gives what it changed less time to live",
    verbs=(
        Verb("remember", "Take vectors into working memory.", changes=True),
        Verb("remind", "What working memory brings up.", changes=True),
        Verb("fire", "Let engrams fire together, in a context or in none.", changes=True),
        Verb("recall", "The engrams nearest to a cue, and what these bring along."),
        Verb("reward", "Give engrams more ticks to live.", changes=True),
        Verb("tick", "Let a tick pass.", changes=True),
        Verb("step", "Remember, remind, reward and tick at once.", changes=True, command=False),
        Verb("get", "One note by its number or its external id."),
        Verb("list", "The notes that are alive, by number."),
        Verb("update", "Give a note another payload or text.", changes=True),
        Verb("pin", "Let notes never die.", changes=True),
        Verb("unpin", "Let notes die again.", changes=True),
        Verb("forget", "Forget notes, and with erase remove their texts.", changes=True),
        Verb("reembed", "Let another embedder make the vectors again.", changes=True),
        Verb("associations", "What fired together with an engram."),
        Verb("history", "What happened to an engram."),
    ),
    commands="plasticdb.cli.engram",
)
