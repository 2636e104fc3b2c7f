"""Samples as people give them: typed as texts, or chosen in files. Every front end reads them by this."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...errors import BadInput
from ...files.samples import Form, Lines, Record, opened, read
from ..options import Options
from ..tokens import Sample, Tokenizer

__all__ = ["Samples", "checked", "chosen", "samples_in", "typed"]


class Memory(Protocol):
    """A sequence memory, as far as it matters here."""

    name: str

    @property
    def options(self) -> Options: ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    def payload(self, sample: Sample) -> str: ...


def typed(memory: Memory, text: str) -> Any:
    """A sample, or a prompt, as it is typed.

    Parameters
    ----------
    memory
        Whose sample it is.
    text
        The sample itself. For the tokenizer `symbols` it is a JSON list.

    Returns
    -------
    Sample
        What the memory's verbs take.

    Raises
    ------
    BadInput
        The memory has symbols, and the text is not a JSON list.
    """
    if memory.options.tokenizer != "symbols":
        return text
    try:
        return json.loads(text or "[]")
    except ValueError:
        raise BadInput(f'{text!r} is not a JSON list; {memory.name!r} has symbols, such as ["open", "close"]') from None


def _records(memory: Memory, stream: Lines, form: Form) -> Iterator[Record]:
    """The records of a file, read as the memory cuts its samples."""
    return read(stream, form, memory.options.max_symbols, memory.options.tokenizer == "bytes")


def checked(memory: Memory, stream: Lines, form: Form) -> Iterator[tuple[Record, str]]:
    """The records of a file with what the journal keeps of each; one that the memory does not take says why (`error`)."""
    for record in _records(memory, stream, form):
        payload = ""
        if record.error is None:
            try:
                payload = memory.payload(record.sample)
            except BadInput as refused:
                record = record._replace(error=str(refused))
        yield record, payload


@dataclass(slots=True)
class Samples:
    """What files hold.

    Attributes
    ----------
    samples
        The samples that the memory takes.
    shown
        Each of them as a person sees it.
    rejections
        The records that it does not take: file, line and reason.
    failed
        The files that could not be read, or are empty, and why.
    """

    samples: list[Sample] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    rejections: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def samples_in(memory: Memory, files: Iterable[str], form: Form) -> Samples:
    """Read all samples of files; nothing is learned.

    Parameters
    ----------
    memory
        The memory that is to take them.
    files
        Paths; `-` is standard input.
    form
        How samples stand in the files.

    Returns
    -------
    Samples
        The samples, and what was not taken.

    Raises
    ------
    BadInput
        No file could be read, or none has a sample.
    """
    found = Samples()
    for file in files:
        before = len(found.samples) + len(found.rejections)
        try:
            with opened(file) as stream:
                for record, payload in checked(memory, stream, form):
                    if record.error is None:
                        found.samples.append(record.sample)
                        found.shown.append(memory.tokenizer.shown(payload))
                    else:
                        found.rejections.append(f"{file}:{record.line}: {record.error}")
            if len(found.samples) + len(found.rejections) == before:
                name = "standard input" if file == "-" else file
                found.failed.append(f"{name} is empty: there is nothing to score; give a file with a sample a line")
        except BadInput as error:
            found.failed.append(str(error))
        except OSError as error:
            found.failed.append(f"{file} cannot be read ({error.strerror})")
    if not found.samples and not found.rejections:
        raise BadInput("; ".join(found.failed))
    return found


def chosen(memory: Memory, files: Iterable[str], form: Form, texts: Iterable[str]) -> list[Any] | None:
    """Read the samples that were named to be unlearned, reinforced or weakened: all of them, or it is an error.

    Parameters
    ----------
    memory
        The memory that learned them.
    files
        Paths of files that hold some; `-` is standard input.
    form
        How samples stand in the files.
    texts
        Others, as they are typed.

    Returns
    -------
    list or None
        The samples; None where neither a file nor a text is named.

    Raises
    ------
    BadInput
        A file cannot be read, has no sample, or has a line that is none.
    """
    files = list(files)
    found: list[Any] = [typed(memory, text) for text in texts]
    for file in files:
        before = len(found)
        try:
            with opened(file) as stream:
                for record in _records(memory, stream, form):
                    if record.error:
                        raise BadInput(f"{file}:{record.line}: {record.error}")
                    found.append(record.sample)
        except BadInput as error:
            raise BadInput(f"{error}; nothing was changed") from None
        except OSError as error:
            raise BadInput(f"{file} cannot be read ({error.strerror}); nothing was changed") from None
        if len(found) == before:
            raise BadInput(f"{file} is empty: it has no sample; nothing was changed")
    return found or None
