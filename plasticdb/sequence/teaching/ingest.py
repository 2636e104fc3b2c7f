"""Feeding files to a sequence memory: read, check, learn batch by batch; what is rejected is named by file and line."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from ...checks import called, flag, listed, optional, path, shown
from ...errors import BadInput, BadMemory, GraphBehind, Interrupted, StoreError, Stuck, Unapplied
from ...files.following import Following
from ...files.samples import Form, Input, Lines, check_source, external_ids, opened, source_name
from ...files.sources import is_pipe, source_of
from ...journal.operations import Offering
from ...journal.operations import operation as an_operation
from ...memory.accepted import accepted
from ...memory.pace import Room
from ..fit.consolidated import Consolidated
from .typed import Memory, checked

__all__ = ["Ingested", "ingest"]

NAMED = 20
"""Rejected lines, and changed records, that are described."""
TRY_AGAIN = 30.0
"""Seconds after which a graph that did not answer is tried again while a file is followed."""


class Learning(Memory, Protocol):
    """A sequence memory, as far as it matters here."""

    batch: int

    @property
    def room(self) -> Room: ...

    def prepare(self, paragraphs: bool) -> None: ...

    def now(self) -> float: ...

    def journal_samples(
        self,
        payloads: Sequence[str],
        source: str | None,
        ids: Sequence[str] | None,
        *,
        update: bool = False,
        again: bool = False,
        offering: Offering | None = None,
        measured: Sequence[tuple[int, int | None]] | None = None,
    ) -> tuple[int, list[int]]: ...

    def take_in(self) -> int: ...

    def grown(self, learned: int) -> Consolidated | None: ...

    def unlearn(self, *, source: str | None, keep: Iterable[str] | None, operation: str | None) -> int: ...

    def stats(self) -> dict[str, Any]: ...


@dataclass(slots=True)
class Ingested:
    """What came of it. `concepts` and `synapses` are what the memory has now.

    Parameters
    ----------
    changed
        Records whose id their source had taught with another text.
    rejections, changes
        These, the first described.
    failed
        Files that could not be read, or not to their end, and why.
    unread
        Sources that were not mirrored, since not all of them could be read.
    piped
        The sources that pipes were given.
    nats_per_symbol
        How well the memory predicts what it has not seen, where it was consolidated.
    """

    learned: int = 0
    skipped: int = 0
    changed: int = 0
    rejected: int = 0
    unlearned: int = 0
    concepts: int = 0
    synapses: int = 0
    seconds: float = 0.0
    rejections: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    piped: list[str] = field(default_factory=list)
    nats_per_symbol: float | None = None


def ingest(
    memory: Learning,
    files: Iterable[str],
    *,
    form: Form | None = None,
    input: Input = "lines",
    field: str | None = None,
    id_field: str | None = None,
    strip_control: bool = False,
    source: str | None = None,
    mirror: bool = False,
    update: bool = False,
    again: bool = False,
    follow: Callable[[], bool] | None = None,
    progress: Callable[[int], None] | None = None,
    operation: str | None = None,
    consolidate: bool = True,
) -> Ingested:
    """Learn the samples in files, each line once however often the file is given; durable when it returns.

    A file that cannot be read is named in the result (`failed`), and the others are learned.

    Parameters
    ----------
    files
        Paths; `-` is standard input. What ends in .gz or .zst is decompressed.
    input
        `lines` a sample a line, `text` a sample a paragraph, `jsonl` a JSON text, list or object a line.
    field, id_field
        Where in a JSON object the sample is, and its id: dotted paths.
    strip_control
        Take out control characters and terminals' escape sequences.
    form
        All four of these at once, instead.
    source
        What the samples are filed under, by default the file's path. It may have what is known of the file in it:
        "{name} {date}" (`plasticdb.files.sources.FIELDS`). A pipe without it has a source of its own each time.
    mirror
        Also unlearn what the source taught before and does not hold any more; not where a line of it is rejected.
    update
        Where a record's id comes again with another text, unlearn the old one and learn the new one (as `mirror` does).
    again
        Learn whatever is given, also what its source has taught before.
    follow
        Go on reading the one file, or pipe, as it grows, until this says that it is to end. What came is learned every
        second. Where another file takes the file's place, or it is cut short, that is read from its beginning.
    progress
        Told how many samples were read so far, after each batch.
    operation
        An id for this call; done again with it, it goes on where it was, and returns what it would have.
    consolidate
        Consolidate the memory where it learned 1,000 samples or more, and has doubled since it last was.

    Raises
    ------
    BadInput
        No file could be read, or none has a sample.
    GraphBehind, Unapplied
        The graph did not take it. All samples are in the journal, and `sync` applies them.
    """
    files = [path(f"file {i:,}", file) for i, file in enumerate(listed("files", files), 1)]
    source = check_source(source)
    progress, follow = optional(called, "progress", progress), optional(called, "follow", follow)
    mirror, update, again = flag("mirror", mirror), flag("update", update), flag("again", again)
    consolidate = flag("consolidate", consolidate)
    _check(files, source, mirror, update, again, follow is not None)
    began, out = time.perf_counter(), Ingested()
    if not isinstance(form, Form | None):
        raise BadInput(f"form must be a Form, not {shown(form)}")
    form = form or Form(input, field, id_field, strip_control)
    memory.prepare(paragraphs=form.input == "text")
    offering = Offering(an_operation("learn", operation))
    feed = _Feed(memory, form, out, source, update or mirror, again, follow is not None, progress, offering)
    seen: dict[str, set[str]] = {}
    try:
        for file in files:
            _read(feed, file, seen if mirror else None, follow)
        if files and len(out.failed) == len(files) and not (out.learned or out.skipped or out.changed or out.rejected):
            raise BadInput("; ".join(out.failed[:NAMED]))
        feed.offering.complete()
        for named, keep in seen.items():
            if named not in out.unread:
                once = None if operation is None else f"{operation}: {named}"[:200]
                out.unlearned += feed.guarded(partial(memory.unlearn, source=named, keep=keep, operation=once)) or 0
        feed.end()
    except (StoreError, KeyboardInterrupt) as error:
        raise _broken_off(error, out, again) from None
    if consolidate and (found := memory.grown(out.learned)) is not None:
        out.nats_per_symbol = found.nats_per_symbol
    with accepted(), suppress(BadMemory):  # it is not made where all is rejected
        stats = memory.stats()
        out.concepts, out.synapses = stats["concepts"], stats["synapses"]
    out.seconds = time.perf_counter() - began
    return out


def _check(files: list[str], source: str | None, mirror: bool, update: bool, again: bool, follow: bool) -> None:
    if again and (mirror or update):
        raise BadInput("--again learns whatever is given, and does not go with --mirror or --update")
    if mirror and source is None and (pipes := [file for file in files if is_pipe(file)]):
        raise BadInput(f"--mirror needs a --source for {pipes[0]}, or nobody knows what it had before")
    if follow and (len(files) != 1 or mirror):
        raise BadInput("--follow reads one file, or one pipe, and does not go with --mirror")


def _broken_off(error: BaseException, out: Ingested, again: bool) -> BaseException:
    """An error that ended it early, and what to do: to run it again goes on, or learns what there is once more."""
    if isinstance(error, GraphBehind | Unapplied) or not out.learned:
        return (
            error if not isinstance(error, KeyboardInterrupt) or isinstance(error, Interrupted) else KeyboardInterrupt()
        )
    there = f"{out.learned:,} samples are in the journal"
    more = "`ingest` goes on if it is run again"
    if again:
        more = "given again they would be learned again"
    elif out.piped:
        more = f"given again with --source {shlex.quote(out.piped[-1])} the rest is learned"
    if isinstance(error, StoreError):
        return type(error)(f"{error} ({there}; {more}, and `plasticdb sync` applies what the graph lacks)")
    return (
        Interrupted(f"interrupted: {there}: run `plasticdb sync`; {more}")
        if again or out.piped
        else KeyboardInterrupt()
    )


def _read(feed: _Feed, file: str, seen: dict[str, set[str]] | None, follow: Callable[[], bool] | None) -> None:
    """Learn one file; what cannot be read of it is noted."""
    out, rejected, wrong = feed.out, feed.out.rejected, ""
    try:
        feed.begin(file)
        keep = None if seen is None else seen.setdefault(feed.source, set())
        if follow is None:
            with opened(file) as stream:
                feed.learn(stream, keep)
        else:
            with Following(file, feed.idle, partial(feed.begin, file, anew=True), follow) as lines:
                feed.learn(lines, keep)
        if not feed.records and follow is None:
            more = f"; to take back what it taught: plasticdb unlearn MEMORY --source {feed.source}"
            name = "standard input" if file == "-" else file
            wrong = f"{name} is empty: there is nothing to learn; give a file with a sample a line"
            wrong += more if seen is not None else ""
    except BadInput as error:
        wrong = str(error)
    except OSError as error:
        wrong = f"{file} cannot be read ({error.strerror or error})"
    if wrong:
        feed.flush()
        out.failed.append(
            wrong + (f"; what came before that was read (samples: {feed.records:,})" if feed.records else "")
        )
    if seen is not None and (wrong or out.rejected > rejected):
        out.unread.append(feed.source or file)


@dataclass(slots=True)
class _Feed:
    """Fills the journal batch by batch, and applies it until the graph does not take it: from then on the journal alone."""

    memory: Learning
    form: Form
    out: Ingested
    pattern: str | None
    update: bool
    again: bool
    patient: bool
    progress: Callable[[int], None] | None
    offering: Offering
    file: str = ""
    source: str = ""
    records: int = 0
    symbols: int = 0
    batch: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    measured: list[tuple[int, int | None]] = field(default_factory=list)
    name: Callable[[str], str] = field(default_factory=external_ids)
    down: GraphBehind | Unapplied | None = None
    tried: float = 0.0

    def begin(self, file: str, anew: bool = False) -> None:
        """What comes now is of this file; `anew`: or of another one that has its name now."""
        self.flush()
        self.file, before, self.source = file, self.source, ""
        self.records = self.records if anew else 0
        source = source_of(file, self.pattern, self.memory.now())
        if self.pattern is None and is_pipe(file) and self.offering.operation.given:
            source = f"{source_name(file)} {self.offering.operation.id}"  # the same one when it is tried again
        check_source(source)
        if not (anew and source == before):  # under one name what comes again is counted on, and so learned again
            self.name = external_ids()
        self.source = source
        if self.pattern is None and is_pipe(file):
            self.out.piped.append(source)

    def learn(self, stream: Lines, keep: set[str] | None) -> None:
        """Learn the records of a file; their ids are added to `keep`."""
        out, measure, most = self.out, self.memory.tokenizer.measured, self.memory.room.symbols
        for record, payload in checked(self.memory, stream, self.form):
            self.records += 1
            if record.error is not None:
                out.rejected += 1
                if len(out.rejections) < NAMED:
                    out.rejections.append(f"{self.file}:{record.line}: {record.error}")
                continue
            measured = measure(payload)
            # What is learned at a time is what the learner takes at a time: else each batch would be two of its transactions.
            if len(self.batch) >= self.memory.batch or self.symbols + measured[0] > most:
                self.flush()
            self.batch.append(payload)
            self.measured.append(measured)
            self.symbols += measured[0]
            self.ids.append(record.id or self.name(payload))
            self.lines.append(record.line)
            if keep is not None:
                keep.add(self.ids[-1])
        self.flush()

    def flush(self) -> None:
        """Learn what was read."""
        if not self.batch:
            return
        out = self.out
        learned, changed = self.memory.journal_samples(
            self.batch,
            self.source,
            self.ids,
            update=self.update,
            again=self.again,
            offering=self.offering,
            measured=self.measured,
        )
        out.learned += learned
        out.changed += len(changed)
        out.skipped += len(self.batch) - learned - len(changed)
        for i in changed[: NAMED - len(out.changes)]:
            id = self.ids[i].removeprefix("id:")
            out.changes.append(f"{self.file}:{self.lines[i]}: the id {id!r} comes with another text than before")
        for held in (self.batch, self.ids, self.lines, self.measured):
            held.clear()
        self.symbols = 0
        self.sync()
        if self.progress is not None:
            self.progress(out.learned + out.skipped + out.changed + out.rejected)

    def idle(self) -> None:
        """Nothing comes for a moment."""
        self.flush()
        if self.down is not None:
            self.sync()

    def guarded(self, work: Callable[[], int]) -> int | None:
        try:
            return work()
        except (GraphBehind, Unapplied) as error:
            self.down, self.tried = error, time.monotonic()
            return None

    def sync(self) -> None:
        if self.down is None or (self.patient and time.monotonic() > self.tried + TRY_AGAIN):
            self.down = None
            self.guarded(self.memory.take_in)

    def end(self) -> None:
        """Raise what kept the graph from taking it all."""
        if self.down is not None and self.patient:
            self.tried = 0.0
            self.sync()
        if (down := self.down) is not None:
            out = self.out
            said = f"{down} ({out.learned:,} samples were learned into the journal"
            said += f", {out.rejected:,} rejected" if out.rejected else ""
            said += ")" if not out.failed else f"; not read: {'; '.join(out.failed[:NAMED])})"
            raise Stuck(said, down.position) if isinstance(down, Stuck) else type(down)(said)
