"""Writes docs/verbs.md from the list of verbs: `python docs/make_verbs.py`. A test holds the page to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from plasticdb.kinds import own
from plasticdb.memory.verbs import MEMORY, Method, of_database, of_memory

PAGE = Path(__file__).with_name("verbs.md")


def page() -> str:
    """The page, as the kinds and the database declare their verbs."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield "# Verbs\n"
    yield "Made from `plasticdb/memory/verbs.py` and each kind's `kind.py` by `python docs/make_verbs.py`.\n"
    yield (
        "A verb is a method of what it acts on. Python's `help`, such as `help(names.predict)`, says what each parameter means, "
        "what comes back, and which errors there are.\n"
    )
    common = {verb.name for verb in MEMORY}
    for kind in own():
        yield f"## {kind.name.capitalize()} memories: `db.{kind.wrapper}(name)`\n"
        yield f"{kind.doc}\n"
        yield from _table(method for method in of_memory(kind) if method.name not in common)
    yield "## Any memory: `db.memory(name)`\n"
    yield from _table(method for method in of_memory(own()[0]) if method.name in common)
    yield "## The database: `PlasticDB.open(...)`\n"
    yield from _table(of_database())


def _table(methods: Iterable[Method]) -> Iterator[str]:
    yield "| verb | changes | what it does |"
    yield "|---|---|---|"
    for one in methods:
        yield f"| `{one.name}({_parameters(one)})` | {'yes' if one.changes else ''} | {one.line} |"
    yield ""


def _parameters(method: Method) -> str:
    """Its parameters as they are passed, with their defaults."""
    parts: list[str] = []
    for parameter in method.parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        named = f"**{parameter.name}" if parameter.kind is parameter.VAR_KEYWORD else parameter.name
        parts.append(named if parameter.default is parameter.empty else f"{named}={parameter.default!r}")
    return ", ".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
