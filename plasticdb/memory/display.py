"""How answers look at a prompt and in a notebook: short, with names and sizes; HTML in which every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..errors import PlasticDBError

if TYPE_CHECKING:
    from ..journal.journal import Journal

__all__ = ["Listing", "Predictions", "drawing", "named", "sizes", "table"]

T = TypeVar("T")

SHOWN = 20
"""Rows, or entries, that are shown at most."""
LINES = 200
"""Lines of a drawing that are shown at most."""


class Listing(list[T]):
    """A list that shows its first entries, and in a notebook is a table."""

    def __repr__(self) -> str:
        if len(self) <= SHOWN:
            return super().__repr__()
        return f"[{', '.join(map(repr, self[:SHOWN]))}, ... {len(self) - SHOWN:,} more]"

    def _repr_html_(self) -> str:
        return table(map(_row, self[:SHOWN]), more=len(self) - SHOWN)


class Predictions(dict[str, float]):
    """Probabilities by symbol, the most likely first. It shows its first, and in a notebook is a table with bars."""

    @property
    def rest(self) -> float:
        """The probability of all that is not in it together.

        >>> round(Predictions({"a": 0.5, "b": 0.25}).rest, 3)
        0.25
        """
        return max(0.0, 1.0 - sum(self.values()))

    def __repr__(self) -> str:
        if len(self) <= SHOWN:
            return super().__repr__()
        return f"{repr(dict(islice(self.items(), SHOWN)))[:-1]}, ... {len(self) - SHOWN:,} more}}"

    def _repr_html_(self) -> str:
        rows = ({"symbol": symbol, "probability": p, "": "█" * round(40 * p)} for symbol, p in self.items())
        return table(islice(rows, SHOWN), more=len(self) - SHOWN)


def _row(one: Any) -> Mapping[str, Any]:
    if is_dataclass(one):
        return {field.name: getattr(one, field.name) for field in fields(one)}
    return one if isinstance(one, Mapping) else {"": one}


def table(rows: Iterable[Mapping[str, Any]], *, more: int = 0, caption: str = "") -> str:
    """Rows as an HTML table. `more`: how many are left out, if any are.

    >>> table([{"text": "<b>", "count": 1200}])
    '<table><thead><tr><th>text</th><th>count</th></tr></thead><tbody><tr><td>&lt;b&gt;</td><td>1,200</td></tr></tbody></table>'
    """
    listed = list(rows)
    names = list(dict.fromkeys(name for row in listed for name in row))
    head = "".join(f"<th>{escape(str(name))}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in names) + "</tr>" for row in listed)
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    left = f"<tfoot><tr><td>... {more:,} more</td></tr></tfoot>" if more > 0 else ""
    return f"<table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{left}</table>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_cell, value[:SHOWN]))
    return escape(str(value)[:1000])


def drawing(lines: Iterator[str]) -> str:
    """Lines as they are, in HTML."""
    shown = list(islice(lines, LINES))
    if next(lines, None) is not None:
        shown.append("...")
    return f"<pre>{escape(chr(10).join(shown))}</pre>"


class _Memory(Protocol):
    name: str

    def stats(self) -> dict[str, Any]: ...


def named(memory: _Memory, journal: Journal, known: Mapping[str, float]) -> str:
    """A memory by its kind and name, with what is `known` of its size, else the events in its journal."""
    what = f"{type(memory).__name__} {memory.name!r}"
    if not known:
        try:
            found = journal.memory(memory.name)
            known = {"events": found.position if found else 0}
        except PlasticDBError:  # closed, or away
            return f"<{what}>"
    return f"<{what}: {', '.join(f'{size:,} {part}' for part, size in known.items())}>"


def sizes(memory: _Memory) -> str:
    """What a memory says of itself, as a table in HTML."""
    try:
        rows = [{"": name, memory.name: value} for name, value in memory.stats().items() if name != "memory"]
    except PlasticDBError as error:
        return escape(f"{memory!r}: {error}")
    return table(rows)
