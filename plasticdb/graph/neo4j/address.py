"""The address of a Neo4j: what a URL may have in it, and what is refused rather than ignored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ...errors import BadInput

__all__ = ["Address", "address", "is_neo4j"]

_SCHEMES = tuple(f"{scheme}{tls}" for scheme in ("neo4j", "bolt") for tls in ("", "+s", "+ssc"))
DATABASE = "neo4j"
"""The database of a server where none is named."""
_FORM = "write neo4j://HOST, neo4j://HOST/DATABASE or bolt://HOST:PORT"
_SECRET = re.compile("user|pass|cred|token|secret|auth", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """What the driver connects to (`uri`, without a database), what may be `shown` of it, and the database."""

    uri: str
    shown: str
    database: str


def is_neo4j(text: str) -> bool:
    """Whether an address is that of a Neo4j, by its scheme."""
    scheme, follows, _ = text.partition("://")
    return bool(follows) and scheme.lower() in _SCHEMES


def address(text: str, database: str | None = None) -> Address:
    """The parts of a Neo4j URL. `database`: what another setting calls it, which must not contradict the URL.

    Raises BadInput where it is none, or has what would otherwise be ignored; no message has a password in it.

    >>> address("neo4j://graph.example:7687/names")
    Address(uri='neo4j://graph.example:7687', shown='neo4j://graph.example:7687', database='names')
    """
    known = is_neo4j(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        place = text.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2] if known else ""
        raise _refused(place, f"its host or port cannot be read; {_FORM}") from None
    if not known:
        raise _refused("", f"{_FORM}, not {text.rpartition('@')[2]!r}")
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    if parts.username is not None or parts.password is not None:
        raise _refused(
            shown, f"a user and a password are not taken from it; set NEO4J_USERNAME and NEO4J_PASSWORD, and {_FORM}"
        )
    if not parts.hostname or not _is_host(parts.hostname) or port == 0 or parts.netloc.endswith(":"):
        raise _refused(shown, f"it needs a host, and its port is a number from 1 to 65535; {_FORM}")
    if "#" in text:
        raise _refused(shown, f"what follows '#' means nothing; {_FORM}")
    if "?" in text and (parts.scheme.startswith("bolt") or not parts.query or _SECRET.search(parts.query)):
        raise _refused(
            shown, f"what follows '?' is for a cluster's routing (neo4j://HOST?policy=NAME) and nothing else; {_FORM}"
        )
    named = unquote(parts.path.removeprefix("/").removesuffix("/"))
    if not re.fullmatch(r"[\w.-]*", named):
        raise _refused(shown, f"{unquote(parts.path)!r} is not a database's name; {_FORM}")
    if named and database and named.lower() != database.lower():  # Neo4j's names have no case
        raise _refused(
            shown,
            f"the URL names the database {named!r}, and NEO4J_DATABASE (or `database`) {database!r}; name it once",
        )
    routing = f"?{parts.query}" if parts.query else ""
    return Address(shown + routing, shown, named or database or DATABASE)


def _refused(place: str, why: str) -> BadInput:
    return BadInput(f"{place or 'the address'} is not an address of a Neo4j: {why}")


def _is_host(name: str) -> bool:
    """Whether a resolver can be asked for it at all."""
    try:
        return bool(name.encode("idna")) and not re.search(r"[\s/\\]", name)
    except UnicodeError:
        return False
