"""Connections to PostgreSQL that find out when the other end is gone, in the time that the user waits for a server.

The kernel's keepalives tell a dead host. They do not tell a path on which packets vanish behind something that answers
for the host (a proxy, a tunnel): there, an answer that stays away is asked for on another connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.waiting import Ready
from sqlalchemy import URL

__all__ = ["connected", "parameters"]

_SETTINGS = (
    "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS v(name, value) "
    "WHERE name IN (SELECT name FROM pg_settings)"
)
_SESSION = "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()"
_AT_WORK = (
    "SELECT CASE WHEN state = 'active' AND wait_event_type IS DISTINCT FROM 'Client' THEN true "
    "ELSE NOT pg_terminate_backend(pid) END FROM pg_stat_activity WHERE pid = %s AND backend_start::text = %s"
)
"""Whether a session is at work. One that waits for its client, which waits for it, never will be: it is ended, and with it
a transaction whose COMMIT was lost on the way."""


class Connection(psycopg.Connection[Any]):
    """A connection that waits for an answer as long as the server is at work on it."""

    silence = 10.0
    """Seconds without a byte, after which `at_work` is asked."""
    at_work: Callable[[], bool] = staticmethod(lambda: False)

    def wait(self, gen: Generator[Any, Any, Any], *how: Any, **named: Any) -> Any:
        return super().wait(self._watched(gen), *how, **named)

    def _watched(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready != Ready.NONE:
                    heard = time.monotonic()
                elif time.monotonic() - heard > self.silence:
                    if not self.at_work():
                        self.pgconn.finish()
                        raise psycopg.OperationalError("the connection is lost: no answer comes")
                    heard = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value


def parameters(url: URL, timeout: float) -> dict[str, Any]:
    """What libpq is told, beside the address: how long to wait for a connection, and for a host that is silent."""
    silence = _silence(timeout)
    wanted = {
        "connect_timeout": max(1, int(timeout)),
        "keepalives_idle": int(silence),
        "keepalives_interval": max(1, int(silence / 3)),
        "keepalives_count": 3,
        "tcp_user_timeout": int(max(1.0, timeout) * 1000),
    }
    return {name: value for name, value in wanted.items() if name not in url.query}


def connected(timeout: float, arguments: Sequence[Any], how: Mapping[str, Any]) -> Connection:
    """A new connection, whose session on the server ends soon as well where the path to us is gone."""
    connection = Connection.connect(*arguments, **how)
    try:
        connection.silence = _silence(timeout)
        kept = {
            "lock_timeout": max(1, int(timeout * 1000)),
            "tcp_keepalives_idle": int(connection.silence),
            "tcp_keepalives_interval": max(1, int(connection.silence / 3)),
            "tcp_keepalives_count": 3,
            "tcp_user_timeout": int(max(1.0, timeout) * 1000),
        }
        connection.execute(_SETTINGS, (list(kept), [str(value) for value in kept.values()]))
        session = connection.execute(_SESSION).fetchone()
        connection.commit()
    except BaseException:
        connection.close()
        raise
    if session is None:  # this server does not tell: then it is waited for
        connection.at_work = lambda: True
    else:
        quick = dict(how) | {"connect_timeout": max(2, int(connection.silence)), "autocommit": True}
        connection.at_work = lambda: _at_work(arguments, quick, connection.silence, session)
    return connection


def _at_work(arguments: Sequence[Any], how: Mapping[str, Any], silence: float, session: Sequence[Any]) -> bool:
    """Ask the server, on a connection of its own, about a session; False as well where it cannot be asked."""
    try:
        with Connection.connect(*arguments, **how) as other:
            other.silence = silence
            found = other.execute(_AT_WORK, session).fetchone()
    except psycopg.Error:
        return False
    return bool(found and found[0])


def _silence(timeout: float) -> float:
    return max(1.0, timeout / 3)
