"""Which payloads are one sample, and the hash by which the journal finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .ids import digest

__all__ = ["PLAIN", "Spelling", "content"]


def content(text: str) -> int:
    """The hash by which the journal finds a sample."""
    return digest(text) >> 1


@dataclass(frozen=True, slots=True)
class Spelling:
    """Payloads with one `text` are one sample, such as `a b` and `a  b` where a sample is its words.

    Parameters
    ----------
    by_text
        The journal finds a sample by the hash of that text, and not of its payload.
    """

    text: Callable[[str], str] = str
    by_text: bool = False

    def content(self, payload: str, text: str | None = None) -> int:
        """The hash that the journal keeps of a payload; `text`: its text, where that is known."""
        if self.by_text:
            return content(self.text(payload) if text is None else text)
        return content(payload)


PLAIN = Spelling()
"""Every payload is a sample of its own."""
