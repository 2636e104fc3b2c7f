"""What samples are filed under: a file's path, a pattern of what is known of the file, or a name of a pipe's own."""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import UTC, datetime
from pathlib import PurePath
from string import Formatter
from uuid import uuid4

from ..errors import BadInput
from .compressed import SUFFIXES
from .samples import LONGEST, STDIN, opened, source_name

__all__ = ["FIELDS", "is_pipe", "source_of"]

FIELDS = {
    "path": "its path as given",
    "folder": "the folder that it is in",
    "name": "its name",
    "stem": "its name without .gz or .zst, and without what follows the last dot then",
    "date": "the day on which it was changed last (UTC)",
    "time": "that to the second",
    "first": "a hash of its first line that is not blank, which stays whatever the file is called, compressed or not",
    "today": "the day on which it is read (UTC)",
}
"""What a pattern may name, of a file."""


def is_pipe(file: str) -> bool:
    """Whether it is standard input, or anything else that can be read once."""
    try:
        return file == STDIN or not (stat.S_ISREG(mode := os.stat(file).st_mode) or stat.S_ISDIR(mode))
    except OSError:
        return False


def source_of(file: str, pattern: str | None, now: float) -> str:
    """The source of a file's samples; raises BadInput where a pattern is none.

    Without a pattern it is the file's path. A pipe has another content each time, and so a source of its own each time.
    """
    if pattern is None:
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{source_name(file)} {moment} {uuid4().hex[:8]}" if is_pipe(file) else source_name(file)
    parts = []
    for literal, field in _parsed(pattern):
        parts += [literal, "" if field is None else _value(file, field, now)]
    return "".join(parts)


def _parsed(pattern: str) -> list[tuple[str, str | None]]:
    try:
        parts = [(literal, field, spec, change) for literal, field, spec, change in Formatter().parse(pattern)]
    except ValueError as error:
        raise BadInput(f"--source {pattern!r} is not a pattern ({error}); write {{{{ and }}}} for braces") from None
    for _, field, spec, change in parts:
        if field is not None and (field not in FIELDS or spec or change):
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise BadInput(f"--source cannot have {{{field}}}; it may have {known}, and {{{{ and }}}} for braces")
    return [(literal, field) for literal, field, _, _ in parts]


def _value(file: str, field: str, now: float) -> str:
    path = PurePath(source_name(file))
    match field:
        case "path":
            return str(path)
        case "folder":
            return str(path.parent)
        case "name":
            return path.name
        case "stem":
            name = path.name
            return os.path.splitext(next((name[: -len(s)] for s in SUFFIXES if name.lower().endswith(s)), name))[0]
        case "first":
            return _first(file)
        case "today":
            return _shown(now)[:10]
    changed = now if is_pipe(file) else _changed(file)
    return _shown(changed)[:10] if field == "date" else _shown(changed)


def _changed(file: str) -> float:
    with opened(file):  # which says what is wrong with it
        return os.stat(file).st_mtime


def _shown(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _first(file: str) -> str:
    if is_pipe(file):
        raise BadInput(f"{{first}} needs a file that can be read twice, and {file} is a pipe; give it another --source")
    with opened(file) as stream:
        while line := stream.readline(LONGEST):
            if line.strip():
                return hashlib.blake2b(line.strip(), digest_size=8).hexdigest()
    raise BadInput(f"{file} is empty: it has no first line to be known by")
