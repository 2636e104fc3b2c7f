"""How a sequence memory is changed: its samples are learned, potentiated, and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import Any

from ...checks import called, flag, labels, listed, number, optional
from ...checks import sample as checked
from ...errors import BadInput
from ...files.samples import check_source
from ...journal.operations import Offering
from ...journal.operations import operation as an_operation
from ...journal.selection import Selection
from ...memory.accepted import accepted
from ...memory.base import Progress
from ...memory.locking import in_turn
from ...memory.pace import MOST_SYMBOLS
from ..events import CONSOLIDATE
from ..kept import Kept
from ..tokens import Sample
from .ingest import ingest
from .potentiation import decay, potentiate
from .teach import Lesson, teach

__all__ = ["Taught", "Teachable"]

SHORTEST, LONGEST = 1e-6, 1e18
"""Seconds of a half-life, at least and at most; the longest is more than twice the age of the universe."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What came of offering samples.

    Attributes
    ----------
    learned, skipped
        How many samples are new, and how many their source had taught already.
    changed
        The ids that their source had taught with another text. With `update` these are learned; without it they stay as
        they were.
    """

    learned: int
    skipped: int = 0
    changed: tuple[str, ...] = field(default=(), repr=False)


class Teachable(Kept):
    """A sequence memory that is taught."""

    ingest = ingest

    def learn(
        self, sample: Sample, *, source: str | None = None, id: str | None = None, operation: str | None = None
    ) -> Taught:
        """Learn one sample; durable when it returns. See `learn_many`."""
        return self.learn_many([sample], source=source, ids=None if id is None else [id], operation=operation)

    @in_turn
    def learn_many(
        self,
        samples: Iterable[Sample],
        *,
        source: str | None = None,
        ids: Iterable[str] | None = None,
        update: bool = False,
        progress: Progress | None = None,
        operation: str | None = None,
        consolidate: bool = True,
    ) -> Taught:
        """Learn samples, each once; durable when it returns.

        Parameters
        ----------
        samples
            Texts, bytes for the tokenizer `bytes`, or lists of symbols for the tokenizer `symbols`.
        source
            What the samples are filed under, to find or unlearn them by.
        ids
            One id per sample, unique within its source: a sample whose id the source has taught already is skipped.
            Without ids every sample is a new experience.
        update
            Where an id comes again with another text, unlearn the old one and learn the new one.
        progress
            Told (position reached, last position) after each batch.
        operation
            An id for this call. Done again with it and the same samples, it goes on where it was killed, learns nothing
            twice, and returns what it would have. Without it and without ids, of more than `batch` samples some whole
            batches may be learned when the process is killed, and nobody can tell which.

        Raises
        ------
        BadInput
            A sample that this memory does not take, or the operation was another one; nothing was learned.
        Uncertain
            The journal's server broke off and stays away; to be done again with the operation that it names.
        GraphBehind
            The graph did not answer; the samples are in the journal and `sync` goes on from there.
        """
        source, progress = check_source(source), optional(called, "progress", progress)
        consolidate = flag("consolidate", consolidate)
        payloads = self._payloads(samples, "; nothing was learned")
        names = optional(labels, "id", ids)
        if names is not None and len(names) != len(payloads):
            raise BadInput(f"{len(payloads)} samples but {len(names)} ids; give one id per sample")
        offering = Offering(an_operation("learn", operation))
        learned, changed = self.journal_samples(
            payloads, source, names, update=flag("update", update), offering=offering
        )
        offering.complete()
        self.take_in(progress, offering.memory)
        if consolidate:
            self.grown(learned)
        again = tuple(names[i] for i in changed) if names is not None else ()
        return Taught(learned, len(payloads) - learned - len(again), again)

    def _payloads(self, samples: Iterable[Sample], so: str = "") -> list[str]:
        given, payloads = listed("samples", samples), []
        if self.tokenizer.plain(given) and max(map(len, given), default=0) <= self.options.max_symbols:
            return given
        for sample in given:
            try:
                payloads.append(self.payload(sample))
            except BadInput as refused:
                where = f"sample {len(payloads) + 1:,} of {len(given):,}: " if len(given) > 1 else ""
                raise BadInput(f"{where}{refused}{so}") from None
        return payloads

    def payload(self, sample: Sample) -> str:
        """A sample as the journal keeps it; raises BadInput where this memory does not take it."""
        tokenizer, most = self.tokenizer, self.options.max_symbols
        payload = tokenizer.payload(checked(sample))
        if len(payload) <= most and tokenizer.name != "bytes":
            return payload  # it cannot have more symbols than characters
        size = tokenizer.size(payload)
        if size > most:
            raise BadInput(f"a sample has {size:,} symbols, and this memory takes {most:,} (max_symbols); cut it")
        return payload

    @in_turn
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
    ) -> tuple[int, list[int]]:
        """Put samples into the journal without applying them yet (`sync` does); how many were new, and which changed.

        Parameters
        ----------
        update
            Let those that changed take the place of what was learned under their ids.
        again
            Learn all of them; one whose id is there already has none.
        offering
            Of which operation they are the next samples.
        measured
            What the tokenizer measures of each, where that is known.
        """
        source = check_source(source)
        memory, learned, rest = self._open(make=True), 0, iter(range(len(payloads)))
        changed: list[int] = []
        offering = offering or Offering(an_operation("learn", None))
        while some := list(islice(rest, self.batch)):
            part = payloads[some[0] : some[-1] + 1]
            names = None if ids is None else ids[some[0] : some[-1] + 1]
            known = None if measured is None else measured[some[0] : some[-1] + 1]
            sizes, contents = self._measured(part, known)
            lesson = Lesson(source, part, names, sizes, contents, update=update, again=again)
            new, other = teach(self._journal, memory, lesson, self._clock(), offering)
            learned += new
            changed += [some[0] + i for i in other]
        return learned, changed

    def _measured(
        self, payloads: Sequence[str], known: Sequence[tuple[int, int | None]] | None
    ) -> tuple[list[int], list[int] | None]:
        """The symbols of each sample, with the stop; and the hashes to find them by, where those are not of the payloads."""
        measured = [self.tokenizer.measured(payload) for payload in payloads] if known is None else known
        contents = [content for _, content in measured if content is not None]
        return [size for size, _ in measured], contents or None

    def reinforce(
        self,
        samples: Iterable[Sample] | Sample | None = None,
        *,
        source: str | None = None,
        by: float = 1.0,
        all: bool = False,
        operation: str | None = None,
    ) -> int:
        """Add `by` to the mass of learned samples (a new sample has 1); how many. Choose them as in `unlearn`."""
        return self._potentiate(samples, source, by, 1, all, operation)

    def weaken(
        self,
        samples: Iterable[Sample] | Sample | None = None,
        *,
        source: str | None = None,
        by: float = 1.0,
        all: bool = False,
        operation: str | None = None,
    ) -> int:
        """Take `by` from the mass of learned samples (below zero they inhibit); how many. Choose them as in `unlearn`."""
        return self._potentiate(samples, source, by, -1, all, operation)

    @in_turn
    def _potentiate(
        self,
        samples: Iterable[Sample] | Sample | None,
        source: str | None,
        by: float,
        sign: int,
        all: bool,
        operation: str | None,
    ) -> int:
        by = number("by", by, "a number above 0 and below 1,000,000", lambda by: 0 < by < 1e6)
        selection = self._selection(samples, source, all)
        once = an_operation("reinforce" if sign > 0 else "weaken", operation)
        done = potentiate(self._journal, self._open(), selection, sign * by, self._clock(), self.tokenizer.shown, once)
        self.apply()
        return done

    @in_turn
    def unlearn(
        self,
        samples: Iterable[Sample] | Sample | None = None,
        *,
        source: str | None = None,
        all: bool = False,
        erase: bool = False,
        keep: Iterable[str] | None = None,
        operation: str | None = None,
    ) -> int:
        """Take samples back exactly: the graph is as if they had never been learned. How many were unlearned.

        Parameters
        ----------
        samples
            One sample or several; each takes back one learning of it, the newest. With `all`: every one. A sample is
            its symbols: where these are words, it is found however it was spaced.
        source
            Only from this source; without `samples`, everything of the source.
        erase
            Also remove their texts from the journal. What was fitted to them is fitted anew (`consolidate`).
        keep
            With `source`: everything of it but these ids.
        operation
            An id for this call, as in `learn_many`.

        Raises
        ------
        NeverLearned
            Names what is not in the memory; nothing was changed.
        """
        erase, selection = flag("erase", erase), self._selection(samples, source, all)
        if keep is not None:
            selection = replace(selection, keep=frozenset(labels("kept id", keep)))
        once = an_operation("unlearn", operation)
        # What was fitted to a text keeps traces of it.
        repeat = CONSOLIDATE if erase else None
        shown = self.tokenizer.shown
        done = self._journal.unlearn(self._open(), selection, self._clock(), shown, erase, once, repeat)
        with accepted():
            self.sync() if erase else self.apply()
        return done

    @in_turn
    def decay(self, half_life: float | timedelta, *, operation: str | None = None) -> int:
        """Forget by elapsed time: each sample's mass m becomes m 2^(-dt/half_life), dt since it was learned or last decayed.

        Parameters
        ----------
        half_life
            Seconds, or a `timedelta`.
        operation
            An id for this call, as in `learn_many`.

        Returns
        -------
        int
            How many samples were decayed.
        """
        given = half_life.total_seconds() if isinstance(half_life, timedelta) else half_life
        wanted = f"a timedelta or a number of seconds, from {SHORTEST:g} to {LONGEST:g} (30 days are {30 * 86400:,})"
        seconds = number("a half-life", given, wanted, lambda seconds: SHORTEST <= seconds <= LONGEST)
        once = an_operation("decay", operation)
        done = decay(self._journal, self._open(), seconds, self._clock(), MOST_SYMBOLS, once)
        self.apply()
        return done

    def _selection(self, samples: Iterable[Sample] | Sample | None, source: str | None, all: bool) -> Selection:
        if samples is None and source is None:
            raise BadInput("say which samples: some of them (files, --sample TEXT), or a source (--source)")
        source, all = check_source(source), flag("all", all)
        if samples is None:
            return Selection(source)
        given = [samples] if isinstance(samples, str | bytes) else listed("samples", samples)
        if self.tokenizer.name == "symbols" and all_text(given):
            given = [given]
        return Selection(source, self._payloads(given), all=all, spelling=self.tokenizer.spelling)


def all_text(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
