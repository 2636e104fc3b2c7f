"""What is a text: what UTF-8 can write, and so a database keep; and which known name was meant by one that is not."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

__all__ = ["did_you_mean", "is_name", "is_text"]


def is_text(value: object) -> bool:
    """Whether it is a string of whole characters; Python's may have half of a pair (a surrogate).

    >>> is_text("café"), is_text("\\udce9"), is_text(7)
    (True, False, False)
    """
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_name(value: object) -> bool:
    """Whether it can be the name of a memory or of an operation: a text of 1 to 200 characters, not only spaces.

    >>> is_name("names"), is_name(" "), is_name("two\\nlines")
    (True, False, False)
    """
    text = value if isinstance(value, str) and is_text(value) else ""
    return bool(text.strip()) and len(text) <= 200 and not any(ord(character) < 32 for character in text)


LIKE = 0.65
"""How like a name must be to be the one that was meant (difflib's ratio): `other` is not like `notes` (0.6)."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What to add to an error about an unknown name: the known one that is most like it, or nothing.

    >>> did_you_mean("nmaes", ["names", "logs"]), did_you_mean("x", ["names"])
    (" (did you mean 'names'?)", '')
    """
    from difflib import get_close_matches  # only who mistypes waits for it

    found = get_close_matches(name, [*islice(known, 1000)], 1, LIKE)
    return f" (did you mean {found[0]!r}?)" if found else ""
