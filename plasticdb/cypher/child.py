"""The process that Ladybug runs in: it opens copies, makes them, and answers, one line of JSON a request and a reply.

Ladybug is C++: where the disk is full it ends the process that it runs in, and a text can make it take all memory. Here it
ends this process, and `process.py`, in the one that asked, says so. This one has bounded memory, and ends when the other does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

from ..errors import PlasticDBError, StoreError

__all__ = ["main"]

AGAIN = "install it again: pip install --force-reinstall 'plasticdb[cypher]'"
FIRST = 0.02
"""Seconds after which the rows that there are so far are sent: who asked should see some soon."""
ROWS = 1000
"""Rows in a reply at most."""
SIZE = 1 << 20
"""Characters after which a reply is sent."""
LARGEST = 1 << 26
"""Characters of a row at most."""
GRACE = 5.0
"""Seconds that this process lives longer than it was given, should nobody end it."""


def main() -> None:
    """Answer until standard input ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="ascii", newline="\n")
    os.dup2(2, 1)  # what the engine prints is no reply
    requests: SimpleQueue[dict[str, Any]] = SimpleQueue()
    Thread(target=_listen, args=(requests,), daemon=True).start()
    for reply in _answers(requests):
        replies.write(json.dumps(reply) if isinstance(reply, dict) else reply)
        replies.write("\n")
        replies.flush()


def _listen(requests: SimpleQueue[dict[str, Any]]) -> None:
    """Take requests, also while the engine is busy: without whoever asked there is nothing left to do."""
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    os._exit(0)


def _answers(requests: SimpleQueue[dict[str, Any]]) -> Iterator[dict[str, Any] | str]:
    try:
        from .ladybug import Engine
    except Exception as error:
        while requests.get():
            yield _refused(StoreError(f"query needs Ladybug, which cannot be loaded here ({error}); {AGAIN}"))
    engine = Engine()
    rows: Iterator[list[Any]] | None = None
    while True:
        request = requests.get()
        _end_in(request.get("seconds"))
        try:
            match request.pop("do"):
                case "make":
                    engine.make(request["file"])
                    yield {}
                case "execute":
                    engine.execute(request["text"])
                    yield {}
                case "finish":
                    engine.close()
                    yield {}
                case "ask":
                    rows = None  # of the query before, where nobody wanted the rest
                    if not engine.open(request["file"]):
                        yield {"gone": True}
                        continue
                    names, rows = engine.ask(request["query"], request["parameters"], request["explain"])
                    yield from _batch(rows, names)
                case "more" if rows is not None:
                    yield from _batch(rows, None)
                case _:
                    rows = None
        except MemoryError:
            rows = None
            yield _refused(StoreError("query: it needs more memory than it may take; ask for less"))
        except PlasticDBError as error:
            rows = None
            yield _refused(error)
        except Exception as error:  # of the engine while a copy is being made, else ours
            rows = None
            yield {"failed" if isinstance(error, RuntimeError) else "bug": f"{error or type(error).__name__}"}
        finally:
            _end_in(None)


def _refused(error: PlasticDBError) -> dict[str, Any]:
    return {"error": type(error).__name__, "said": str(error)}


def _batch(rows: Iterator[list[Any]], names: list[str] | None) -> Iterator[str]:
    """The next rows as one reply, written by hand: each is measured before there are too many."""
    parts: list[str] = []
    size, until, end = 0, time.monotonic() + FIRST, "true"
    for row in rows:
        parts.append(json.dumps(row, default=str))
        size += len(parts[-1])
        if size > LARGEST:
            raise StoreError(f"query: a row of the answer has more than {LARGEST >> 20} MB; ask for less")
        if len(parts) >= ROWS or size > SIZE or time.monotonic() > until:
            end = "false"
            break
    yield f'{{"names": {json.dumps(names)}, "rows": [{",".join(parts)}], "end": {end}}}'


def _end_in(seconds: float | None) -> None:
    with suppress(AttributeError):  # Windows has no such timer
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE if seconds is not None else 0)
