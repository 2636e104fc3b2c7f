"""Sessions of a Neo4j server or cluster: an operation is tried until it is done, for as long as the timeout says.

All sessions share their bookmarks: on a cluster, whichever member answers has what any of them has written or read
before. What is tried again must be idempotent, since the answer of a commit may be lost when all else was done.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import (
    ConnectionAcquisitionTimeoutError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    TransientError,
)

from ...errors import BadInput
from .answers import FAILURES, explained, is_hopeless
from .limits import SHORTEST, Limit, cut_short, limited, watch

__all__ = ["ROWS_A_SECOND", "Sessions"]

T = TypeVar("T")

CONNECTING = 10.0
"""Seconds that one attempt to connect may take."""
SPENT = 5.0
"""The same where the timeout has been waited for already, and in vain."""
IDLE = 5.0
"""Seconds after which a connection is asked whether it is still there before it is used."""
MEMORY = 2.0
"""Seconds in which a transaction is tried again for which the server had no memory left: others may have taken it."""
ROWS_A_SECOND = 10_000
"""What a slow server writes or reads: a large batch may take so much longer than the timeout until it is answered."""


class Sessions:
    """Sessions of one database; any number of threads may use them at once."""

    def __init__(
        self, uri: str, auth: tuple[str, str], *, database: str, where: str, timeout: float, routed: bool
    ) -> None:
        self.database, self.where, self._timeout, self.routed = database, where, timeout, routed
        self._closed = False
        self._away: tuple[float, float] | None = None
        """The first and the last failure since the server last answered."""
        self._connect = partial(
            neo4j.GraphDatabase.driver,
            uri,
            auth=auth,
            connection_timeout=max(SHORTEST, min(timeout, CONNECTING)),
            connection_write_timeout=max(SHORTEST, timeout),
            liveness_check_timeout=IDLE,
            notifications_min_severity="OFF",
            user_agent="plasticdb",
        )
        self._begin()

    def _begin(self) -> None:
        self._driver, self._bookmarks = self._connect(), neo4j.GraphDatabase.bookmark_manager()
        watch(self._driver, self._timeout)

    def renew(self) -> object:
        """In a forked process: leave the connections to the parent, and make others; the old ones, not to be closed here."""
        parents = self._driver
        self._begin()
        return parents

    def close(self) -> None:
        """Give the connections back; who uses them after that gets a BadInput."""
        self._closed = True
        with explained(self.where, self.database), limited(Limit(silence=0)):
            self._driver.close()

    def open(self, mode: str = neo4j.WRITE_ACCESS, connecting: float = CONNECTING) -> neo4j.Session:
        """A session, to be closed by the caller."""
        if self._closed:
            raise BadInput("the database was closed; open it again")
        return self._driver.session(
            database=self.database,
            default_access_mode=mode,
            bookmark_manager=self._bookmarks,
            connection_acquisition_timeout=max(SHORTEST, connecting),
            max_transaction_retry_time=0,  # `insist` tries again, and knows for how long
        )

    def read(
        self, query: str, parameters: dict[str, Any], *, rows: int = 0, newest: bool = False, patient: bool = True
    ) -> Any:
        """The only record of a query, None if there is none.

        rows: about how many it reads. newest: ask whoever has the newest state, on a cluster its leader; what is read by
        any member after that is as new at least. patient: try for as long as the timeout says, and not once.
        """
        # One statement is a transaction of its own: to begin and to end one would be two more trips to the server.
        mode = neo4j.WRITE_ACCESS if newest and self.routed else neo4j.READ_ACCESS
        return self.insist(
            lambda session: session.run(query, parameters).single(), rows=rows, patient=patient, mode=mode
        )

    def write(self, work: Callable[..., T], *arguments: Any, rows: int = 0) -> T:
        """What an idempotent function makes of a transaction, once that is committed. `rows`: about how many it writes."""
        return self.insist(lambda session: session.execute_write(work, *arguments), rows=rows)

    def insist(
        self,
        attempt: Callable[[neo4j.Session], T],
        *,
        rows: int = 0,
        patient: bool = True,
        limit: Limit | None = None,
        mode: str = neo4j.WRITE_ACCESS,
    ) -> T:
        """What an attempt gives, made again and again while the server is away, has no leader, or has others in our way."""
        limit = limit or Limit(silence=self._timeout + rows / ROWS_A_SECOND)
        again = self._again(limit, patient)
        with explained(self.where, self.database):
            while True:
                try:
                    with limited(limit), self.open(mode, self.connecting()) as session, cut_short(limit):
                        done = attempt(session)
                except FAILURES as error:
                    limit.go_on()
                    pause = again(error)
                    if pause is None:
                        raise
                    time.sleep(pause)
                else:
                    self._away = None
                    return done

    def retrying(self, limit: Limit) -> Callable[[Exception], float | None]:
        """What says of an error how long to wait until another attempt is worth it, or None, for those who try by themselves."""
        return self._again(limit, True)

    def _again(self, limit: Limit, patient: bool) -> Callable[[Exception], float | None]:
        began, pauses, tries = time.monotonic(), _pauses(), 0
        timeout = self._timeout if patient else 0.0

        def again(error: Exception) -> float | None:
            nonlocal tries
            tries += 1
            now = time.monotonic()
            if not _is_worth_it(error) or (limit.until is not None and now >= limit.until):
                return None
            if isinstance(error, TransientError) and "OutOfMemory" in (error.code or ""):
                return next(pauses) if now < began + min(MEMORY, timeout) else None
            if isinstance(error, TransientError) and "lock" in (error.code or "").lower():
                return random.uniform(0.01, 0.2) if now < began + timeout else None
            since = self._gone(began)
            if (limit.silent or limit.heard) and tries == 1 and patient:
                limit.silent = False
                return 0.0  # the connection was lost, and not the server: another one tells what became of it all
            return min(next(pauses), since + timeout - now) if now < since + timeout else None

        return again

    def _gone(self, began: float) -> float:
        """Note that there was no answer, and say since when: what waits after another has waited does not begin anew."""
        now = time.monotonic()
        since = began if self._away is None or now - self._away[1] > self._timeout + CONNECTING else self._away[0]
        self._away = (since, now)
        return since

    def connecting(self) -> float:
        """How long an attempt to connect may take."""
        if self._away is None:
            return min(self._timeout / 2, CONNECTING)  # so that there can be a second one
        left = self._away[0] + self._timeout - time.monotonic()
        return min(left, CONNECTING) if left > 0 else min(self._timeout, SPENT)


def _is_worth_it(error: Exception) -> bool:
    if is_hopeless(error):
        return False
    if isinstance(error, Neo4jError | DriverError):
        return error.is_retryable() or isinstance(error, IncompleteCommit | ConnectionAcquisitionTimeoutError)
    return isinstance(error, OSError | RuntimeError)


def _pauses() -> Iterator[float]:
    pause = 0.1
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(2 * pause, 1.0)
