"""Expressions that Ladybug takes, and answers otherwise than Neo4j: they are refused, with what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from .pieces import Known, between_commas, operand_end
from .tokens import Group, Item, Token, is_op, is_word, plain_name

__all__ = [
    "check_alike",
    "check_case",
    "check_cases",
    "check_kind",
    "check_texts",
    "check_token",
    "check_types",
    "kind_of",
]


def check_texts(known: Known, name: Token, group: Group) -> None:
    first = next(iter(between_commas(group.items)), [])
    one, dot = (first[-1] if first else None), (first[-2] if len(first) > 1 else None)
    number = len(first) == 1 and kind_of(known, one) in ("number", "list")
    of_number = (
        is_op(dot, ".") and isinstance(one, Token) and known.schema.properties.get(plain_name(one), "text") != "text"
    )
    if number or of_number:
        raise known.refuse(name, f"{name.text}() of what is not a text", "use toString(x)")


def check_cases(known: Known, found: Sequence[Token]) -> None:
    """A CASE in what a WHEN asks: Ladybug takes it for false."""
    inside: list[str] = []
    for before, token in pairwise([Token("op", ""), *found]):
        word = token.text.upper() if token.kind == "name" and before.text != "." else ""
        if word == "CASE" and "WHEN" in inside:
            raise known.refuse(token, "a CASE in the condition of a CASE", "compute it in a WITH before")
        if word == "CASE":
            inside.append(word)
        elif word in ("WHEN", "THEN", "ELSE") and inside:
            inside[-1] = word
        elif word == "END" and inside:
            inside.pop()


def _too_large(text: str) -> bool:
    try:
        return float(text) == inf
    except ValueError:
        return False


def check_token(known: Known, token: Token, before: Item | None) -> None:
    if token.kind == "number" and token.text.isdecimal() and int(token.text) >= 2**63 + is_op(before, "-"):
        raise known.refuse(token, f"the number {token.text}", "whole numbers have 64 bits; write it with a .0")
    if token.kind == "number" and token.text[:1] in "0123456789." and _too_large(token.text):
        raise known.refuse(token, f"the number {token.text}", "it is beyond what a float can be")
    if token.kind == "number" and (token.text[:2].lower() in ("0x", "0o") or "_" in token.text):
        raise known.refuse(token, f"the number {token.text}", "write it with decimal digits only")
    if token.kind == "op" and token.text in ("::", "||", "!="):
        instead = {"::": "`plasticdb schema` says the types", "||": "use +", "!=": "use <>"}[token.text]
        raise known.refuse(token, token.text, instead)


def kind_of(known: Known, item: Item | None) -> str:
    """`text`, `number` or `list` where it is plain what a value is, otherwise nothing."""
    if isinstance(item, Group):
        return "list" if item.kind == "[" else ""
    if item is None or item.kind not in ("string", "number", "parameter"):
        return ""
    if item.kind == "parameter":
        value = known.parameters.get(plain_name(item))
        if isinstance(value, bool):
            return ""
        return "text" if isinstance(value, str) else "number" if isinstance(value, int | float) else ""
    return "text" if item.kind == "string" else "number"


def check_types(known: Known, items: Sequence[Item]) -> None:
    """Neo4j finds a number unlike every text, Ladybug converts: `c.count = '4'` would be true here only."""
    for i, item in enumerate(items):
        after = items[i + 1] if i + 1 < len(items) else None
        before = items[i - 1] if i else None
        of_texts = is_op(item, "=~") or is_word(item, "CONTAINS", "STARTS", "ENDS")
        if is_op(item, "=", "<>", "<", ">", "<=", ">="):
            sides = {kind_of(known, before), kind_of(known, after)}
            if sides == {"text", "number"}:
                assert isinstance(before, Token)
                raise known.refuse(before, "a text beside a number", "compare like with like")
            if any(isinstance(side, Group) and any(is_word(x, "NULL") for x in side.items) for side in (before, after)):
                raise known.refuse(_token(item), "null in a list that is compared", "use IS NULL")
        elif of_texts and "number" in (kind_of(known, before), kind_of(known, after)):
            raise known.refuse(_token(item), f"{_token(item).text} of a number", "compare texts, or use toString(x)")
        elif is_word(item, "NULL") and is_word(after, "IN"):
            raise known.refuse(_token(item), "null IN", "use IS NULL")
        name = before if i > 1 and is_op(items[i - 2], ".") and isinstance(before, Token) else None
        kind = known.schema.properties.get(plain_name(name)) if name is not None else None
        if kind is None or name is None:
            continue
        if is_op(item, "=", "<>", "<", ">", "<=", ">="):
            check_kind(known, name, after, "beside")
        if of_texts and kind != "text":
            raise known.refuse(_token(item), f"{_token(item).text} of {name.text}", f"{name.text} is a number")


def check_kind(known: Known, name: Token, value: Item | None, how: str) -> None:
    kind = known.schema.properties.get(plain_name(name))
    if kind and kind_of(known, value) not in ("", "text" if kind == "text" else "number"):
        wanted = "a text" if kind == "text" else "a number"
        raise known.refuse(_token(value), f"{_token(value).text} {how} {name.text}", f"{name.text} is {wanted}")


def _token(item: Item | None) -> Token:
    return item.opening if isinstance(item, Group) else item or Token("op", "")


def check_alike(known: Known, group: Group) -> None:
    """Lists hold values of one kind here: unlike ones would be made alike."""
    kinds = set()
    for part in between_commas(group.items):
        last = part[-1] if part else None
        if len(part) == 1 and is_word(last, "TRUE", "FALSE"):
            kinds.add("bool")
        elif isinstance(last, Token) and (len(part) == 1 or (len(part) == 2 and is_op(part[0], "-"))):
            kind = kind_of(known, last)
            decimal = kind == "number" and last.kind == "number" and not last.text.isdecimal()
            kinds.add("float" if decimal else kind)
    if len(kinds - {""}) > 1:
        raise known.refuse(group.opening, "a list of unlike values", "make them all of one kind, such as 1.0 and 2.5")


def check_case(known: Known, items: Sequence[Item], i: int) -> None:
    """CASE x WHEN null never fits in Neo4j, and does here."""
    simple = is_word(items[i], "CASE") and i + 1 < len(items) and not is_word(items[i + 1], "WHEN")
    if not simple:
        return
    end = operand_end(items, i)
    if is_word(items[i + 1], "NULL") or any(
        is_word(a, "WHEN") and is_word(b, "NULL") for a, b in pairwise(items[i:end])
    ):
        raise known.refuse(_token(items[i]), "CASE with null", "write CASE WHEN x IS NULL THEN ...")
