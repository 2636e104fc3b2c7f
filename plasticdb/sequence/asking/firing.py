"""Which contexts samples fire, by name: what another memory can learn from, a classifier above all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...kit.sorting import groups
from ...kit.tables import Ints
from ...memory.requests import Asking
from ..learning.contexts import Described, ordered
from ..tokens import Tokenizer
from ..views import Level, Views, chains
from ..vocabulary import START_CODE, encode
from ..working_set import SequenceWorkingSet
from .ask import columns
from .scoring import parts

__all__ = ["features"]


def features(
    cache: SequenceWorkingSet, tokenizer: Tokenizer, views: Views, payloads: Sequence[str], least: int
) -> Asking[list[dict[str, float]]]:
    """See SequenceMemory.features. least: how often a context must have been learned."""
    columns(cache.vocabulary)  # which refuses a memory that has learned nothing
    found: list[dict[str, float]] = []
    for some in parts(payloads):
        batch = encode(tokenizer, [*map(tokenizer.text, some)], cache.vocabulary)
        target = np.flatnonzero(batch.codes != START_CODE)
        sample = np.zeros(len(batch.codes), np.int64)
        sample[target] = np.repeat(np.arange(len(some)), np.diff(batch.offsets) - 1)
        chained = chains(batch, cache.vocabulary, views, target)
        described, rank = ordered(batch, chained)
        known = yield from cache.get_contexts(described)
        wanted = (known.columns["count"] >= least) & (described.r_level() > 0)  # a root fires with everything
        fired = np.concatenate([np.empty(0, np.int64), *_fired(chained, rank, sample, len(described))])
        keys, _, which = groups(fired)
        often, (owner, context) = np.bincount(which, minlength=len(keys)), np.divmod(keys, len(described))
        chosen = wanted[context]
        names = _names(described, np.flatnonzero(wanted))
        rows: list[dict[str, float]] = [{} for _ in some]
        for one, row, times in zip(
            owner[chosen].tolist(), context[chosen].tolist(), often[chosen].tolist(), strict=True
        ):
            rows[one][names[row]] = rows[one].get(names[row], 0.0) + times
        found += [dict(sorted(row.items(), key=lambda item: (-item[1], item[0]))) for row in rows]
    return found


def _fired(chained: list[list[Level]], rank: Ints, sample: Ints, contexts: int) -> Iterator[Ints]:
    """Each firing at each level: the sample and the context as one number. rank: the place of each context, level by level."""
    offset = 0
    for level in (level for chain in chained for level in chain):
        yield sample[level.target] * contexts + rank[offset + level.context]
        offset += len(level.first)


def _names(described: Described, some: Ints) -> dict[int, str]:
    """What contexts are called, by their places: the chain, the symbols so far where it counts them, and the text."""
    of = described.natural(some)
    rows = zip(some.tolist(), of["chain"].tolist(), of["at"].tolist(), of["text"].tolist(), strict=True)
    return {row: f"{chain} {at}:{text}" if at else f"{chain}:{text}" for row, chain, at, text in rows}
