"""Regular expressions of Neo4j (Java's) in Ladybug's (RE2's): the same in its words, or refused by name.

RE2 finds nothing, silently, where it does not know a construct, and reads some otherwise than Java does. So an expression
is read here sign by sign, and what is not known to mean the same is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import BadInput

__all__ = ["pattern"]

_ANY = r"[^\n\r\x{85}\x{2028}\x{2029}]"
"""What Java's dot finds; RE2's also finds all of these but the first."""
_BLANK = r"\t-\r "
"""Java's \\s, which has the vertical tab too."""
_MOST = 1000
"""How often RE2 repeats at most; counts within counts multiply."""
_COUNT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_UNICODE = re.compile(r"\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2})")
_CATEGORY = re.compile(r"\{(?:Is)?([A-Z][a-z]?)\}|([A-Z])")
_BEYOND = re.compile(r"\\[uxpP]")
_FLAGS = re.compile(r"\(\?([is]+)\)")
_GROUP = re.compile(r"\?:|\?<[A-Za-z][A-Za-z0-9]*>")


def pattern(java: str) -> str:
    """A regular expression as RE2 has to read it, to find what Java's finds.

    Raises BadInput where it is none, or where RE2 has nothing that means the same.

    >>> pattern("em.*")
    'em[^\\\\n\\\\r\\\\x{85}\\\\x{2028}\\\\x{2029}]*'
    >>> pattern("(?s)e.*")
    '(?s)e.*'
    """
    flags = _FLAGS.match(java)
    lead = flags[0] if flags else ""
    if "i" in lead and (not java.isascii() or _BEYOND.search(java)):  # Java's then knows of no other letters
        raise _refused(java, "(?i) with letters beyond a to z; write both, such as [Éé]")
    return lead + "".join(_parts(java, len(lead), _ANY if "s" not in lead else "."))


def _parts(java: str, i: int, dot: str) -> Iterator[str]:
    depth, repeated = 0, 1
    repeatable = False  # whether something has just ended that a count may be about
    while i < len(java):
        sign = java[i]
        if sign == "\\":
            text, i = _escaped(java, i + 1)
            yield text
            repeatable = bool(text)
            continue
        if sign == "[":
            text, i = _class(java, i + 1)
            yield text
            repeatable = True
            continue
        i += 1
        if sign in "*+?{":
            if not repeatable:
                raise _refused(java, f"{sign} with nothing before it to repeat")
            repeatable = False
            if sign == "{":
                count = _COUNT.match(java, i - 1)
                if count is None:
                    raise _refused(java, "{ that begins no count; write \\{")
                low, high = int(count[1]), int(count[2] or count[1])
                repeated *= max(low, high, 1)
                if high < low or repeated > _MOST:
                    raise _refused(java, f"the count {count[0]}")
                sign, i = count[0], count.end()
            if java[i : i + 1] == "+":
                raise _refused(java, f"the possessive {sign}+")
            if java[i : i + 1] == "?":
                sign, i = sign + "?", i + 1
        elif sign == "(":
            depth += 1
            repeatable = False
            if java[i : i + 1] == "?":
                group = _GROUP.match(java, i)
                if group is None:
                    raise _refused(
                        java, f"({java[i : i + 2]} (write (...) or (?:...), or (?i) or (?s) at the beginning)"
                    )
                i = group.end()
            sign = "(?:"
        elif sign == ")":
            depth -= 1
            repeatable = True
            if depth < 0:
                break
        elif sign == "$" and java[i : i + 1] not in ("", "|", ")"):  # Java's finds a last line break behind it
            raise _refused(java, "$ with something behind it")
        else:
            repeatable = sign not in "|^$"
            sign = dot if sign == "." else sign
        yield sign
    if depth:
        raise _refused(java, "parentheses that do not match")


def _class(java: str, i: int) -> tuple[str, int]:
    """What is between square brackets, and the place behind them."""
    out = "["
    if java[i : i + 1] == "^":
        out, i = "[^", i + 1
    first = i
    while i < len(java) and java[i] != "]":
        low, i = _member(java, i)
        out += low
        if java[i : i + 1] == "-" and java[i + 1 : i + 2] not in ("", "]"):
            high, i = _member(java, i + 1)
            if len(low) != 1 or len(high) != 1 or not low <= high:
                raise _refused(java, f"{low}-{high} between square brackets")
            out += f"-{high}"
    if i >= len(java) or i == first:
        raise _refused(java, "a [ without its ]" if i >= len(java) else "[] or [^] with nothing in it; write \\]")
    return out + "]", i + 1


def _member(java: str, i: int) -> tuple[str, int]:
    """One character of a class, or several by a backslash; and the place behind."""
    sign = java[i]
    if sign == "[" or java.startswith("&&", i):
        raise _refused(java, f"{'[' if sign == '[' else '&&'} between square brackets; write \\{sign}")
    if sign != "\\":
        return sign, i + 1
    text, i = _escaped(java, i + 1)
    if text.startswith("[^"):
        raise _refused(java, "\\S between square brackets")
    return text.strip("[]"), i


def _escaped(java: str, i: int) -> tuple[str, int]:
    """What a backslash before this place makes of what is there, and the place behind."""
    sign = java[i : i + 1]
    i += 1
    match sign:
        case "":
            raise _refused(java, "a backslash at its end")
        case "\\":  # Ladybug makes one of two
            return r"\x5C", i
        case "s" | "S":
            return f"[{'^' if sign == 'S' else ''}{_BLANK}]", i
        case "Q":
            end = java.find("\\E", i)
            end = len(java) if end < 0 else end
            return "".join(_literal(one) for one in java[i:end]), end + 2
        case "u":
            if not re.fullmatch("[0-9A-Fa-f]{4}", java[i : i + 4]):
                raise _refused(java, "\\u without four hexadecimal digits")
            return f"\\x{{{java[i : i + 4]}}}", i + 4
        case "x":
            if (code := _UNICODE.match(java, i)) is None or int(code[1] or code[2], 16) > 0x10FFFF:
                raise _refused(java, "\\x without the number of a character")
            return f"\\x{{{code[1] or code[2]}}}", code.end()
        case "p" | "P":
            if (category := _CATEGORY.match(java, i)) is None:
                raise _refused(
                    java, f"\\{sign}{java[i : i + 10]}; there are general categories such as \\p{{L}}, \\p{{Lu}}"
                )
            return f"\\{sign}{{{category[1] or category[2]}}}", category.end()
        case _ if sign in "dDwWtnrfa":
            return f"\\{sign}", i
        case _ if sign.isalnum():
            raise _refused(java, f"\\{sign}")
        case _:
            return _literal(sign), i


def _literal(sign: str) -> str:
    return f"\\x{{{ord(sign):X}}}" if sign.isascii() and not sign.isalnum() else sign


def _refused(java: str, what: str) -> BadInput:
    return BadInput(f"the regular expression {java[:60]!r} does not run on this store: it has {what}")
