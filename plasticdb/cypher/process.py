"""The other end of `child.py`: a process that Ladybug runs in, which may end at any time, and is then said to have.

It is a plain Python with pipes, and neither forked nor `multiprocessing`: that works in notebooks, in threads, and in
programs that have no `if __name__ == "__main__"`. It ends when its standard input does, so none is left behind.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import Any

from .. import errors
from ..errors import PlasticDBError, StoreError

__all__ = ["Child", "Ended"]

AT_ONCE = 0.1
"""Seconds in which it shows that a process had ended before it was asked."""
_CODE = "import sys; sys.path[:] = sys.argv[1:]; from plasticdb.cypher.child import main; main()"
_SOURCE = str(Path(__file__).parents[2])
"""Where this package is, which an editable install does not have on the path."""


class Ended(Exception):
    """The process has ended: `late` if since its time was up, otherwise `why`.

    `before`: it had been waiting for this request, and may have ended before it came.
    """

    def __init__(self, late: bool, why: str, before: bool = False) -> None:
        super().__init__(why)
        self.late, self.why, self.before = late, why, before


class Child:
    """A process with Ladybug in it. One request at a time; it belongs to the process that made it."""

    def __init__(self) -> None:
        if not sys.executable:
            raise StoreError("query needs a Python that it can start, and sys.executable names none")
        self.owner = os.getpid()
        self._late = self._waited = False
        # -I -S: as this Python found its modules so does the other, without looking again, which is half of its start.
        path = [*(part for part in sys.path if isinstance(part, str)), _SOURCE]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CODE, *path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("PLASTICDB_DEBUG") else subprocess.DEVNULL,
            env={**os.environ, "MALLOC_ARENA_MAX": "2"},  # each takes addresses that it never uses
            start_new_session=True,  # an interrupt in the terminal is for us, who then end it
        )

    @property
    def alive(self) -> bool:
        """Whether it is there, and ours: a forked process has only copies of its pipes."""
        return self.owner == os.getpid() and self._process.poll() is None

    @contextmanager
    def until(self, end: float | None) -> Iterator[None]:
        """Let it live no longer than a moment of `time.monotonic()`."""
        if end is None:
            yield
            return
        timer = Timer(max(end - time.monotonic(), 0), self._end_late)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _end_late(self) -> None:
        self._late = True
        self._process.kill()

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """What it answers. Raises what it raised, and Ended where it is not there any more."""
        began = time.monotonic()
        self.tell(do, **more)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            self._waited = self._waited and time.monotonic() < began + AT_ONCE
            raise self._ended()
        self._waited = False
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            kind: type[PlasticDBError] = getattr(errors, reply["error"])
            raise kind(reply["said"])
        if "bug" in reply:
            raise RuntimeError(reply["bug"])
        return reply

    def rest(self) -> None:
        """Let it wait for another request; what is left of the answer to the last is not wanted."""
        self.tell("stop")
        self._waited = True

    def tell(self, do: str, **more: Any) -> None:
        """Send a request."""
        if self.owner != os.getpid():
            raise StoreError("query: its rows were begun before this process was forked; ask again here")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            raise self._ended() from None

    def _ended(self) -> Ended:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)  # why it ends it says itself, if it is left to
        self.close()
        code = self._process.returncode
        why = f"exit {code}"
        with suppress(ValueError):
            why = signal.Signals(-code).name if code < 0 else why
        return Ended(self._late, why, self._waited)

    def close(self) -> None:
        """End it."""
        process = self._process
        if self.owner == os.getpid():
            process.kill()
            process.wait()
        else:
            process.returncode = 0  # it is another's to wait for
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(OSError):  # what was not sent
                pipe.close()
