"""What a SQL database refused, and why: which failures may be tried again, and each in words."""

from __future__ import annotations

import re
import sqlite3
from typing import Literal

from sqlalchemy.exc import DBAPIError, OperationalError

from ..errors import NoRoom, StoreError, Unavailable

__all__ = ["FOREIGN", "Fault", "explain", "fault"]

FOREIGN = "another program's tables"
Fault = Literal["conflict", "lost", "away"]
_CONFLICTS = ("40001", "40P01")
"""Serialization failure, deadlock: the transaction was rolled back, and may well pass the next time."""
_STARTING = ("starting up", "shutting down", "not yet accepting", "recovery mode", "too many")
_AWAY = ("57P01", "57P02", "57P03", "53300")


def fault(error: Exception) -> Fault | None:
    """What may be gone the next time: a conflict with another transaction, a connection that broke, a server that is away."""
    if not isinstance(error, DBAPIError) or isinstance(error.orig, sqlite3.Error):
        return None
    state, text = getattr(error.orig, "sqlstate", None), str(error.orig)
    if state in _CONFLICTS:
        return "conflict"
    if error.connection_invalidated:
        return "lost"
    if not isinstance(error, OperationalError):
        return None
    if state is None:  # it was never connected
        refused = "FATAL" in text and not any(word in text for word in _STARTING)
        return None if refused or _unfit(text) else "away"
    return "away" if state in _AWAY or state.startswith("08") else None


def _unfit(text: str) -> bool:
    """Whether the client refused the URL itself, such as `invalid sslmode value: "x"`: it asked no server."""
    return re.search(r'\binvalid .*(connection option|value|port number|parameter)\b.*"', text) is not None


def explain(error: Exception, name: str) -> StoreError:
    """A failure in words; `name` is the database's, as it may be shown."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = str(cause).strip().split("\n")[0]
    low, state = text.lower(), getattr(cause, "sqlstate", None)
    if fault(error) == "conflict":
        return Unavailable(f"{name}: other transactions were in the way again and again ({text}); try again")
    if state == "55P03" or "locked" in low or "lock timeout" in low or "busy" in low:
        return Unavailable(f"{name} is locked by another process; try again when it is done")
    if state == "25006" or "readonly" in low or "read-only" in low:
        return StoreError(f"{name} is read-only; make it writable, or copy it and use the copy")
    if text == FOREIGN:
        return StoreError(f"{name} is a database of another program; give another file (this one was not touched)")
    if "not a database" in low:
        return StoreError(f"{name} is not a database; give another file (this one was not touched)")
    if state == "53100" or "disk is full" in low or "disk i/o" in low or "no space" in low:
        return NoRoom(
            f"the disk that holds {name} is full or failing ({text}); what was learned before stays: make room"
        )
    if "unable to open" in low:
        return StoreError(f"{name} cannot be opened; check that it is a file and that you may read and write it")
    if "malformed" in low:
        return StoreError(f"{name} is damaged ({text}); restore a copy")
    if "fatal" in low and 'database "' in low and "does not exist" in low:
        database = text.rpartition('database "')[2].partition('"')[0]
        return StoreError(
            f"there is no database {database!r} on this server ({name}); make it (`createdb {database}`), "
            "or give another in --db"
        )
    if "resolve" in low or "name or service" in low or "translate host name" in low:
        return Unavailable(f"{name}: no such host; check the address")
    if "password" in low or "authentication" in low or "no pg_hba.conf entry" in low or "role" in low:
        return StoreError(f"{name} refused the user name or password ({text.rpartition('FATAL:')[2].strip()})")
    if state == "42P07":
        return StoreError(
            f"{name} has tables of another program ({text}); make plasticdb a database of its own (this one was not touched)"
        )
    if state == "42501":
        return StoreError(f"{name}: {text}; grant it to this user, or log in as another")
    if state is None and _unfit(text):
        return StoreError(f"{name} cannot be used ({text.rpartition('failed: ')[2]}); correct the address")
    if fault(error) is not None or any(word in low for word in ("connect", "closed", "terminat", "timeout")):
        return Unavailable(f"{name} does not answer; try again when it is up")
    return StoreError(f"{name}: {text}")
