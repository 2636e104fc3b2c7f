"""Pieces: runs of symbols that a context takes from its parent in one step, each once in a memory, with how often it was heard.

A context knows its piece by the id alone (`derived.py`), and that is a hash of the symbols. So a prediction needs none of them:
only who learns reads those that it moves, and compares their texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, reduce

import numpy as np

from ...errors import Collision
from ...graph.store import Changes, NodeChanges
from ...kit.ids import as_id, digest, extend_one, seed
from ...kit.sorting import distinct, groups, places
from ...kit.tables import Ints, Table
from ...memory.requests import Asking, Nodes
from ..derived import PIECE as FIRST
from ..schema import CONTEXT, PIECE
from ..tokens import Tokenizer
from .contexts import Described

__all__ = ["heard", "left"]

_PART = 20_000
"""Contexts whose texts are read in one go."""


def heard(described: Described, more: Ints) -> Asking[NodeChanges]:
    """What changes at the pieces of contexts, each of which heard so many symbols more."""
    some = np.flatnonzero((described.symbol <= -FIRST) & (more != 0))
    if not len(some):
        return NodeChanges(PIECE)
    ids, first, which = groups(-described.symbol[some])
    begin = described.begin[some[first]]
    texts = described.batch.texts(begin, begin + described.added[some[first]])
    found = yield from _changed(ids, texts.tolist(), np.bincount(which, more[some], len(ids)).astype(np.int64))
    return found


def left(
    memory: str, tokenizer: Tokenizer, totals: Mapping[str, float], changes: Changes, derives: bool
) -> Asking[Changes]:
    """Changes that delete contexts, and what that changes at the pieces of these; `derives` as in `SequenceWorkingSet`."""
    gone = np.concatenate([part.delete for part in changes.nodes if part.node is CONTEXT] or [np.empty(0, np.int64)])
    if not totals.get("pieces") or not len(gone):
        return changes
    parts = [gone[begin : begin + _PART] for begin in range(0, len(gone), _PART)]
    ids, texts, fewer = yield from _taken(parts) if derives else _read(memory, tokenizer, parts)
    nodes = yield from _changed(ids, texts, -fewer)
    now = dict(changes.totals or totals)
    now["pieces"] = now.get("pieces", 0) - len(nodes.delete)
    return Changes([*changes.nodes, nodes], changes.edges, now)


_Pieces = tuple[Ints, list[str] | None, Ints]
"""The ids of pieces (sorted), their texts where they were read, and how often contexts heard each."""


def _taken(parts: Iterable[Ints]) -> Asking[_Pieces]:
    """The pieces of contexts that have their ids."""
    piece, count = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in parts:
        rows = yield Nodes(CONTEXT, "id", part, ["id", "symbol", "count"])
        some = rows["symbol"] <= -FIRST
        piece.append(-rows["symbol"][some])
        count.append(rows["count"][some])
    ids, _, which = groups(np.concatenate(piece))
    return ids, None, np.bincount(which, np.concatenate(count), len(ids)).astype(np.int64)


def _read(memory: str, tokenizer: Tokenizer, parts: Iterable[Ints]) -> Asking[_Pieces]:
    """The pieces of contexts that have their texts: what a text has before its parent's."""
    heard: dict[str, int] = {}
    for part in parts:
        rows = yield Nodes(CONTEXT, "id", part, ["id", "parent", "text", "length", "count"])
        parents = distinct(np.array([one for one in rows["parent"].tolist() if one is not None], np.int64))
        above = yield Nodes(CONTEXT, "id", parents, ["id", "length"])
        size = dict(zip(above["id"].tolist(), above["length"].tolist(), strict=True))
        columns = (rows[name].tolist() for name in ("parent", "text", "length", "count"))
        for parent, text, length, count in zip(*columns, strict=True):
            many = length - size.get(parent, 0)
            if many > 1:
                piece = tokenizer.join(tokenizer.split(text)[:many])
                heard[piece] = heard.get(piece, 0) + count
    texts, hashed = list(heard), cache(digest)
    first = int(seed(memory, "piece"))
    hashes = [reduce(extend_one, map(hashed, tokenizer.split(text)), first) for text in texts]
    ids = as_id(np.array(hashes, np.uint64)) | FIRST
    by = ids.argsort()
    return ids[by], [texts[i] for i in by.tolist()], np.array(list(heard.values()), np.int64)[by]


def _changed(ids: Ints, texts: list[str] | None, more: Ints) -> Asking[NodeChanges]:
    """ids: sorted, each with its text, and how often more it was heard. Where none is new their texts need not be known."""
    rows = yield Nodes(PIECE, "id", ids, ["id", "text", "count"])
    place = places(ids, rows["id"])[0]
    for at, text in zip(place.tolist(), rows["text"].tolist(), strict=True):
        if texts and texts[at] != text:
            raise Collision(
                f"two pieces have the id {ids[at]}: {texts[at]!r} and {text!r}; rename the memory (its name is part of "
                "every id) or report this"
            )
    was = np.zeros(len(ids), np.int64)
    was[place] = rows["count"]
    now = was + more
    new, stay, gone = (
        np.flatnonzero(which) for which in ((was == 0) & (now > 0), (was > 0) & (now > 0), (was > 0) & (now <= 0))
    )
    create: Table = {"id": ids[new], "text": np.array(texts or [], object)[new], "count": now[new]}
    return NodeChanges(PIECE, create, {"id": ids[stay], "count": now[stay]}, {}, ids[gone])
