"""How a set of views is spelled, and which a new memory has.

A memory keeps its set as it is spelled here: `suffix 5, position 16`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from ...checks import shown
from ...errors import BadInput
from ...kit.texts import did_you_mean

__all__ = ["EVERYWHERE", "FARTHEST", "SIZES", "SPELLED", "View", "Views", "read", "spelled", "usual"]

FARTHEST = 64
"""Symbols that a view reaches, at most."""
NEAREST = 8
"""How far before the predicted symbol one may be left out, and how many may come again."""
SPELLED = ("word", "line")
"""The views that need characters: of what is cut already they see nothing."""
EVERYWHERE = 2**62
"""The reach of a view without an end."""

_LARGE = "suffix 1-6 8 12 24, skip 1 of 4, follower, follower 2, follower 4, word, line"
_USUAL = {
    "chars": ("suffix 5, position 16", "suffix 5, position 16, skip 2 of 5 within 16", _LARGE),
    "bytes": ("suffix 6", "suffix 6", _LARGE),
    "words": ("suffix 4", *["suffix 4, skip 1 of 3, follower"] * 2),
    "symbols": ("suffix 4", *["suffix 4, skip 1 of 3, follower"] * 2),
}
"""The views of a new memory by its tokenizer, in each of the sizes."""
_USUAL_TEXT = {"chars": ("suffix 6", "suffix 6", _LARGE)}
"""The same where its samples are paragraphs: there a deeper suffix says more than the place."""
SIZES = ("small", "standard", "large")
"""What stands for a set of views, by what the memory learns."""


@dataclass(frozen=True, slots=True)
class View:
    """One view of a memory's set.

    numbers: of `suffix` the depths of its levels; of `position` its last place; of `skip` which of the last symbols is left
    out, of how many, and its last place; of `follower` how many of the last symbols came again; of `first` how many of the
    last symbols it sees.
    """

    name: str
    numbers: tuple[int, ...] = ()

    @property
    def chain(self) -> str:
        """What the chain of its contexts is called."""
        several = self.name == "skip" or (self.name == "follower" and self.reach > 1)
        return f"{self.name}{self.numbers[0]}" if several else self.name

    @property
    def reach(self) -> int:
        """How far back it looks: symbols, of `position` the last place, of `first` the symbols behind the first, of `follower`
        the last symbols that came again."""
        numbers = self.numbers[1:2] if self.name == "skip" else self.numbers[-1:]
        return numbers[0] if numbers else EVERYWHERE

    def __str__(self) -> str:
        return " ".join([self.name, *_SPELLED.get(self.name, list)(self.numbers)])


Views = tuple[View, ...]
"""A memory's set of views."""


@cache
def read(views: str) -> Views:
    """The views of a set, in one order however they were spelled.

    Raises
    ------
    BadInput
        It is none: a view is unknown, reaches too far or nowhere, or is there twice; or `suffix` is missing.

    Examples
    --------
    >>> [str(view) for view in read("position 16,suffix 1-3 4 5")]
    ['suffix 5', 'position 16']
    """
    found: dict[str, View] = {}
    for part in views.split(","):
        name, *said = part.split()[:40] or [""]
        if name not in _READ:
            hint = did_you_mean(name, [*_READ, *SIZES])
            raise BadInput(
                f'there is no view {shown(part.strip())}{hint}; a set of views is "suffix 6", or "suffix 5, position 16"; '
                f"there are {', '.join(_READ)}"
            )
        view = View(name, _READ[name](said, part.strip()))
        if view.chain in found:
            raise BadInput(f"views name {' '.join([name, *said[: name in ('skip', 'follower')]])} twice; give it once")
        found[view.chain] = view
    if "suffix" not in found:
        raise BadInput(
            f'views need suffix, which alone always speaks: "suffix 5, {", ".join(map(str, found.values()))}"'
        )
    names = list(_READ)
    return tuple(sorted(found.values(), key=lambda view: (names.index(view.name), view.numbers)))


def spelled(views: str) -> str:
    """A set of views as memories keep it, or the name of a size; raises BadInput where it is neither."""
    return views if views in SIZES else ", ".join(map(str, read(views)))


def usual(tokenizer: str, depth: int | None = None, paragraphs: bool = False, size: str = "standard") -> str:
    """The views of a new memory that asks for none, or for one of the `SIZES`.

    Parameters
    ----------
    depth
        How far the suffix is to reach instead.
    paragraphs
        Its samples are paragraphs, not lines.
    """
    views = ((paragraphs and _USUAL_TEXT.get(tokenizer)) or _USUAL[tokenizer])[SIZES.index(size)]
    if depth is None:
        return views
    return ", ".join(
        str(View("suffix", tuple(range(1, depth + 1))) if view.name == "suffix" else view) for view in read(views)
    )


# What each view says behind its name


def _depths(said: list[str], part: str) -> tuple[int, ...]:
    if not said or not all(re.fullmatch(r"\d{1,9}(-\d{1,9})?|-\d{1,9}|all", word, re.ASCII) for word in said):
        raise _unlike(part, '"suffix 6", or "suffix 1-6 8 12 16"')
    if len(said) == 1 and "-" not in said[0][1:]:
        return tuple(range(1, _number("suffix", said[0]) + 1))
    depths: list[int] = []
    for word in said:
        first, _, last = word.partition("-") if word[0] != "-" else (word, "", "")
        a, b = _number("suffix", first), _number("suffix", last or first)
        if a > b or (depths and a <= depths[-1]):
            raise BadInput(f"the depths of the view suffix must ascend: {shown(part)}")
        depths += range(a, b + 1)
    if depths[0] != 1:
        raise BadInput(f"the depths of the view suffix must begin with 1: {shown(part)}")
    return tuple(depths)


def _last(said: list[str], part: str) -> tuple[int, ...]:
    if len(said) != 1 or not re.fullmatch(r"-?\d{1,9}|all", said[0], re.ASCII):
        raise _unlike(part, '"position 16", or "position all"')
    return (EVERYWHERE if said[0] == "all" else _number("position", said[0], ", or all"),)


def _left_out(said: list[str], part: str) -> tuple[int, ...]:
    found = re.fullmatch(r"(\d{1,9}) of (\d{1,9})( within (\d{1,9}))?", " ".join(said), re.ASCII)
    if found is None:
        raise _unlike(
            part, '"skip 2 of 5", which is the last 5 symbols without the 2nd last, or "skip 2 of 5 within 16"'
        )
    out, size = int(found[1]), _number("skip", found[2])
    if not 1 <= out < min(NEAREST + 1, size):
        raise BadInput(f"the view skip leaves out one of the last {NEAREST}, and looks farther back: not {shown(part)}")
    return out, size, _number("skip", found[4]) if found[4] else EVERYWHERE


def _behind(said: list[str], part: str) -> tuple[int, ...]:
    if len(said) != 1 or not re.fullmatch(r"-?\d{1,9}", said[0], re.ASCII):
        raise _unlike(part, '"first 3", which is the first symbol and the last 3')
    return (_number("first", said[0]),)


def _again(said: list[str], part: str) -> tuple[int, ...]:
    if not said:
        return (1,)
    if len(said) != 1 or not re.fullmatch(r"\d{1,9}", said[0], re.ASCII):
        raise _unlike(part, '"follower", or "follower 3", which is what followed the last 3 symbols before')
    if not 1 <= int(said[0]) <= NEAREST:
        raise BadInput(f"the view follower must be 1 to {NEAREST}, not {said[0]}")
    return (int(said[0]),)


def _nothing(said: list[str], part: str) -> tuple[int, ...]:
    if said:
        raise _unlike(part, f'"{part.split()[0]}" alone')
    return ()


def _number(name: str, said: str, more: str = "") -> int:
    if said == "all" or not 1 <= int(said) <= FARTHEST:
        raise BadInput(f"the view {name} must be 1 to {FARTHEST}{more}, not {said}")
    return int(said)


def _unlike(part: str, form: str) -> BadInput:
    return BadInput(f"{shown(part)} is no view; take {form}")


_READ: dict[str, Callable[[list[str], str], tuple[int, ...]]] = {
    "suffix": _depths,
    "position": _last,
    "skip": _left_out,
    "follower": _again,
    "word": _nothing,
    "line": _nothing,
    "first": _behind,
}
"""What reads the numbers of each view."""


def _runs(depths: tuple[int, ...]) -> list[str]:
    if depths == tuple(range(1, len(depths) + 1)):
        return [str(len(depths))]
    breaks = [0, *(i for i, (a, b) in enumerate(pairwise(depths), 1) if b != a + 1), len(depths)]
    runs = [depths[a:b] for a, b in pairwise(breaks)]
    return [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]


def _place_or_all(numbers: tuple[int, ...]) -> list[str]:
    return ["all" if numbers[0] == EVERYWHERE else str(numbers[0])]


def _of(numbers: tuple[int, ...]) -> list[str]:
    out, size, last = map(str, numbers)
    return [out, "of", size, *(["within", last] if numbers[2] != EVERYWHERE else [])]


_SPELLED: dict[str, Callable[[tuple[int, ...]], list[str]]] = {
    "suffix": _runs,
    "position": _place_or_all,
    "skip": _of,
    "follower": lambda numbers: [str(numbers[0])] * (numbers[0] > 1),
    "first": lambda numbers: [str(numbers[0])],
}
