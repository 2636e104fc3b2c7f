"""What the driver of Neo4j says to the server, as its log has it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["listening"]


@contextmanager
def listening(handler: logging.Handler) -> Iterator[None]:
    """Give all that the driver says to a handler."""
    log = logging.getLogger("neo4j.io")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    yield
    log.setLevel(level)
    log.removeHandler(handler)
