"""What is a text: what UTF-8 can write, and so a database keep."""

from __future__ import annotations

__all__ = ["is_text"]


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
