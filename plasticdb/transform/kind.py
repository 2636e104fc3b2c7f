"""The declaration of the transform memory."""

from ..kinds import Event, Kind, Verb
from .schema import NODES, RELATIONSHIPS, TOTALS

__all__ = ["KIND"]

# The order of events matters: it says what follows what in a stream, which of equal keys is the newest, and, where the memory
# consolidated in between, which pairs go together. The pairs themselves, and what `consolidate(afresh=True)` makes of them, do
# not depend on what else was written and forgotten.
_CHECK = "plasticdb.transform.events:check"

KIND = Kind(
    name="transform",
    doc="Keys with values, which consolidate into fewer linear transforms.",
    memory="plasticdb.transform.memory:TransformMemory",
    options="plasticdb.transform.options:Options",
    events=(
        Event("learn", "a key is written with its value", sample=True, mass=1, check=_CHECK),
        Event("unlearn", "a pair is forgotten", targeted=True, check=_CHECK),
        Event("consolidate", "how the memory reads from now on; afresh: its transforms are dissolved", check=_CHECK),
        Event("use", "slots answered, by their shares", check=_CHECK),
        Event("absorb", "pairs become a transform, or are added to one", check=_CHECK),
    ),
    nodes=NODES,
    relationships=RELATIONSHIPS,
    totals=TOTALS,
    wrapper="transforms",
    take_back="`plasticdb transform consolidate --afresh` makes its transforms anew",
    verbs=(
        Verb("write", "Take keys with their values.", changes=True),
        Verb("read", "The value for a key, and which slots it came from."),
        Verb("recall_forward", "What was written one after the other from a key on."),
        Verb("recall_backward", "What was written before a key, backwards."),
        Verb("use", "Note that slots were of use.", changes=True),
        Verb("chain", "What comes of a key that goes through memories one after the other."),
        Verb("merge", "Make one transform of a chain.", changes=True),
        Verb("read_many", "The values for many keys.", command=False),
        Verb("consolidate", "Let pairs become transforms.", changes=True),
        Verb("get", "One slot by its number or its external id."),
        Verb("list", "The slots, by number."),
        Verb("forget", "Forget pairs, and with erase remove them from the journal.", changes=True),
        Verb("unlearn", "Forget the pairs of a source.", changes=True),
    ),
    commands="plasticdb.cli.transform",
)
