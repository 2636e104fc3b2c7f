"""Whether a Neo4j server's plan for a query reads the graph and does nothing else.

The server says before anything runs what it understood: so this holds whatever the text looked like to us. What is nested
in an expression (`COLLECT { ... }` in a list comprehension) is no operator of the plan, but text in an operator's details.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import BadInput
from .check import PROCEDURES

__all__ = ["check_plan"]

_READING = re.compile(
    r"""
      \w*(Scan|Seek|SeekByRange|Lookup|Join|CartesianProduct|Aggregation|CountFromCountStore)
    | \w*(Expand|Repeat|ShortestPath|RemoteBatchProperties|BFS)(\([\w,\ ]*\))?
    | (Anti|Semi|AntiSemi|Let\w*Semi|SelectOr\w*Semi|RollUp|Conditional|AntiConditional)?Apply
    | (Ordered|Partial|Exhaustive|Partitioned|Disjoint\w*)?(Union|Distinct|Sort|Top|Top1WithTies|Limit|Skip|Unwind)
    | Triadic(Build|Filter|Selection) | Cache\w*Properties | Project\w*Endpoints | Simulated\w+
    | Argument | ArgumentTracker | AssertSame\w+ | Eager | EmptyResult | EmptyRow | Filter | Input | NonFuseable
    | NonPipelined\w* | NullifyMetadata | Optional | Prober | ProduceResults | Projection | ShowConstraints | ShowIndexes
    """,
    re.VERBOSE,
)
"""The operators that find and compute rows; whatever is none of them is refused, also what a new server brings."""
_CALLED = re.compile(r"ResolvedCall\(\s*([\w.`]+)")
_LOAD = re.compile(r"\bLOAD\s+CSV\b", re.IGNORECASE)


def check_plan(kind: str | None, plan: Mapping[str, Any] | None) -> None:
    """Raise BadInput where a query's type and plan (of its EXPLAIN) say that it does anything but read the graph."""
    if kind != "r" or plan is None:
        raise BadInput("query is read-only, and this one writes; use the other commands to change a memory")
    for operator, details in _operators(plan):
        called = [details.partition("(")[0]] if operator == "ProcedureCall" else _CALLED.findall(details)
        for procedure in called:
            if procedure.replace("`", "").strip().lower() not in PROCEDURES:
                raise BadInput(
                    f"query is read-only, and the procedure {procedure} may do more than read the graph; "
                    "db.labels, db.schema... and db.index....query... are taken"
                )
        if operator == "LoadCSV" or _LOAD.search(details):
            raise BadInput(
                "query is read-only, and LOAD CSV reads files and addresses; give what is in them with --param"
            )
        if operator != "ProcedureCall" and not _READING.fullmatch(operator):
            raise BadInput(f"query is read-only, and {operator} in the server's plan may do more than read the graph")


def _operators(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The operators of a plan, each with what it says of itself."""
    left = [plan]
    while left:
        part = left.pop()
        yield str(part.get("operatorType", "")).partition("@")[0], str(part.get("args", {}).get("Details", ""))
        left += part.get("children", ())
