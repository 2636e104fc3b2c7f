"""Pieces: runs of symbols that a context takes from its parent in one step, each once in a memory, with how often it was heard.

A context knows its piece by the id alone (`derived.py`), and that is a hash of the symbols. So a prediction needs none of them:
only who learns reads those that it moves, and compares their texts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...errors import Collision
from ...graph.store import Changes, NodeChanges
from ...kit.ids import as_id, extend, seed, symbol_hashes
from ...kit.sorting import groups, places
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


def left(memory: str, tokenizer: Tokenizer, totals: Mapping[str, float], changes: Changes) -> Asking[Changes]:
    """Changes that delete contexts, and what that changes at the pieces of these."""
    gone = np.concatenate([part.delete for part in changes.nodes if part.node is CONTEXT] or [np.empty(0, np.int64)])
    if not totals.get("pieces") or not len(gone):
        return changes
    texts: dict[str, int] = {}
    for begin in range(0, len(gone), _PART):
        rows = yield Nodes(CONTEXT, "id", gone[begin : begin + _PART], ["id", "parent", "text", "length", "count"])
        parents = np.unique(np.array([one for one in rows["parent"].tolist() if one is not None], np.int64))
        above = yield Nodes(CONTEXT, "id", parents, ["id", "length"])
        size = dict(zip(above["id"].tolist(), above["length"].tolist(), strict=True))
        columns = (rows[name].tolist() for name in ("parent", "text", "length", "count"))
        for parent, text, length, count in zip(*columns, strict=True):
            many = length - size.get(parent, 0)
            if many > 1:
                piece = tokenizer.join(tokenizer.split(text)[:many])
                texts[piece] = texts.get(piece, 0) - count
    value = np.array([_id(memory, tokenizer, text) for text in texts], np.int64)
    by = value.argsort()
    named = list(texts)
    nodes = yield from _changed(
        value[by], [named[i] for i in by.tolist()], np.array(list(texts.values()), np.int64)[by]
    )
    now = dict(changes.totals or totals)
    now["pieces"] = now.get("pieces", 0) - len(nodes.delete)
    return Changes([*changes.nodes, nodes], changes.edges, now)


def _id(memory: str, tokenizer: Tokenizer, text: str) -> int:
    value = np.array([seed(memory, "piece")])
    for symbol in symbol_hashes(tokenizer.split(text)):
        value = extend(value, symbol)
    return int((as_id(value) | FIRST)[0])


def _changed(ids: Ints, texts: list[str], more: Ints) -> Asking[NodeChanges]:
    """ids: sorted, each with its text, and how often more it was heard."""
    rows = yield Nodes(PIECE, "id", ids, ["id", "text", "count"])
    place = places(ids, rows["id"])[0]
    for at, text in zip(place.tolist(), rows["text"].tolist(), strict=True):
        if texts[at] != text:
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
    named = np.array(texts, object)
    create: Table = {"id": ids[new], "text": named[new], "count": now[new]}
    return NodeChanges(PIECE, create, {"id": ids[stay], "count": now[stay]}, {}, ids[gone])
