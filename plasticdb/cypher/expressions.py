"""Expressions of Neo4j's Cypher in Ladybug's: functions, places in lists, comprehensions, labels, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf
from typing import Any

from ..errors import BadInput
from .functions import FORMULAS, INSTEAD, OF_TEXTS, SAME, UNTIL_THEN
from .names import encoded
from .patterns import TYPES, Names, is_pattern
from .tokens import Group, Item, Token, flat, is_op, is_word, place, plain_name

__all__ = ["Known", "between_commas", "check_cases", "cut", "expression", "maps", "new"]

_WORDS = (
    "MATCH OPTIONAL WITH RETURN UNWIND UNION WHERE ORDER SKIP LIMIT CALL AND OR XOR NOT IN AS DISTINCT BY ASC ASCENDING "
    "DESC DESCENDING CASE WHEN THEN ELSE END STARTS ENDS CONTAINS IS NULL TRUE FALSE ALL EXISTS COUNT OFFSET YIELD"
).split()
_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=", "=~", ",", "|", "..")
_LONGEST = 10_000
"""Items of a rewritten part."""
_ENDS = tuple({*_WORDS} - {"CASE", "END", "NULL", "TRUE", "FALSE", "ALL", "EXISTS", "COUNT"})
_MATCH = Token("name", "MATCH", " ")
_OPERANDS = ("string", "number", "parameter", "quoted", "name")


@dataclass(slots=True)
class Known:
    """What is known of the query while it is rewritten. `clauses` rewrites the inside of a subquery."""

    text: str
    names: Names
    clauses: Callable[[Known, Sequence[Item]], list[Item]]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    choices: list[tuple[str, ...]] = field(default_factory=list)
    walks: set[str] = field(default_factory=set)
    """Relationship variables of variable length: in Neo4j lists."""
    paths: set[str] = field(default_factory=set)

    def text_of(self, item: Item | None) -> str | None:
        """The text that an item is, as far as that is known before the query runs; of a string with its escapes."""
        if isinstance(item, Token) and item.kind == "string":
            return item.text[1:-1]
        if isinstance(item, Token) and item.kind == "parameter":
            value = self.parameters.get(plain_name(item))
            return value if isinstance(value, str) else None
        return None

    def refuse(self, token: Token, what: str, instead: str) -> BadInput:
        return BadInput(f"query: {what} {place(self.text, max(token.start, 0))} does not run on this store; {instead}")


def new(text: str, space: str = " ") -> Token:
    return Token("new", text, space)


def between_commas(items: Sequence[Item]) -> list[list[Item]]:
    """What is between the commas."""
    parts: list[list[Item]] = [[]] if items else []
    for item in items:
        if is_op(item, ","):
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def cut(items: Sequence[Item], *words: str) -> tuple[list[Item], list[Item]]:
    """The items before the first of some keywords, and from there."""
    for i, item in enumerate(items):
        if is_word(item, *words) and not (i and is_op(items[i - 1], ".")):
            return list(items[:i]), list(items[i:])
    return list(items), []


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
            end = _operand_end(items, i + 1)
            out += [item, *_filled("plasticdb_pattern({0})", [expression(known, items[i + 1 : end])], " ")]
            i, closed = end, False
            continue
        if is_word(item, "CONTAINS") and after is not None and not is_op(before, "."):
            end = _operand_end(items, i + 1)
            out += _contains(known, items[i + 1 : end])
            i, closed = end, False
            continue
        if isinstance(item, Group):
            if item.kind == "[" and closed:
                out[operand:] = _indexed(known, out[operand:], item)
            elif item.kind == "{" and closed and isinstance(before, Token) and before.kind in ("name", "quoted"):
                out[operand:] = _mapped(known, before, item)
            else:
                operand = len(out)
                out.append(_literal(known, item, before))
            closed = True
        elif item.kind == "name" and isinstance(after, Group) and _calls(item, after, before):
            operand = len(out)
            out += _call(known, item, after, before)
            i, closed = i + 1, True
        elif item.kind in ("name", "quoted") and is_op(after, ":") and not is_op(before, "."):
            labels, i = _labels(known, items, i + 2)
            operand = len(out)
            there = f"(id({item.text}) IS NOT NULL OR cast(NULL, 'BOOL'))"  # of a node that is not there null
            made = f"(label({item.text}) IN [{labels}] AND {there})"
            out.append(new(made, item.space))
            closed = True
            continue
        else:
            _check_token(known, item, before)
            _check_case(known, items, i)
            if is_op(before, ".") or is_op(item, "."):
                closed = not is_op(item, ".")
            else:
                closed = item.kind in _OPERANDS and not (item.kind == "name" and item.text.upper() in _WORDS)
                if closed:
                    operand = len(out)
                    item = _value(known, item, after)
            out.append(item)
        i += 1
    _check_types(known, items)
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
    return after.kind == "(" and (name.text.upper() not in _WORDS or name.text.upper() in ("COUNT", "EXISTS", "ALL"))


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
        _check_texts(known, name, group)
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


def _check_texts(known: Known, name: Token, group: Group) -> None:
    first = next(iter(between_commas(group.items)), [])
    one, dot = (first[-1] if first else None), (first[-2] if len(first) > 1 else None)
    number = len(first) == 1 and _kind(known, one) in ("number", "list")
    of_number = is_op(dot, ".") and isinstance(one, Token) and TYPES.get(plain_name(one), "text") != "text"
    if number or of_number:
        raise known.refuse(name, f"{name.text}() of what is no text", "use toString(x)")


def _filled(formula: str, arguments: Sequence[list[Item]], space: str) -> list[Item]:
    """A formula with the arguments in their places, as items, so that each keeps its place in the query."""
    out: list[Item] = []
    rest = formula
    while "{" in rest:
        lead, _, tail = rest.partition("{")
        number, _, rest = tail.partition("}")
        out += [new(lead, ""), *arguments[int(number)]]
    out.append(new(rest, ""))
    _bounded(out)
    return [replace(out[0], space=space) if isinstance(out[0], Token) else out[0], *out[1:]]


def _arguments(known: Known, items: Sequence[Item]) -> list[list[Item]]:
    return [expression(known, part) for part in between_commas(items)]


def _reduce(known: Known, name: Token, group: Group) -> list[Item]:
    """reduce(a = start, x IN list | step): Ladybug's starts with the first of a list."""
    head, step = _cut_op(group.items, "|")
    first, rest = _cut_op(head, ",")
    variable, start = _cut_op(first, "=")
    if len(variable) != 1 or len(rest) < 3 or not is_word(rest[1], "IN") or not step:
        raise known.refuse(name, "this reduce()", "write reduce(sum = 0, x IN list | sum + x)")
    pair = f"({''.join(t.text for t in flat(variable))}, {''.join(t.text for t in flat(rest[:1]))})"
    return [
        new("list_reduce(list_concat([", name.space),
        *expression(known, start),
        new("],"),
        *expression(known, rest[2:]),
        new(f"), {pair} ->", ""),
        *expression(known, step),
        new(")", ""),
    ]


def _cut_op(items: Sequence[Item], op: str) -> tuple[list[Item], list[Item]]:
    for i, item in enumerate(items):
        if is_op(item, op):
            return list(items[:i]), list(items[i + 1 :])
    return list(items), []


def _indexed(known: Known, operand: list[Item], group: Group) -> list[Item]:
    """operand[i], operand[a..b], operand['name']: Ladybug counts from 1, and takes the end in."""
    one = group.items[0] if len(group.items) == 1 else None
    if isinstance(one, Token) and one.kind == "string":
        return [*operand, new(".`" + encoded(one.text[1:-1]).replace("`", "``") + "`", "")]
    if len(operand) == 1 and isinstance(operand[0], Token) and _kind(known, operand[0]) == "text":
        raise known.refuse(group.opening, "[ ] of a text", "write substring(text, from, length)")
    if any(is_op(item, "..") for item in group.items):
        low, high = _cut_op(group.items, "..")
        start = _placed(known, low, 1, "plasticdb_place") if low else [new("1", "")]
        end = _placed(known, high, 0, "plasticdb_end") if high else [new("size(", ""), *operand, new(")", "")]
        return _bounded([new("list_slice("), *operand, new(","), *start, new(","), *end, new(")", "")])
    place_ = _placed(known, group.items, 1, "plasticdb_place")
    return [new("list_extract("), *operand, new(","), *place_, new(")", "")]


def _placed(known: Known, items: Sequence[Item], more: int, function: str) -> list[Item]:
    """A place counted from 0, or from the end if below, as Ladybug counts: from 1, and with the end in it."""
    *sign, number = items
    if isinstance(number, Token) and number.kind == "number" and number.text.isdecimal():
        if not sign:
            return [new(str(int(number.text) + more))]
        if len(sign) == 1 and is_op(sign[0], "-"):
            return [new(f"-{int(number.text) + 1 - more}")]
    return [new(f"{function}("), *expression(known, items), new(")", "")]


def _bounded(items: list[Item]) -> list[Item]:
    """What holds an operand twice doubles with each that is in it."""
    if len(items) > _LONGEST:
        raise BadInput("query: written out for this store it is too long; compute the inner parts in a WITH before")
    return items


def _mapped(known: Known, name: Token, group: Group) -> list[Item]:
    """node {.a, .b, c: expression}: a map of these."""
    out: list[Item] = [new("{", name.space)]
    for i, part in enumerate(between_commas(group.items)):
        out += [new(",", "")] if i else []
        if len(part) == 2 and is_op(part[0], ".") and isinstance(part[1], Token) and part[1].kind in ("name", "quoted"):
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
        if (
            len(items) > 2
            and isinstance(items[0], Token)
            and items[0].kind in ("name", "quoted")
            and is_word(items[1], "IN")
        ):
            return _comprehension(known, group)
        _check_alike(known, group)
        if is_word(before, "IN") and any(is_word(item, "NULL") for item in items):
            raise known.refuse(group.opening, "null in a list after IN", "use IS NULL")
    return Group(group.opening, expression(known, group.items), group.closing)


def _comprehension(known: Known, group: Group) -> Group:
    """[x IN list WHERE p | e]."""
    head, value = _cut_op(group.items, "|")
    over, where = cut(head, "WHERE")
    variable = "".join(token.text for token in flat(over[:1]))
    made: list[Item] = expression(known, over[2:])
    if where:
        made = [
            new("list_filter("),
            *made,
            new(f", {variable} ->", ""),
            *expression(known, where[1:]),
            new(")", ""),
        ]
    if value:
        made = [new("list_transform("), *made, new(f", {variable} ->", ""), *expression(known, value), new(")", "")]
    return Group(new("(", group.opening.space), made, new(")", ""))


def maps(known: Known, items: Sequence[Item], pattern: bool = True) -> list[Item]:
    """Patterns and map literals: the expressions in the values of their maps are rewritten."""
    out: list[Item] = []
    for item in items:
        if isinstance(item, Group) and item.kind == "{":
            parts, rest = [], list(item.items)
            while rest:
                pair, rest = _cut_op(rest, ",")
                name, value = _cut_op(pair, ":")
                if pattern and len(name) == len(value) == 1 and isinstance(name[0], Token):
                    _check_kind(known, name[0], value[0], "for")
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
        if not isinstance(item, Token) or item.kind not in ("name", "quoted"):
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


def _operand_end(items: Sequence[Item], i: int) -> int:
    """Where the right side of a comparison ends that begins here."""
    depth = 0
    for end in range(i, len(items)):
        item = items[end]
        if is_word(item, "CASE", "END") and not is_op(items[end - 1], "."):
            depth += 1 if is_word(item, "CASE") else -1
        if depth < 0 or (depth == 0 and end > i and (is_op(item, *_COMPARISONS) or is_word(item, *_ENDS))):
            return end
    return len(items)


# What must not be let through


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


def _check_token(known: Known, token: Token, before: Item | None) -> None:
    if token.kind == "number" and token.text.isdecimal() and int(token.text) >= 2**63 + is_op(before, "-"):
        raise known.refuse(token, f"the number {token.text}", "whole numbers have 64 bits; write it with a .0")
    if token.kind == "number" and token.text[:1] in "0123456789." and _too_large(token.text):
        raise known.refuse(token, f"the number {token.text}", "it is beyond what a float can be")
    if token.kind == "number" and (token.text[:2].lower() in ("0x", "0o") or "_" in token.text):
        raise known.refuse(token, f"the number {token.text}", "write it with decimal digits only")
    if token.kind == "op" and token.text in ("::", "||", "!="):
        instead = {"::": "`plasticdb schema` says the types", "||": "use +", "!=": "use <>"}[token.text]
        raise known.refuse(token, token.text, instead)


def _kind(known: Known, item: Item | None) -> str:
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


def _check_types(known: Known, items: Sequence[Item]) -> None:
    """Neo4j finds a number unlike every text, Ladybug converts: `c.count = '4'` would be true here only."""
    for i, item in enumerate(items):
        after = items[i + 1] if i + 1 < len(items) else None
        before = items[i - 1] if i else None
        of_texts = is_op(item, "=~") or is_word(item, "CONTAINS", "STARTS", "ENDS")
        if is_op(item, "=", "<>", "<", ">", "<=", ">="):
            sides = {_kind(known, before), _kind(known, after)}
            if sides == {"text", "number"}:
                assert isinstance(before, Token)
                raise known.refuse(before, "a text beside a number", "compare like with like")
            if any(isinstance(side, Group) and any(is_word(x, "NULL") for x in side.items) for side in (before, after)):
                raise known.refuse(_token(item), "null in a list that is compared", "use IS NULL")
        elif of_texts and "number" in (_kind(known, before), _kind(known, after)):
            raise known.refuse(_token(item), f"{_token(item).text} of a number", "compare texts, or use toString(x)")
        elif is_word(item, "NULL") and is_word(after, "IN"):
            raise known.refuse(_token(item), "null IN", "use IS NULL")
        name = before if i > 1 and is_op(items[i - 2], ".") and isinstance(before, Token) else None
        kind = TYPES.get(plain_name(name)) if name is not None else None
        if kind is None or name is None:
            continue
        if is_op(item, "=", "<>", "<", ">", "<=", ">="):
            _check_kind(known, name, after, "beside")
        if of_texts and kind != "text":
            raise known.refuse(_token(item), f"{_token(item).text} of {name.text}", f"{name.text} is a number")


def _check_kind(known: Known, name: Token, value: Item | None, how: str) -> None:
    kind = TYPES.get(plain_name(name))
    if kind and _kind(known, value) not in ("", "text" if kind == "text" else "number"):
        wanted = "a text" if kind == "text" else "a number"
        raise known.refuse(_token(value), f"{_token(value).text} {how} {name.text}", f"{name.text} is {wanted}")


def _token(item: Item | None) -> Token:
    return item.opening if isinstance(item, Group) else item or Token("op", "")


def _check_alike(known: Known, group: Group) -> None:
    """Lists hold values of one kind here: unlike ones would be made alike."""
    kinds = set()
    for part in between_commas(group.items):
        last = part[-1] if part else None
        if len(part) == 1 and is_word(last, "TRUE", "FALSE"):
            kinds.add("bool")
        elif isinstance(last, Token) and (len(part) == 1 or (len(part) == 2 and is_op(part[0], "-"))):
            kind = _kind(known, last)
            decimal = kind == "number" and last.kind == "number" and not last.text.isdecimal()
            kinds.add("float" if decimal else kind)
    if len(kinds - {""}) > 1:
        raise known.refuse(group.opening, "a list of unlike values", "make them all of one kind, such as 1.0 and 2.5")


def _check_case(known: Known, items: Sequence[Item], i: int) -> None:
    """CASE x WHEN null never fits in Neo4j, and does here."""
    simple = is_word(items[i], "CASE") and i + 1 < len(items) and not is_word(items[i + 1], "WHEN")
    if not simple:
        return
    end = _operand_end(items, i)
    if is_word(items[i + 1], "NULL") or any(
        is_word(a, "WHEN") and is_word(b, "NULL") for a, b in pairwise(items[i:end])
    ):
        raise known.refuse(_token(items[i]), "CASE with null", "write CASE WHEN x IS NULL THEN ...")
