"""Feeding files to a sequence memory: read, check, learn batch by batch; what is rejected is named by file and line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO

from ..errors import BadInput, BadMemory, GraphBehind
from ..operations import Offering
from ..operations import operation as an_operation
from ..samples import Input, Record, external_ids, opened, read, source_name
from .memory import SequenceMemory
from .options import BATCH_SYMBOLS

__all__ = ["Ingested", "checked", "ingest"]

NAMED = 20
"""Rejected lines that are described."""


@dataclass(slots=True)
class Ingested:
    """What came of it. `concepts` and `synapses` are what the memory has now; `rejections` describes the first rejected.

    unread: sources that were not mirrored, since a line of theirs was rejected.
    """

    learned: int = 0
    skipped: int = 0
    rejected: int = 0
    unlearned: int = 0
    concepts: int = 0
    synapses: int = 0
    seconds: float = 0.0
    rejections: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def ingest(
    memory: SequenceMemory,
    files: Iterable[str],
    *,
    input: Input = "lines",
    source: str | None = None,
    mirror: bool = False,
    progress: Callable[[int], None] | None = None,
    operation: str | None = None,
) -> Ingested:
    """Learn the samples in files, each line once however often the file is given; durable when it returns.

    Parameters
    ----------
    files: paths; `-` is standard input. Each is its own source, named by its path (`stdin`), unless `source` is given.
    input: `lines` a sample a line, `text` a sample a paragraph, `jsonl` a JSON text, list or object a line.
    mirror: also unlearn what the source taught before and does not hold any more; not where a line of it is rejected.
    progress: told how many samples were read so far, after each batch.
    operation: an id for this call; done again with it, it goes on where it was, and returns what it would have.

    Raises
    ------
    BadInput: a file that cannot be read or has no sample; what came before it stays learned.
    GraphBehind: the graph does not answer. All samples are in the journal, and `sync` applies them.
    """
    began, out, feed = time.perf_counter(), Ingested(), _Feed(memory, Offering(an_operation("learn", operation)))
    seen: dict[str, set[str]] = {}
    for file in files:
        named, rejected = source if source is not None else source_name(file), out.rejected
        _ingest(memory, file, named, input, out, feed, seen.setdefault(named, set()) if mirror else None, progress)
        if mirror and out.rejected > rejected:
            out.unread.append(named)
    feed.offering.complete()
    for named, keep in seen.items():
        if named in out.unread:
            continue
        once = None if operation is None else f"{operation}: {named}"[:200]
        out.unlearned += feed.guarded(partial(memory.unlearn, source=named, keep=keep, operation=once)) or 0
    if feed.down is not None:
        raise GraphBehind(f"{feed.down} ({out.learned:,} samples were learned into the journal)")
    with suppress(BadMemory):  # it is not made where all is rejected
        stats = memory.stats()
        out.concepts, out.synapses = stats["concepts"], stats["synapses"]
    out.seconds = time.perf_counter() - began
    return out


def checked(memory: SequenceMemory, stream: BinaryIO, input: Input) -> Iterator[tuple[Record, str]]:
    """The records of a file with what the journal keeps of each; one that the memory does not take says why (`error`)."""
    for record in read(stream, input, memory.options.max_symbols):
        payload = ""
        if record.error is None:
            try:
                payload = memory.payload(record.sample)
            except BadInput as refused:
                record = replace(record, error=str(refused))
        yield record, payload


@dataclass(slots=True)
class _Feed:
    """Applies what is in the journal, until the graph does not answer: from then on the journal alone is filled."""

    memory: SequenceMemory
    offering: Offering
    down: GraphBehind | None = None

    def guarded(self, work: Callable[[], int]) -> int | None:
        try:
            return work()
        except GraphBehind as error:
            self.down = error
            return None

    def sync(self) -> None:
        if self.down is None:
            self.guarded(self.memory.apply)


def _ingest(
    memory: SequenceMemory,
    file: str,
    source: str,
    input: Input,
    out: Ingested,
    feed: _Feed,
    seen: set[str] | None,
    progress: Callable[[int], None] | None,
) -> None:
    name, records, symbols = external_ids(), 0, 0
    batch: list[str] = []
    ids: list[str] = []

    def flush() -> None:
        nonlocal symbols
        learned = memory.journal_samples(batch, source, ids, feed.offering)
        out.learned += learned
        out.skipped += len(batch) - learned
        batch.clear()
        ids.clear()
        symbols = 0
        feed.sync()
        if progress is not None:
            progress(out.learned + out.skipped + out.rejected)

    with opened(file) as stream:
        for record, payload in checked(memory, stream, input):
            records += 1
            if record.error is not None:
                out.rejected += 1
                if len(out.rejections) < NAMED:
                    out.rejections.append(f"{file}:{record.line}: {record.error}")
                continue
            batch.append(payload)
            ids.append(record.id or name(payload))
            symbols += len(payload)
            if seen is not None:
                seen.add(ids[-1])
            if len(batch) >= memory.batch or symbols >= BATCH_SYMBOLS:
                flush()
    if not records:
        more = "" if seen is None else f"; to take back what it taught: plasticdb unlearn MEMORY --source {source}"
        raise BadInput(f"{file} is empty: there is nothing to learn; give a file with a sample a line{more}")
    if batch:
        flush()
