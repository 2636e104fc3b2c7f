"""Neo4j's functions in Ladybug's: the same, under another name, by a formula, or not at all.

In a formula {0}, {1} are the arguments. Where what to write depends on an argument's type, which only Ladybug's binder
knows, there are several formulas: the first that binds is taken, so each but the last must refuse all other types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import partial
from math import floor, inf
from typing import Any

from ..errors import BadInput
from .regex import pattern

__all__ = ["AGGREGATES", "FORMULAS", "INSTEAD", "OF_TEXTS", "PYTHON", "SAME", "UNTIL_THEN"]

SAME = frozenset(
    (
        "abs sign sqrt log10 pi sin cos tan cot asin acos atan atan2 degrees radians toupper tolower upper lower "
        "trim ltrim rtrim size length range coalesce nullif nodes relationships id "
        "count avg min max collect percentilecont percentiledisc"
    ).split()
)
OF_TEXTS = frozenset(
    "toupper tolower upper lower trim ltrim rtrim btrim left right split replace substring char_length character_length".split()
)
"""Functions of texts: Ladybug would make a text of whatever they get, Neo4j refuses that."""
AGGREGATES = frozenset("count sum avg min max collect percentilecont percentiledisc".split())

_INTEGER, _TEXT = "bitwise_and({0}, -1)", "list_extract(list_concat([{0}], ['']), 1)"
"""What binds for nothing but whole numbers, and for nothing but texts."""
FORMULAS: dict[str, dict[int, tuple[str, ...]]] = {
    "sum": {1: ("coalesce(sum({0}), 0)",)},
    "type": {1: ("label({0})",)},
    "labels": {1: ("CASE WHEN id({0}) IS NULL THEN NULL ELSE [label({0})] END",)},
    "elementid": {1: ("cast(id({0}), 'STRING')",)},
    "split": {2: ("plasticdb_split({0}, {1})",)},
    "replace": {3: ("plasticdb_replace({0}, {1}, {2})",)},
    "substring": {
        2: ("plasticdb_substring_from({0}, {1})",),
        3: ("plasticdb_substring({0}, {1}, {2})",),
    },
    "left": {2: ("plasticdb_left({0}, {1})",)},
    "right": {2: ("plasticdb_right({0}, {1})",)},
    "ceil": {1: ("ceil(({0}) * 1.0)",)},
    "floor": {1: ("floor(({0}) * 1.0)",)},
    "isempty": {1: ("(size({0}) = 0)",)},
    "char_length": {1: ("size({0})",)},
    "character_length": {1: ("size({0})",)},
    "btrim": {1: ("trim({0})",)},
    "log": {1: ("ln({0})",)},
    "exp": {1: ("(2.718281828459045 ^ ({0}))",)},
    "e": {0: ("2.718281828459045",)},
    "round": {1: ("plasticdb_round({0})",), 2: ("plasticdb_round_to({0}, {1})",)},
    "rand": {0: ("random()",)},
    "randomuuid": {0: ("cast(gen_random_uuid(), 'STRING')",)},
    "head": {1: ("list_extract({0}, 1)",)},
    "last": {1: ("list_extract({0}, -1)",)},
    "tail": {1: ("list_slice({0}, 2, size({0}))",)},
    "reverse": {1: ("list_reverse({0})", "reverse({0})")},
    "tostring": {
        1: (
            f"cast({_INTEGER}, 'STRING')",
            "plasticdb_float_text({0})",
            "plasticdb_boolean_text({0})",
            _TEXT,
        )
    },
    "tointeger": {
        1: (
            _INTEGER,
            "plasticdb_float_integer({0})",
            "plasticdb_boolean_integer({0})",
            "plasticdb_integer({0})",
        )
    },
    "tofloat": {1: ("(({0}) * 1.0)", "plasticdb_float({0})")},
    "toboolean": {1: ("(({0}) AND true)", f"({_INTEGER} <> 0)", "plasticdb_boolean({0})")},
}
for name in ("tostring", "tointeger", "tofloat", "toboolean"):
    FORMULAS[f"{name}ornull"] = FORMULAS[name]
UNTIL_THEN = {"tostring": "''", "tointeger": "0", "tofloat": "0.0", "toboolean": "true"}
"""What stands for a choice that is not made yet, while one before it is: a value of the type that it will have."""

INSTEAD = {
    "keys": "return the node itself, or name its properties (`plasticdb schema` lists them)",
    "properties": "return the node itself, or name its properties (`plasticdb schema` lists them)",
    "startnode": "name the node in the pattern: (a)-[r]->(b)",
    "endnode": "name the node in the pattern: (a)-[r]->(b)",
    "stdev": "use avg(x) and avg(x * x)",
    "stdevp": "use avg(x) and avg(x * x)",
    "date": "times are numbers here: seconds since 1970",
    "datetime": "times are numbers here: seconds since 1970",
    "timestamp": "give the time as a parameter",
    "duration": "times are numbers here: seconds",
    "point": "there are no places in this graph",
    "valuetype": "`plasticdb schema` says the type of each property",
    "normalize": "texts are kept as they were learned",
    "ceiling": "use ceil(x)",
    "log2": "use log(x) / log(2)",
    "ln": "use log(x)",
    "shortestpath": "write MATCH p = shortestPath((a)-[:TYPE*]-(b))",
}
"""What to do without a function."""


_LEAST, _MOST = -(2**63), 2**63 - 1
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FLOAT = re.compile(rf"({_DECIMAL.pattern})[fFdD]?|[+-]?(NaN|Infinity)", re.ASCII)


def _integer(text: str) -> int | None:
    if not _DECIMAL.fullmatch(text):
        return None
    value = int(text) if text.lstrip("+-").isdecimal() else _float_integer(float(text))
    if not _LEAST <= value <= _MOST:
        raise BadInput(f"toInteger(): {text[:40]} is beyond 64 bits")
    return value


def _float_integer(value: float) -> int:
    """As Java does it: what is beyond is the last that there is, and what is no number is 0."""
    if value != value:
        return 0
    return int(max(min(value, _MOST), _LEAST)) if abs(value) < 2**63 else _MOST if value > 0 else _LEAST


def _float(text: str) -> float | None:
    text = text.strip("".join(map(chr, range(33))))
    if not _FLOAT.fullmatch(text):
        return float.fromhex(text.rstrip("fFdD")) if _HEXADECIMAL.fullmatch(text) else None
    return float(text if text[-1] in "Ny" else text.rstrip("fFdD"))


_HEXADECIMAL = re.compile(r"[+-]?0[xX]([0-9A-Fa-f]+\.?[0-9A-Fa-f]*|\.[0-9A-Fa-f]+)[pP][+-]?\d+[fFdD]?", re.ASCII)


def _float_text(value: float) -> str:
    """As Java writes it, which is what Neo4j does."""
    if value != value or abs(value) == inf:
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value and not 1e-3 <= abs(value) < 1e7:
        digits, _, power = f"{value!r}".partition("e")
        if not power:
            digits, _, power = f"{value:.17e}".partition("e")
            shortest = next(d for d in (f"{value:.{n}e}" for n in range(18)) if float(d) == value)
            digits, _, power = shortest.partition("e")
        return f"{digits if '.' in digits else digits + '.0'}E{int(power)}"
    return repr(value)


def _round(value: float) -> float:
    """To the nearest whole number, halves upwards; like Java's, to none beyond 64 bits."""
    if value != value or abs(value) >= 2**63:
        return float(_float_integer(value))
    down = floor(value)
    return float(down + (value - down >= 0.5))


def _round_to(value: float, places: int) -> float:
    if places < 0:
        raise BadInput("round(): the precision cannot be negative")
    if value != value or abs(value) == inf or places > 330:
        return value
    with localcontext() as context:
        context.prec = 1000
        return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _part(name: str, text: str, start: int, length: int | None = None) -> str:
    if start < 0 or (length is not None and length < 0):
        raise BadInput(f"{name}(): neither the start nor the length can be negative")
    return text[start:] if length is None else text[start : start + length]


def _right(text: str, length: int) -> str:
    if length < 0:
        raise BadInput("right(): the length cannot be negative")
    return text[-length:] if length else ""


def _contained(text: str) -> str:
    """What RE2 finds in every text that has this one in it."""
    return f"(?s).*{''.join(map(_sign, text))}.*"


def _sign(sign: str) -> str:
    return sign if sign.isalnum() or not sign.isascii() else f"\\x{{{ord(sign):X}}}"


PYTHON: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "plasticdb_float_text": (_float_text, ("DOUBLE",), "STRING"),
    "plasticdb_boolean_text": (lambda value: "true" if value else "false", ("BOOL",), "STRING"),
    "plasticdb_boolean_integer": (int, ("BOOL",), "INT64"),
    "plasticdb_float_integer": (_float_integer, ("DOUBLE",), "INT64"),
    "plasticdb_substring": (partial(_part, "substring"), ("STRING", "INT64", "INT64"), "STRING"),
    "plasticdb_substring_from": (partial(_part, "substring"), ("STRING", "INT64"), "STRING"),
    "plasticdb_left": (lambda text, length: _part("left", text, 0, length), ("STRING", "INT64"), "STRING"),
    "plasticdb_right": (_right, ("STRING", "INT64"), "STRING"),
    "plasticdb_round": (_round, ("DOUBLE",), "DOUBLE"),
    "plasticdb_round_to": (_round_to, ("DOUBLE", "INT64"), "DOUBLE"),
    "plasticdb_contained": (_contained, ("STRING",), "STRING"),
    "plasticdb_place": (lambda i: i + 1 if i >= 0 else i, ("INT64",), "INT64"),
    "plasticdb_end": (lambda i: i if i >= 0 else i - 1, ("INT64",), "INT64"),
    "plasticdb_integer": (_integer, ("STRING",), "INT64"),
    "plasticdb_float": (_float, ("STRING",), "DOUBLE"),
    "plasticdb_boolean": (
        lambda text: {"true": True, "false": False}.get(text.strip().lower()),
        ("STRING",),
        "BOOL",
    ),
    "plasticdb_pattern": (pattern, ("STRING",), "STRING"),
    "plasticdb_replace": (str.replace, ("STRING", "STRING", "STRING"), "STRING"),
    "plasticdb_split": (
        lambda text, at: text.split(at) if at else list(text),
        ("STRING", "STRING"),
        "STRING[]",
    ),
}
"""Functions that Ladybug has nothing like: what computes them, from which types, to which."""
