"""Neo4j's functions in Ladybug's: the same, under another name, by a formula, or not at all.

In a formula {0}, {1} are the arguments. Where what to write depends on an argument's type, which only Ladybug's binder
knows, there are several formulas: the first that binds is taken, so each but the last must refuse all other types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .regex import pattern

__all__ = ["AGGREGATES", "FORMULAS", "INSTEAD", "PYTHON", "SAME"]

SAME = frozenset(
    (
        "abs sign ceil floor sqrt log10 pi sin cos tan cot asin acos atan atan2 degrees radians toupper tolower upper lower "
        "trim ltrim rtrim left right size length range coalesce nullif nodes relationships id "
        "count avg min max collect percentilecont percentiledisc"
    ).split()
)
AGGREGATES = frozenset("count sum avg min max collect percentilecont percentiledisc".split())

_INTEGER, _ANY = "bitwise_and({0}, -1)", "cast({0}, 'STRING')"
FORMULAS: dict[str, dict[int, tuple[str, ...]]] = {
    "sum": {1: ("coalesce(sum({0}), 0)",)},
    "type": {1: ("label({0})",)},
    "labels": {1: ("[label({0})]",)},
    "elementid": {1: ("cast(id({0}), 'STRING')",)},
    "split": {2: ("plasticdb_split({0}, {1})",)},
    "replace": {3: ("plasticdb_replace({0}, {1}, {2})",)},
    "substring": {
        2: ("substring({0}, ({1}) + 1, size({0}))",),
        3: ("substring({0}, ({1}) + 1, {2})",),
    },
    "isempty": {1: ("(size({0}) = 0)",)},
    "char_length": {1: ("size({0})",)},
    "character_length": {1: ("size({0})",)},
    "btrim": {1: ("trim({0})",)},
    "ceiling": {1: ("ceil({0})",)},
    "log": {1: ("ln({0})",)},
    "exp": {1: ("(2.718281828459045 ^ ({0}))",)},
    "e": {0: ("2.718281828459045",)},
    "round": {1: ("(floor({0}) + CASE WHEN ({0}) - floor({0}) >= 0.5 THEN 1 ELSE 0 END)",), 2: ("round({0}, {1})",)},
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
            "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END",
            _ANY,
        )
    },
    "tointeger": {
        1: (_INTEGER, "cast(CASE WHEN {0} < 0 THEN ceil({0}) ELSE floor({0}) END, 'INT64')", "plasticdb_integer({0})")
    },
    "tofloat": {1: ("(({0}) * 1.0)", "plasticdb_float({0})")},
    "toboolean": {1: ("(({0}) AND true)", "plasticdb_boolean({0})")},
}
for name in ("tostring", "tointeger", "tofloat", "toboolean"):
    FORMULAS[f"{name}ornull"] = FORMULAS[name]

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
    "log2": "use log(x) / log(2)",
    "ln": "use log(x)",
    "shortestpath": "write MATCH p = shortestPath((a)-[:TYPE*]-(b))",
}
"""What to do without a function."""


def _integer(text: str) -> int | None:
    if not re.fullmatch(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", text, re.ASCII):
        return None
    value = int(text) if text.lstrip("+-").isdecimal() else int(float(text))
    return value if -(2**63) <= value < 2**63 else None


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _float_text(value: float) -> str:
    """As Java writes it, which is what Neo4j does."""
    if value and not 1e-3 <= abs(value) < 1e7:
        digits, _, power = f"{value!r}".partition("e")
        if not power:
            digits, _, power = f"{value:.17e}".partition("e")
            shortest = next(d for d in (f"{value:.{n}e}" for n in range(18)) if float(d) == value)
            digits, _, power = shortest.partition("e")
        return f"{digits if '.' in digits else digits + '.0'}E{int(power)}"
    return repr(value)


PYTHON: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "plasticdb_float_text": (_float_text, ("DOUBLE",), "STRING"),
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
