"""Neo4j's Cypher in Ladybug's: rewritten where it is certain what is meant, refused with an alternative where it is not.

The rewriting goes over the tree of a query's tokens. What is rewritten, and why, is in `functions.py` (functions),
`patterns.py` (paths: Neo4j never uses a relationship twice in one MATCH, Ladybug does) and here (expressions).
`docs/cypher.md` shows what runs; a test runs every row of it on both engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ..errors import BadInput
from .functions import AGGREGATES, FORMULAS, INSTEAD, SAME
from .patterns import TYPES, Names, is_pattern, match_pattern
from .tokens import Group, Item, Token, flat, grouped, is_op, is_word, place, plain_name

__all__ = ["TOGETHER", "Translation", "translate"]

TOGETHER = "_together"
"""A column that keeps the order of a collected list; it is not shown."""
_MOST = "9223372036854775807"
_WORDS = (
    "MATCH OPTIONAL WITH RETURN UNWIND UNION WHERE ORDER SKIP LIMIT CALL AND OR XOR NOT IN AS DISTINCT BY ASC ASCENDING "
    "DESC DESCENDING CASE WHEN THEN ELSE END STARTS ENDS CONTAINS IS NULL TRUE FALSE ALL EXISTS COUNT OFFSET YIELD"
).split()
_MATCH = Token("name", "MATCH", " ")
_OPERANDS = ("string", "number", "parameter", "quoted", "name")


@dataclass(frozen=True, slots=True)
class Translation:
    """A query for Ladybug. `parts` are texts, and choices of texts (see `functions.py`)."""

    parts: list[str | tuple[str, ...]]
    places: list[tuple[int, int]]
    """Where in the query each piece of it came from."""
    columns: list[str]
    """The names of the columns, as Neo4j gives them; empty where `RETURN *` leaves them to the engine."""

    def text(self, chosen: Sequence[str] = ()) -> str:
        """The query with what was chosen in place of the first choices, and NULL for the others."""
        rest = iter(chosen)
        return "".join(part if isinstance(part, str) else next(rest, "NULL") for part in self.parts)


@dataclass(slots=True)
class _Query:
    """What is known of the query while it is rewritten."""

    text: str
    names: Names
    choices: list[tuple[str, ...]] = field(default_factory=list)
    walks: set[str] = field(default_factory=set)
    """Relationship variables of variable length: in Neo4j lists."""
    paths: set[str] = field(default_factory=set)

    def refuse(self, token: Token, what: str, instead: str) -> BadInput:
        return BadInput(f"query: {what} {place(self.text, max(token.start, 0))} does not run on this store; {instead}")


def translate(query: str, found: Sequence[Token]) -> Translation:
    """Rewrite a checked query. Raises BadInput where something in it does not run on Ladybug, or would mean something else."""
    known = _Query(query, Names(plain_name(token) for token in found if token.kind in ("name", "quoted")))
    tree = grouped(query, found)
    items = _clauses(known, tree)
    parts: list[str | tuple[str, ...]] = []
    places, at = [], 0
    for token in flat(items):
        at += len(token.space)
        if token.start >= 0:
            places.append((at, token.start))
        at += len("NULL" if token.kind == "choice" else token.text)
        parts += [token.space, known.choices[int(token.text)] if token.kind == "choice" else token.text]
    return Translation(parts, places, _columns(query, tree))


def _columns(query: str, tree: Sequence[Item]) -> list[str]:
    """What the last RETURN calls its columns: the alias, else the expression as it was written."""
    last = next((clause for clause in reversed(_split(tree)) if is_word(clause[0], "RETURN")), [])
    what, _ = _cut(last[1:], "ORDER", "SKIP", "LIMIT", "OFFSET")
    names = []
    for part in _parts(what[1:] if is_word(what[0] if what else None, "DISTINCT") else what):
        if not part or is_op(part[0], "*"):
            return []
        words = list(flat(part))
        if len(part) == 2 and isinstance(part[0], Token) and isinstance(part[1], Group) and part[1].kind == "{":
            names.append(plain_name(part[0]))  # a {.b} is called a
            continue
        alias = isinstance(part[-1], Token) and len(part) > 2 and is_word(part[-2], "AS")
        names.append(plain_name(words[-1]) if alias else query[words[0].start : words[-1].start + len(words[-1].text)])
    return names


def _parts(items: Sequence[Item]) -> list[list[Item]]:
    """What is between the commas."""
    parts: list[list[Item]] = [[]] if items else []
    for item in items:
        if is_op(item, ","):
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def _spelled(token: Token, choice: Sequence[str]) -> str:
    return token.space + (choice[int(token.text)] if token.kind == "choice" else token.text)


def _new(text: str, space: str = " ") -> Token:
    return Token("new", text, space)


# Clauses


def _clauses(known: _Query, items: Sequence[Item]) -> list[Item]:
    """A query or the inside of a subquery."""
    out: list[Item] = []
    ordered = False
    for clause in _split(items):
        head = clause[0]
        if is_word(head, "CALL"):
            assert isinstance(head, Token)
            raise known.refuse(
                head, "CALL", "use WITH and count(...), EXISTS { MATCH ... } or COUNT { MATCH ... }; no procedures"
            )
        if is_word(head, "MATCH", "OPTIONAL"):
            words = 1 + is_word(head, "OPTIONAL")
            pattern, where = _cut(clause[words:], "WHERE")
            made, conditions, walks = match_pattern(pattern, known.names, known.text)
            known.walks |= walks
            known.paths |= {name.text for name, op in pairwise(pattern) if isinstance(name, Token) and is_op(op, "=")}
            out += [*clause[:words], *_maps(known, made)]
            parts = [
                condition if isinstance(condition, str) else _expression(known, condition) for condition in conditions
            ]
            if where:
                parts.insert(0, _expression(known, where[1:]))
            out += _where(parts)
        elif is_word(head, "WITH", "RETURN"):
            made = _projection(known, clause, ordered)
            ordered = False
            if is_word(head, "WITH"):
                ordered = bool(_cut(clause, "ORDER")[1])
            out += made
        else:
            out += [clause[0], *_expression(known, clause[1:])]
    return out


def _where(parts: Sequence[str | list[Item]]) -> list[Item]:
    out: list[Item] = []
    for i, part in enumerate(parts):
        out.append(_new("AND" if i else "WHERE"))
        if isinstance(part, str):
            out.append(_new(part))
        else:
            out += [_new("("), *part, _new(")", "")] if len(parts) > 1 else part
    return out


def _projection(known: _Query, clause: Sequence[Item], ordered: bool) -> list[Item]:
    body, where = _cut(clause[1:], "WHERE")
    what, order = _cut(body, "ORDER", "SKIP", "LIMIT", "OFFSET")
    out = [clause[0], *_expression(known, what)]
    if ordered and _only_aggregates(what):
        # Without a key Ladybug forgets the order in which rows come to an aggregate.
        out.append(_new(f", 0 AS {TOGETHER}", ""))
    out += _expression(known, order)
    if is_word(clause[0], "WITH") and order and not any(is_word(item, "SKIP", "LIMIT", "OFFSET") for item in order):
        out.append(_new(f"LIMIT {_MOST}"))  # which Ladybug asks for
    if where:
        out += [where[0], *_expression(known, where[1:])]
    return out


def _only_aggregates(items: Sequence[Item]) -> bool:
    """Whether every projected item is an aggregate, so that there is no key to group by."""
    return all(any(t.kind == "name" and t.text.lower() in AGGREGATES for t in flat(part)) for part in _parts(items))


def _split(items: Sequence[Item]) -> list[list[Item]]:
    """The clauses: lists of items, each beginning with its keyword."""
    out: list[list[Item]] = []
    before: Item | None = None
    for item in items:
        begins = is_word(item, "MATCH", "OPTIONAL", "WITH", "RETURN", "UNWIND", "UNION", "CALL") and not is_op(
            before, ".", ":"
        )
        goes_on = (is_word(before, "OPTIONAL") and is_word(item, "MATCH")) or (
            is_word(before, "STARTS", "ENDS") and is_word(item, "WITH")
        )
        if (begins and not goes_on) or not out:
            out.append([])
        out[-1].append(item)
        before = item
    return out


def _cut(items: Sequence[Item], *words: str) -> tuple[list[Item], list[Item]]:
    """The items before the first of some keywords, and from there."""
    for i, item in enumerate(items):
        if is_word(item, *words) and not (i and is_op(items[i - 1], ".")):
            return list(items[:i]), list(items[i:])
    return list(items), []


# Expressions


def _expression(known: _Query, items: Sequence[Item]) -> list[Item]:
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
            out += _maps(known, items[i:end])
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
            out.append(_new(f"(label({item.text}) IN [{labels}])", item.space))
            closed = True
            continue
        else:
            _check_token(known, item)
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


def _value(known: _Query, token: Token, after: Item | None) -> Token:
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


def _call(known: _Query, name: Token, group: Group, before: Item | None) -> list[Item]:
    word = name.text.lower()
    if is_op(before, "."):
        raise known.refuse(name, f"the function ...{name.text}()", "there are no libraries of functions here")
    if group.kind == "{":
        if word == "collect":
            raise known.refuse(name, "COLLECT { }", "use OPTIONAL MATCH and collect(...)")
        inside = list(group.items)
        if not is_word(inside[0] if inside else None, "MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN"):
            inside.insert(0, _MATCH)
        return [name, Group(group.opening, _clauses(known, inside), group.closing)]
    if word == "exists":
        if is_pattern(group.items, 0):
            return [name, _new("{"), *_clauses(known, [_MATCH, *group.items]), _new("}")]
        raise known.refuse(name, "exists(property)", "write property IS NOT NULL")
    if word in ("any", "all", "none", "single"):
        return [name, Group(group.opening, _expression(known, group.items), group.closing)]
    if word == "reduce":
        return _reduce(known, name, group)
    if word in SAME:
        return [name, Group(group.opening, _expression(known, group.items), group.closing)]
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
    known.choices.append(tuple(formula.format(*texts) for formula in formulas))
    return [Token("choice", str(len(known.choices) - 1), name.space, name.start)]


def _filled(formula: str, arguments: Sequence[list[Item]], space: str) -> list[Item]:
    """A formula with the arguments in their places, as items, so that each keeps its place in the query."""
    out: list[Item] = []
    rest = formula
    while "{" in rest:
        lead, _, tail = rest.partition("{")
        number, _, rest = tail.partition("}")
        out += [_new(lead, ""), *arguments[int(number)]]
    out.append(_new(rest, ""))
    return [replace(out[0], space=space) if isinstance(out[0], Token) else out[0], *out[1:]]


def _arguments(known: _Query, items: Sequence[Item]) -> list[list[Item]]:
    return [_expression(known, part) for part in _parts(items)]


def _reduce(known: _Query, name: Token, group: Group) -> list[Item]:
    """reduce(a = start, x IN list | step): Ladybug's starts with the first of a list."""
    head, step = _cut_op(group.items, "|")
    first, rest = _cut_op(head, ",")
    variable, start = _cut_op(first, "=")
    if len(variable) != 1 or len(rest) < 3 or not is_word(rest[1], "IN") or not step:
        raise known.refuse(name, "this reduce()", "write reduce(sum = 0, x IN list | sum + x)")
    pair = f"({''.join(t.text for t in flat(variable))}, {''.join(t.text for t in flat(rest[:1]))})"
    return [
        _new("list_reduce(list_concat([", name.space),
        *_expression(known, start),
        _new("],"),
        *_expression(known, rest[2:]),
        _new(f"), {pair} ->", ""),
        *_expression(known, step),
        _new(")", ""),
    ]


def _cut_op(items: Sequence[Item], op: str) -> tuple[list[Item], list[Item]]:
    for i, item in enumerate(items):
        if is_op(item, op):
            return list(items[:i]), list(items[i + 1 :])
    return list(items), []


def _indexed(known: _Query, operand: list[Item], group: Group) -> list[Item]:
    """operand[i], operand[a..b], operand['name']: Ladybug counts from 1, and takes the end in."""
    one = group.items[0] if len(group.items) == 1 else None
    if isinstance(one, Token) and one.kind == "string":
        return [*operand, _new(".`" + one.text[1:-1].replace("`", "``") + "`", "")]
    if any(is_op(item, "..") for item in group.items):
        low, high = _cut_op(group.items, "..")
        start = _shifted(known, group, low) if low else [_new("1", "")]
        end = _bound(known, group, high) if high else [_new("size(", ""), *operand, _new(")", "")]
        return [_new("list_slice("), *operand, _new(","), *start, _new(","), *end, _new(")", "")]
    return [_new("list_extract("), *operand, _new(","), *_shifted(known, group, group.items), _new(")", "")]


def _shifted(known: _Query, group: Group, items: Sequence[Item]) -> list[Item]:
    """A place counted from 0, or from the end if below, as one from 1."""
    if is_op(items[0] if items else None, "-"):
        return _expression(known, items)
    return [_new("("), *_expression(known, items), _new(") + 1", "")]


def _bound(known: _Query, group: Group, items: Sequence[Item]) -> list[Item]:
    if is_op(items[0], "-"):
        return [_new("("), *_expression(known, items), _new(") - 1", "")]
    return _expression(known, items)


def _mapped(known: _Query, name: Token, group: Group) -> list[Item]:
    """node {.a, .b, c: expression}: a map of these."""
    out: list[Item] = [_new("{", name.space)]
    for i, part in enumerate(_parts(group.items)):
        out += [_new(",", "")] if i else []
        if len(part) == 2 and is_op(part[0], ".") and isinstance(part[1], Token) and part[1].kind in ("name", "quoted"):
            out.append(_new(f"{part[1].text}: {name.text}.{part[1].text}"))
        elif len(part) > 2 and is_op(part[1], ":"):
            out += [*part[:2], *_expression(known, part[2:])]
        else:
            raise known.refuse(name, f"{name.text} {{ }} with this in it", "write {.a, .b, c: expression}")
    return [*out, _new("}", "")]


def _literal(known: _Query, group: Group, before: Item | None) -> Item:
    if group.kind == "{":
        if not group.items:
            raise known.refuse(group.opening, "an empty map", "leave it out")
        return _maps(known, [group])[0]
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
        if is_word(before, "IN") and any(is_word(item, "NULL") for item in items):
            raise known.refuse(group.opening, "null in a list after IN", "use IS NULL")
    return Group(group.opening, _expression(known, group.items), group.closing)


def _comprehension(known: _Query, group: Group) -> Group:
    """[x IN list WHERE p | e]."""
    head, value = _cut_op(group.items, "|")
    over, where = _cut(head, "WHERE")
    variable = "".join(token.text for token in flat(over[:1]))
    made: list[Item] = _expression(known, over[2:])
    if where:
        made = [
            _new("list_filter("),
            *made,
            _new(f", {variable} ->", ""),
            *_expression(known, where[1:]),
            _new(")", ""),
        ]
    if value:
        made = [_new("list_transform("), *made, _new(f", {variable} ->", ""), *_expression(known, value), _new(")", "")]
    return Group(_new("(", group.opening.space), made, _new(")", ""))


def _maps(known: _Query, items: Sequence[Item]) -> list[Item]:
    """Patterns and map literals: the expressions in the values of their maps are rewritten."""
    out: list[Item] = []
    for item in items:
        if isinstance(item, Group) and item.kind == "{":
            parts, rest = [], list(item.items)
            while rest:
                pair, rest = _cut_op(rest, ",")
                name, value = _cut_op(pair, ":")
                parts.append([*name, _new(":", ""), *_expression(known, value)])
            inside = [piece for i, part in enumerate(parts) for piece in ([_new(",", "")] * bool(i) + part)]
            out.append(Group(item.opening, inside, item.closing))
        elif isinstance(item, Group):
            out.append(Group(item.opening, _maps(known, item.items), item.closing))
        else:
            out.append(item)
    return out


def _labels(known: _Query, items: Sequence[Item], i: int) -> tuple[str, int]:
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


# What must not be let through


def _check_token(known: _Query, token: Token) -> None:
    if token.kind == "number" and (token.text[:2].lower() in ("0x", "0o") or "_" in token.text):
        raise known.refuse(token, f"the number {token.text}", "write it with decimal digits only")
    if token.kind == "op" and token.text in ("::", "||", "!="):
        instead = {"::": "`plasticdb schema` says the types", "||": "use +", "!=": "use <>"}[token.text]
        raise known.refuse(token, token.text, instead)


def _check_types(known: _Query, items: Sequence[Item]) -> None:
    """Neo4j finds a number unlike every text, Ladybug converts: `c.count = '4'` would be true here only."""
    for a, op, b in zip(items, items[1:], items[2:], strict=False):
        kinds = {side.kind for side in (a, b) if isinstance(side, Token)}
        if is_op(op, "=", "<>", "<", ">", "<=", ">=") and kinds == {"string", "number"}:
            assert isinstance(a, Token)
            raise known.refuse(a, "a text beside a number", "compare like with like")
    for i in range(len(items) - 3):
        dot, name, op, value = items[i : i + 4]
        if not (is_op(dot, ".") and isinstance(name, Token) and is_op(op, "=", "<>", "<", ">", "<=", ">=")):
            continue
        kind = TYPES.get(plain_name(name))
        if isinstance(value, Token) and kind and (value.kind, kind == "text") in (("string", False), ("number", True)):
            wanted = "a text" if kind == "text" else "a number"
            raise known.refuse(value, f"{value.text} beside {name.text}", f"{name.text} is {wanted}")
