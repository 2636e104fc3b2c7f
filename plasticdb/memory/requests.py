"""What learners and questions ask for while they run: rows of the graph, and events of the journal.

Neither does any I/O. Each is a generator that yields a request, gets what it asked for, and returns its result:

    rows = yield Nodes(CONCEPT, "id", ids, ["id", "text"])

So the same code runs on a store and a journal (`reading.answer`), in a test on plain tables, and, since requests and
changes can be pickled, on a machine that has neither.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..kit.plasticity import Decay
from ..kit.tables import Ints
from ..schema import Node, Relationship

__all__ = [
    "Alive",
    "Asking",
    "Between",
    "Decays",
    "Edges",
    "EventCount",
    "Events",
    "EventsAfter",
    "GraphRequest",
    "JournalRequest",
    "Marks",
    "Masses",
    "MassesIn",
    "Moment",
    "Named",
    "Nearest",
    "Nodes",
    "Pairs",
    "Payloads",
    "Request",
    "Samples",
    "Scan",
    "Sessions",
    "SourceNames",
    "Strongest",
    "Subtree",
    "Taken",
    "Taught",
    "drive",
]

T = TypeVar("T")


class GraphRequest:
    """A request for rows of the memory's graph; the answer is a table, but for `Nearest`. See `GraphStore`."""

    __slots__ = ()


class JournalRequest:
    """A request for events of the memory, up to its last one. See `journal.history`."""

    __slots__ = ()


Request = GraphRequest | JournalRequest
Asking = Generator[Request, Any, T]
"""A learner or a question while it runs: it yields requests and returns a T."""


def drive(asking: Asking[T], answer: Callable[[Any], Any]) -> T:
    """Run a generator to its result; `answer` says what each request gets.

    >>> def largest():
    ...     table = yield Scan(node, ["count"])
    ...     return int(table["count"].max())
    >>> from plasticdb.sequence.schema import ATOM as node
    >>> drive(largest(), lambda request: {"count": np.array([2, 7])})
    7
    """
    try:
        request = next(asking)
        while True:
            try:
                answered = answer(request)
            except BaseException as error:
                request = asking.throw(error)
            else:
                request = asking.send(answered)
    except StopIteration as done:
        result: T = done.value
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Nodes(GraphRequest):
    """The nodes whose `by` (`id`, the label's unique key, or `parent`) is among `keys`, in no particular order."""

    node: Node
    by: str
    keys: Ints
    columns: Sequence[str]


@dataclass(frozen=True, slots=True, eq=False)
class Edges(GraphRequest):
    """All relationships of a type that go out from `sources`."""

    relationship: Relationship
    sources: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Subtree(GraphRequest):
    """All nodes strictly below `roots` along the label's parent relationship."""

    node: Node
    roots: Ints
    columns: Sequence[str]


@dataclass(frozen=True, slots=True)
class Scan(GraphRequest):
    """All nodes of a label, in the order of their ids."""

    node: Node
    columns: Sequence[str]


@dataclass(frozen=True, slots=True)
class Between(GraphRequest):
    """The nodes with a property `by` from `low` to `high`, in the order of (`by`, id); the first `most`."""

    node: Node
    by: str
    low: float
    high: float
    columns: Sequence[str]
    most: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Strongest(GraphRequest):
    """Of each source the first `most` relationships in the order of (`by` descending, target)."""

    relationship: Relationship
    sources: Ints
    by: str
    most: int


@dataclass(frozen=True, slots=True, eq=False)
class Pairs(GraphRequest):
    """The relationships that there are between pairs (source, target)."""

    relationship: Relationship
    sources: Ints
    targets: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Nearest(GraphRequest):
    """The ids of nodes that are about the nearest to a vector; none where the store has no index for that."""

    node: Node
    vector: NDArray[np.float32]
    most: int


@dataclass(frozen=True, slots=True)
class EventsAfter(JournalRequest):
    """The next events behind a position: at most `events`, and as many as one batch of the store takes. [EventRow]"""

    position: int
    events: int


@dataclass(frozen=True, slots=True)
class Events(JournalRequest):
    """The events of some kinds at the positions `first` to `last`, without skipped ones; the first `most`. [EventRow]"""

    kinds: Sequence[str]
    first: int
    last: int
    most: int


@dataclass(frozen=True, slots=True)
class EventCount(JournalRequest):
    """How many events of some kinds are at the positions `first` to `last`, without skipped ones. An int."""

    kinds: Sequence[str]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Payloads(JournalRequest):
    """The payloads at some positions, by position; None where a text was erased."""

    positions: Sequence[int]


@dataclass(frozen=True, slots=True)
class Marks(JournalRequest):
    """What the journal says of the samples at some positions, but for their payloads. [SampleMark]"""

    positions: Sequence[int]


@dataclass(frozen=True, slots=True)
class Named(JournalRequest):
    """The samples with some external ids (None: any, or none), of one source or (None) any, whatever became of them.
    [SampleMark]"""

    ids: Sequence[str] | None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Moment(JournalRequest):
    """The last position up to which everything had happened at a time, in seconds since 1970. An int."""

    time: float


@dataclass(frozen=True, slots=True)
class Samples(JournalRequest):
    """The samples before a position that contain all of some texts and are not unlearned, the newest `most`. [SampleRow]"""

    containing: Sequence[str]
    before: int
    most: int


@dataclass(frozen=True, slots=True)
class Taken(JournalRequest):
    """The events of mass that the unlearnings at the positions `first` to `last` took back. [EventRow]"""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class MassesIn(JournalRequest):
    """The events of mass that a decay weakens. [EventRow]"""

    decay: Decay


@dataclass(frozen=True, slots=True)
class Alive(JournalRequest):
    """The samples that are alive at a position, but for those whose text was erased since: where they are, in order, and the
    hash of each. (Ints, Ints)"""

    last: int


@dataclass(frozen=True, slots=True, eq=False)
class Masses(JournalRequest):
    """The events of mass that are about samples at some positions, these themselves among them, and are not taken back at the
    position `last`. [EventRow]"""

    positions: Sequence[int]
    last: int


@dataclass(frozen=True, slots=True)
class Decays(JournalRequest):
    """All decays up to a position. [Decay]"""

    last: int


@dataclass(frozen=True, slots=True)
class Taught(JournalRequest):
    """The samples with some hashes that are alive at a position; another text may have the same hash. [EventRow]"""

    contents: Sequence[int]
    last: int


@dataclass(frozen=True, slots=True)
class SourceNames(JournalRequest):
    """The names of the memory's sources by their numbers."""


@dataclass(frozen=True, slots=True)
class Sessions(JournalRequest):
    """Sessions by their numbers. [SessionRow]"""

    numbers: Sequence[int]
