"""What a memory with an embedder makes of texts: vectors and terms. Its options say by which embedder, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..checks import listed, shown, text
from ..errors import BadInput, BadMemory
from . import arguments
from .embed import Installed, embed, installed
from .events import LONGEST_TEXT, Note
from .options import Options
from .rules import Vectors
from .terms import NO_LANGUAGE, checked_language, terms

__all__ = ["Cue", "asked_as_made", "cue", "made", "notes", "other_dimension", "same_embedder", "vectors_of"]

_TEXTUAL = ("embedder", "language", "stop_words", "merge_above", "weights")


@dataclass(frozen=True, slots=True)
class Cue:
    """What a memory is asked: a vector; and where it was made of a text that text, and how often it has each term."""

    vector: Vectors
    text: str | None = None
    terms: Mapping[str, int] = field(default_factory=dict)


def made(asked: Mapping[str, Any]) -> tuple[Options, Installed | None]:
    """The options of a memory that is to be made, and the embedder that they name.

    With an embedder, notes stay until they are forgotten, and words have English stems, unless something else is asked.

    Raises BadInput where it cannot be made so.
    """
    if "embedder" not in asked:
        if useless := [name for name in _TEXTUAL if name in asked]:
            raise BadInput(f"{useless[0]} is an option of memories of texts; name an embedder, such as 'ngrams', too")
        return Options(**asked), None
    found = installed(asked["embedder"], asked.get("dimension"))
    size = found.numbers()
    if asked.get("dimension", size) != size:
        raise BadInput(other_dimension(found, size, asked["dimension"]))
    stamp = {"embedder": found.name, "embedder_version": found.version, "dimension": size}
    options = Options(**({"lifespan": None, "language": "english", "stop_words": True} | dict(asked) | stamp))
    checked_language(options.language)
    return options, found


def other_dimension(found: Installed, size: int, asked: Any) -> str:
    """What is said where an embedder does not make vectors of the dimension that is asked for."""
    return f"the embedder {found.name!r} makes vectors of {size} numbers, not {shown(asked)}; leave the dimension out"


def asked_as_made(memory: str, kept: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Raise BadMemory where another embedder is asked for than that of a memory of texts, or another dimension of it."""
    for name in ("embedder", "dimension"):
        if kept.get("embedder") is not None and name in asked and asked[name] != kept.get(name):
            raise BadMemory(
                f"{memory!r} was made with {name} {shown(kept.get(name))}, not {shown(asked[name])}; leave the option "
                "out, or change it with `reembed`"
            )


def same_embedder(memory: str, options: Options) -> Installed:
    """The embedder that a memory was made with. Raises BadMemory where another version of it is installed."""
    assert options.embedder is not None
    try:
        found = installed(options.embedder, options.dimension)
    except BadInput as missing:
        raise BadInput(f"{memory!r} needs its embedder for texts, or another one by `reembed`: {missing}") from missing
    if found.version != options.embedder_version:
        raise BadMemory(
            f"{memory!r} was made with version {options.embedder_version!r} of the embedder {found.name!r}, and "
            f"{found.version!r} is installed; install that one, or open the memory without naming it and `reembed`"
        )
    return found


def notes(given: Any, options: Options, memory: str, embedder: Callable[[], Installed]) -> list[Note]:
    """What is to be remembered: of texts, or of vectors. Raises BadInput where it is neither, or nothing."""
    if _are_texts(given):
        found = _checked(given, options, memory)
        vectors = vectors_of(found, options.dimension, embedder())
        return [Note(vector, text=one, terms=_terms(one, options)) for one, vector in zip(found, vectors, strict=True)]
    if options.embedder is not None and isinstance(given, list | tuple) and not given:
        raise BadInput("there is no text to remember; give at least one")
    return [Note(vector) for vector in _vectors(given, options, memory)]


def cue(query: Any, options: Options, memory: str, embedder: Callable[[], Installed]) -> Cue:
    """What is asked by a text, or by a vector. Raises BadInput where it is neither."""
    if not isinstance(query, str):
        if _are_texts(query):
            raise BadInput("a question is one text, not a list of texts; ask one after the other")
        return Cue(_vectors([query], options, memory)[0])
    (one,) = _checked([query], options, memory)
    return Cue(vectors_of([one], options.dimension, embedder())[0], one, _terms(one, options))


def vectors_of(texts: Sequence[str], dimension: int, by: Installed) -> Vectors:
    """The vectors [n, dimension] of texts; raises BadInput where the embedder makes others."""
    vectors = embed(texts, by.by)
    if vectors.shape[1] != dimension:
        raise BadInput(
            f"the embedder {by.name!r} returned vectors of {vectors.shape[1]} numbers, where it made {dimension} before"
        )
    if not arguments.sound(vectors).all():
        raise BadInput(f"the embedder {by.name!r} returned a vector that {arguments.UNSOUND}")
    return vectors


def _are_texts(given: Any) -> bool:
    """Whether it is one text or holds one, where vectors could be."""
    if isinstance(given, str):
        return True
    if hasattr(given, "dtype"):
        return getattr(given.dtype, "kind", "") in "UTO" and any(isinstance(one, str) for one in listed("texts", given))
    return isinstance(given, list | tuple) and any(isinstance(one, str) for one in given)


def _checked(given: Any, options: Options, memory: str) -> list[str]:
    """Texts that can be kept; raises BadInput."""
    if options.embedder is None:
        raise BadInput(
            f"vectors must be numbers, an array of [n, {options.dimension}]: {memory!r} has no embedder; texts need a "
            "memory that has one, as db.engrams(name, embedder='ngrams') makes it"
        )
    found = listed("texts", given)
    checked = []
    for i, one in enumerate(found, 1):
        what = f"text {i:,} of {len(found):,}" if len(found) > 1 else "a text"
        checked.append(text(what, one))
        if len(one) > LONGEST_TEXT:
            raise BadInput(f"{what} has {len(one):,} characters, and {LONGEST_TEXT:,} is the most; cut it into parts")
    return checked


def _vectors(given: Any, options: Options, memory: str) -> Vectors:
    try:
        return arguments.vectors(given, options.dimension, memory)
    except BadInput as refused:
        if options.embedder is None:
            raise
        raise BadInput(f"give texts, or vectors as its embedder {options.embedder!r} makes them: {refused}") from None


def _terms(one: str, options: Options) -> dict[str, int]:
    return terms(one, options.language or NO_LANGUAGE, options.stop_words)
