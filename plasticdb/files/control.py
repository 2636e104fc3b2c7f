"""Taking out of a text what a memory does not take: control characters, and terminals' escape sequences as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["CONTROL", "without_control"]

# ECMA-48: ESC [ ... final, ESC ] ... (BEL or ESC \\), the other strings, and ESC with one character.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[PX^_][^\x1b]*(?:\x1b\\)?|\x1b[ -/]*[0-~]"
)
_BREAK = "\n\r\x0b\x0c\x85"
_BREAKS = re.compile(f"\r\n|[{_BREAK}]")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff␂␃]")
"""What no sample may hold: also halves of characters, and the symbols that open and close every sample."""
_IN_BYTES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x00-\x08\x0b-\x1f\x7f]")


def without_control(sample: str | bytes | Sequence[str]) -> str | bytes | list[str]:
    """A sample without them. A line break or a form feed inside is a space, and nothing at an end; a tab stays.

    Of a list of symbols, each; what is empty then is left out.

    >>> without_control("\x1b[1;31mERROR\x1b[0m disk\x0c full\x07\\n")
    'ERROR disk  full'
    """
    if isinstance(sample, bytes):
        return _IN_BYTES.sub(b"", sample)
    if isinstance(sample, str):
        return CONTROL.sub("", _BREAKS.sub(" ", _ESCAPES.sub("", sample).strip(_BREAK)))
    return [str(kept) for symbol in sample if (kept := without_control(symbol))]
