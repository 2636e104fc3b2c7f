"""How a person is shown a tree and an explanation, and how a program is shown a tree that is very deep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from math import exp
from typing import TYPE_CHECKING

from . import terminal

if TYPE_CHECKING:
    from plasticdb.sequence.asking.browse import Branch
    from plasticdb.sequence.asking.explain import Explanation, Opinion, Spoke

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
    """An explanation as tables: the base, and one a view; shares are what each adds to the logarithm of p."""
    said = f"{_quoted(why.symbol)} after {_quoted(why.prompt)}: p = {why.probability:.4f}"
    views = [f"{one.view} {one.ratio:.4g}^{one.weight:.4g}" for one in why.views]
    ending = [f"ending {exp(sum(why.ending.values())):.4g}"] if why.ending else []
    parts = [f"base {why.base:.4g}", *views, *ending, f"scale {exp(why.scale):.4g}"]
    yield from terminal.hanging("", f"{said} = {' x '.join(parts)}")
    names = [_name(spoke) for spoke in why.spoke]
    width = max(16, *map(terminal.width, names))
    heads = {"base": ""} | {one.view: _gates(one) for one in why.views}
    for number, (head, gates) in enumerate(heads.items()):
        yield ""
        yield f"{head:<{width + 2}}{'weight':>9}{'fired':>8}  {'p before -> after':<18}{'share':>7}  taught by"
        for spoke, name in list(zip(why.spoke, names, strict=True))[slice(1) if not number else slice(1, None)]:
            if number and spoke.chain != head:
                continue
            lessons = ", ".join(f"{lesson.sample} ({lesson.source or 'no source'})" for lesson in spoke.taught_by)
            p = f"{spoke.before:.4f} -> {spoke.after:.4f}"
            figures = f"{spoke.weight:>9.2f}{spoke.fired:>8,}  {p:<18}{spoke.share:>+7.3f}  "
            yield from terminal.hanging(f"  {terminal.padded(name, width)}{figures}", terminal.inline(lessons))
        if gates:
            yield from terminal.hanging("  ", gates)
    if why.ending:
        yield ""
        yield from terminal.hanging("ending  ", f"{_because(why.ending)}; share {sum(why.ending.values()):+.3f}")


def _gates(one: Opinion) -> str:
    """Why a view counts as much as it does."""
    return terminal.inline(f"counts {one.weight:.4g} = {_because(one.gates)}; share {one.share:+.3f}")


def _because(gates: dict[str, float]) -> str:
    return " ".join(f"{weight:+.3g} ({why})" for why, weight in gates.items() if weight).removeprefix("+")


def _name(spoke: Spoke) -> str:
    where = f"at {spoke.at} " if spoke.at else ""
    return (where + (_quoted(spoke.context) if spoke.context else "" if spoke.at else "anything")).strip()


def _quoted(text: str) -> str:
    """A text in quotes; no escapes of its own, which would double those of bytes. A list of symbols has quotes already."""
    return text if text.startswith('["') else terminal.inline(f"'{text}'")
