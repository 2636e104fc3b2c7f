"""Expressions of Neo4j's Cypher in Ladybug's: functions, places in lists, comprehensions and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import BadInput
from .functions import FORMULAS, INSTEAD, OF_TEXTS, SAME, UNTIL_THEN
from .names import encoded
from .patterns import is_pattern
from .pieces import WORDS, Known, between_commas, cut, cut_op, new, operand_end
from .refusals import check_alike, check_case, check_kind, check_texts, check_token, check_types, kind_of
from .tokens import Group, Item, Token, flat, is_name, is_op, is_word, plain_name

__all__ = ["expression", "maps"]

_LONGEST = 10_000
"""Items of a rewritten part."""
_MATCH = Token("name", "MATCH", " ")
_OPERANDS = ("string", "number", "parameter", "quoted", "name")


def expression(known: Known, items: Sequence[Item]) -> list[Item]:
    """Rewrite an expression, or several with commas and keywords between them."""
    out: list[Item] = []
    operand = 0  # where in `out` the operand begins that a [ or { may belong to
    closed = False  # whether an operand has just ended
    i = 0
    while i < len(items):
        item, after = items[i], items[i + 1] if i + 1 < len(items) else None
        before = items[i - 1] if i else None
        if is_pattern(items, i) and not closed:
            end = _pattern_end(items, i)
            out += maps(known, items[i:end])
            i, closed = end, False
            continue
        if is_op(item, "=~") and after is not None:
            end = operand_end(items, i + 1)
            out += [item, *_filled("plasticdb_pattern({0})", [expression(known, items[i + 1 : end])], " ")]
            i, closed = end, False
            continue
        if is_word(item, "CONTAINS") and after is not None and not is_op(before, "."):
            end = operand_end(items, i + 1)
            out += _contains(known, items[i + 1 : end])
            i, closed = end, False
            continue
        if isinstance(item, Group):
            if item.kind == "[" and closed:
                out[operand:] = _indexed(known, out[operand:], item)
            elif item.kind == "{" and closed and is_name(before):
                out[operand:] = _mapped(known, before, item)
            else:
                operand = len(out)
                out.append(_literal(known, item, before))
            closed = True
        elif item.kind == "name" and isinstance(after, Group) and _calls(item, after, before):
            operand = len(out)
            out += _call(known, item, after, before)
            i, closed = i + 1, True
        elif is_name(item) and is_op(after, ":") and not is_op(before, "."):
            labels, i = _labels(known, items, i + 2)
            operand = len(out)
            there = f"(id({item.text}) IS NOT NULL OR cast(NULL, 'BOOL'))"  # of a node that is not there null
            made = f"(label({item.text}) IN [{labels}] AND {there})"
            out.append(new(made, item.space))
            closed = True
            continue
        else:
            check_token(known, item, before)
            check_case(known, items, i)
            if is_op(before, ".") or is_op(item, "."):
                closed = not is_op(item, ".")
            else:
                closed = item.kind in _OPERANDS and not (item.kind == "name" and item.text.upper() in WORDS)
                if closed:
                    operand = len(out)
                    item = _value(known, item, after)
            out.append(item)
        i += 1
    check_types(known, items)
    return out


def _contains(known: Known, items: Sequence[Item]) -> list[Item]:
    """CONTAINS and what is behind it: Ladybug finds an empty text in none."""
    one = items[0] if len(items) == 1 else None
    text = known.text_of(one)
    if text:
        return [new("CONTAINS"), *expression(known, items)]
    if text is not None:
        return [new("STARTS WITH"), *expression(known, items)]
    return [new("=~"), *_filled("plasticdb_contained({0})", [expression(known, items)], " ")]


def _value(known: Known, token: Token, after: Item | None) -> Token:
    """A variable where it stands for a value: a walk is its relationships, and a path that is not there has no length."""
    if token.text in known.walks:
        return replace(token, kind="new", text=f"rels({token.text})")
    if token.text in known.paths and is_word(after, "IS"):
        return replace(token, kind="new", text=f"length({token.text})")
    return token


def _calls(name: Token, after: Group, before: Item | None) -> bool:
    if name.text.upper() in ("EXISTS", "COUNT", "COLLECT") and after.kind == "{":
        return True
    return after.kind == "(" and (name.text.upper() not in WORDS or name.text.upper() in ("COUNT", "EXISTS", "ALL"))


def _call(known: Known, name: Token, group: Group, before: Item | None) -> list[Item]:
    word = name.text.lower()
    if is_op(before, "."):
        raise known.refuse(name, f"the function ...{name.text}()", "there are no libraries of functions here")
    if group.kind == "{":
        if word == "collect":
            raise known.refuse(name, "COLLECT { }", "use OPTIONAL MATCH and collect(...)")
        inside = list(group.items)
        if not is_word(inside[0] if inside else None, "MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN"):
            inside.insert(0, _MATCH)
        return [name, Group(group.opening, known.clauses(known, inside), group.closing)]
    if word == "exists":
        if is_pattern(group.items, 0):
            return [name, new("{"), *known.clauses(known, [_MATCH, *group.items]), new("}")]
        raise known.refuse(name, "exists(property)", "write property IS NOT NULL")
    if word in ("any", "all", "none", "single"):
        return [name, Group(group.opening, expression(known, group.items), group.closing)]
    if word == "reduce":
        return _reduce(known, name, group)
    if word in OF_TEXTS:
        check_texts(known, name, group)
    if word in ("range", "id", "elementid", "labels", "type") and any(is_word(item, "NULL") for item in group.items):
        raise known.refuse(name, f"{name.text}() of null", "leave it out")
    if word in SAME:
        return [name, Group(group.opening, expression(known, group.items), group.closing)]
    arguments = _arguments(known, group.items)
    formulas = FORMULAS.get(word, {}).get(len(arguments))
    if formulas is None:
        instead = INSTEAD.get(word, "see docs/cypher.md for the functions that run everywhere")
        raise known.refuse(name, f"the function {name.text}()", instead)
    if any(token.kind == "choice" for argument in arguments for token in flat(argument)) and len(formulas) > 1:
        raise known.refuse(name, f"{name.text}() of another conversion", "compute the inner one in a WITH before")
    texts = ["".join(t.space + t.text for t in flat(argument)).strip() for argument in arguments]
    if len(formulas) == 1:
        return _filled(formulas[0], arguments, name.space)
    until_then = UNTIL_THEN.get(word.removesuffix("ornull"), "NULL")
    known.choices.append((*(formula.format(*texts) for formula in formulas), until_then))
    return [Token("choice", str(len(known.choices) - 1), name.space, name.start)]


def _filled(formula: str, arguments: Sequence[Sequence[Item]], space: str) -> list[Item]:
    """A formula with the arguments in their places, as items, so that each keeps its place in the query."""
    lead, *parts = formula.split("{")
    out: list[Item] = [new(lead, space)]
    for part in parts:
        number, _, rest = part.partition("}")
        out += [*arguments[int(number)], new(rest, "")]
    if len(out) > _LONGEST:  # what holds an argument twice doubles with each that is in it
        raise BadInput("query: written out for this store it is too long; compute the inner parts in a WITH before")
    return out


def _arguments(known: Known, items: Sequence[Item]) -> list[list[Item]]:
    return [expression(known, part) for part in between_commas(items)]


def _reduce(known: Known, name: Token, group: Group) -> list[Item]:
    """reduce(a = start, x IN list | step): Ladybug's starts with the first of a list."""
    head, step = cut_op(group.items, "|")
    first, rest = cut_op(head, ",")
    variable, start = cut_op(first, "=")
    if len(variable) != 1 or len(rest) < 3 or not is_word(rest[1], "IN") or not step:
        raise known.refuse(name, "this reduce()", "write reduce(sum = 0, x IN list | sum + x)")
    parts = [expression(known, part) for part in (start, rest[2:], step)]
    return _filled("list_reduce(list_concat([{0}], {1}), ({3}, {4}) -> {2})", [*parts, variable, rest[:1]], name.space)


def _indexed(known: Known, operand: list[Item], group: Group) -> list[Item]:
    """operand[i], operand[a..b], operand['name']: Ladybug counts from 1, and takes the end in."""
    one = group.items[0] if len(group.items) == 1 else None
    if isinstance(one, Token) and one.kind == "string":
        return [*operand, new(".`" + encoded(one.text[1:-1]).replace("`", "``") + "`", "")]
    if len(operand) == 1 and isinstance(operand[0], Token) and kind_of(known, operand[0]) == "text":
        raise known.refuse(group.opening, "[ ] of a text", "write substring(text, from, length)")
    if any(is_op(item, "..") for item in group.items):
        low, high = cut_op(group.items, "..")
        start: list[Item] = _placed(known, low, 1, "plasticdb_place") if low else [new("1", "")]
        end = _placed(known, high, 0, "plasticdb_end") if high else _filled("size({0})", [operand], "")
        return _filled("list_slice({0}, {1}, {2})", [operand, start, end], " ")
    return _filled("list_extract({0}, {1})", [operand, _placed(known, group.items, 1, "plasticdb_place")], " ")


def _placed(known: Known, items: Sequence[Item], more: int, function: str) -> list[Item]:
    """A place counted from 0, or from the end if below, as Ladybug counts: from 1, and with the end in it."""
    *sign, number = items
    if isinstance(number, Token) and number.kind == "number" and number.text.isdecimal():
        if not sign:
            return [new(str(int(number.text) + more))]
        if len(sign) == 1 and is_op(sign[0], "-"):
            return [new(f"-{int(number.text) + 1 - more}")]
    return _filled(f"{function}({{0}})", [expression(known, items)], " ")


def _mapped(known: Known, name: Token, group: Group) -> list[Item]:
    """node {.a, .b, c: expression}: a map of these."""
    out: list[Item] = [new("{", name.space)]
    for i, part in enumerate(between_commas(group.items)):
        out += [new(",", "")] if i else []
        if len(part) == 2 and is_op(part[0], ".") and is_name(part[1]):
            out.append(new(f"{part[1].text}: {name.text}.{part[1].text}"))
        elif len(part) > 2 and is_op(part[1], ":"):
            out += [*part[:2], *expression(known, part[2:])]
        else:
            raise known.refuse(name, f"{name.text} {{ }} with this in it", "write {.a, .b, c: expression}")
    return [*out, new("}", "")]


def _literal(known: Known, group: Group, before: Item | None) -> Item:
    if group.kind == "{":
        if not group.items:
            raise known.refuse(group.opening, "an empty map", "leave it out")
        return maps(known, [group], False)[0]
    if group.kind == "[":
        items = group.items
        if is_pattern(items, 0) and any(is_op(item, "|") for item in items):
            raise known.refuse(group.opening, "[(pattern) | ...]", "use OPTIONAL MATCH and collect(...)")
        if len(items) > 2 and is_name(items[0]) and is_word(items[1], "IN"):
            return _comprehension(known, group)
        check_alike(known, group)
        if is_word(before, "IN") and any(is_word(item, "NULL") for item in items):
            raise known.refuse(group.opening, "null in a list after IN", "use IS NULL")
    return Group(group.opening, expression(known, group.items), group.closing)


def _comprehension(known: Known, group: Group) -> Group:
    """[x IN list WHERE p | e]."""
    head, value = cut_op(group.items, "|")
    over, where = cut(head, "WHERE")
    made = expression(known, over[2:])
    if where:
        made = _filled("list_filter({0}, {1} -> {2})", [made, over[:1], expression(known, where[1:])], " ")
    if value:
        made = _filled("list_transform({0}, {1} -> {2})", [made, over[:1], expression(known, value)], " ")
    return Group(new("(", group.opening.space), made, new(")", ""))


def maps(known: Known, items: Sequence[Item], pattern: bool = True) -> list[Item]:
    """Patterns and map literals: the expressions in the values of their maps are rewritten."""
    out: list[Item] = []
    for item in items:
        if isinstance(item, Group) and item.kind == "{":
            parts, rest = [], list(item.items)
            while rest:
                pair, rest = cut_op(rest, ",")
                name, value = cut_op(pair, ":")
                if pattern and len(name) == len(value) == 1 and isinstance(name[0], Token):
                    check_kind(known, name[0], value[0], "for")
                parts.append([*name, new(":", ""), *expression(known, value)])
            inside = [piece for i, part in enumerate(parts) for piece in ([new(",", "")] * bool(i) + part)]
            out.append(Group(item.opening, inside, item.closing))
        elif isinstance(item, Group):
            out.append(Group(item.opening, maps(known, item.items, pattern), item.closing))
        else:
            out.append(item)
    return out


def _labels(known: Known, items: Sequence[Item], i: int) -> tuple[str, int]:
    """Labels after a colon, and the place behind them."""
    labels = []
    while i < len(items):
        item = items[i]
        if not is_name(item):
            token = item.opening if isinstance(item, Group) else item
            raise known.refuse(token, "this label expression", "write n:A or n:A|B")
        labels.append("'" + plain_name(item).replace("\\", "\\\\").replace("'", "\\'") + "'")
        i += 1
        if not (i < len(items) and is_op(items[i], "|")):
            break
        i += 1
    return ", ".join(labels), i


def _pattern_end(items: Sequence[Item], i: int) -> int:
    while i < len(items) and (isinstance(items[i], Group) or is_op(items[i], "-", "<", ">")):
        i += 1
    return i
