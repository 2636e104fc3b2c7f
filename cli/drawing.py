"""How a person is shown a tree and an explanation, and how a program is shown a tree that is very deep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from . import terminal

if TYPE_CHECKING:
    from plasticdb.sequence.browse import Branch
    from plasticdb.sequence.explain import Explanation, Spoke

__all__ = ["explanation", "nested", "symbol", "tree"]


def symbol(text: str) -> str:
    """A symbol as a person sees it: a space in quotes, a joiner by its number."""
    if text.strip() and text.isprintable():
        return text
    return f"'{text}'" if text.isprintable() else f"'{text.encode('unicode_escape').decode()}'"


def tree(top: Branch) -> Iterator[str]:
    """An abstraction tree, a line a concept."""
    for before, branch in top.drawn():
        more = " ..." if branch.more else ""
        yield f"{before}{terminal.inline(branch.edge) or '(root)'}  {branch.concept.count:,}{more}"


def nested(top: Branch, pretty: bool) -> Iterator[str]:
    """A tree as JSON, in pieces: as json.dumps would write it, which cannot go as deep as a tree does."""

    def line(level: int) -> str:
        return "\n" + "  " * level if pretty else ""

    left: list[str | tuple[Branch, int]] = [(top, 0)]
    while left:
        part = left.pop()
        if isinstance(part, str):
            yield part
            continue
        branch, level = part
        own = asdict(branch.concept) | {"edge": branch.edge, "more": branch.more}
        comma = f",{line(level + 1) or ' '}"
        fields = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in own.items()]
        yield "{" + line(level + 1) + comma.join([*fields, '"children": ['])
        left.append((line(level + 1) if branch.children else "") + "]" + line(level) + "}")
        for child in reversed(branch.children):
            first = child is branch.children[0]
            left += [(child, level + 2), line(level + 2) if first else f",{line(level + 2) or ' '}"]


def explanation(why: Explanation) -> Iterator[str]:
    """An explanation as tables, one a chain."""
    chains = " x ".join(f"{chain} {p:.4f}" for chain, p in why.chains.items())
    said = f"{_quoted(why.symbol)} after {_quoted(why.prompt)}: p = {why.probability:.4f}"
    how = f"the product of the chains: {chains}" if len(why.chains) > 1 else f"the {chains.split()[0]} chain alone"
    yield from terminal.hanging("", f"{said} ({how})")
    names = [_name(spoke) for spoke in why.spoke]
    width = max(16, *map(terminal.width, names))
    for chain in why.chains:
        yield ""
        yield f"{chain + ' chain':<{width + 2}}{'weight':>9}{'fired':>8}  {'p before -> after':<18}{'share':>7}  taught by"
        for spoke, name in zip(why.spoke, names, strict=True):
            if spoke.chain != chain:
                continue
            lessons = ", ".join(f"{lesson.sample} ({lesson.source or 'no source'})" for lesson in spoke.taught_by)
            p = f"{spoke.before:.4f} -> {spoke.after:.4f}"
            figures = f"{spoke.weight:>9.2f}{spoke.fired:>8,}  {p:<18}{spoke.share:>7.1%}  "
            yield from terminal.hanging(f"  {terminal.padded(name, width)}{figures}", terminal.inline(lessons))


def _name(spoke: Spoke) -> str:
    where = f"at {spoke.at} " if spoke.at else ""
    return (where + (_quoted(spoke.context) if spoke.context else "" if spoke.at else "anything")).strip()


def _quoted(text: str) -> str:
    """A text in quotes; no escapes of its own, which would double those of bytes. A list of symbols has quotes already."""
    return text if text.startswith('["') else terminal.inline(f"'{text}'")
