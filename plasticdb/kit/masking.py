"""No password is ever shown: what stands for one in an address, in an error, in a traceback."""

from __future__ import annotations

import re

__all__ = ["masked", "masked_address"]

_SECRET = "***"
_LOGIN = re.compile(r"(?<=://)([^\s:/?#@]*):\S*@")
_LOGIN_OF_ONE = re.compile(r"(?<=://)([^:/?#@]*):.*@", re.DOTALL)  # an address may have a space in its password
_NAMED = re.compile(r"""(?i)\b(\w*(?:password|passwd|pwd|secret))(\s?=\s?)('(?:[^'\\]|\\.)*'|"[^"]*"|[^\s&;,'"]+)""")


def masked(text: str) -> str:
    """A text without the passwords of the addresses in it.

    >>> masked("no answer from postgresql://ann:hunter2@host/db?sslmode=require&password=hunter2; try again")
    'no answer from postgresql://ann:***@host/db?sslmode=require&password=***; try again'
    >>> masked("host=h password='hunter 2' user=ann")
    'host=h password=*** user=ann'
    """
    return _NAMED.sub(rf"\1\2{_SECRET}", _LOGIN.sub(rf"\1:{_SECRET}@", text))


def masked_address(text: str) -> str:
    """One address, without its password.

    >>> masked_address("bolt://neo4j:p@ss word@host:7687")
    'bolt://neo4j:***@host:7687'
    """
    return masked(_LOGIN_OF_ONE.sub(rf"\1:{_SECRET}@", text))
