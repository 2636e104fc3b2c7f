"""Scripts that begin where their imports are done: a process that has them forks for each, and may start many at once.

Each is a process of its own, as if Python had been started with the script: it has its own environment and streams, makes its own
connections, and can be killed. Only Python's start and the imports are missing, which take longer than most scripts.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import IO

__all__ = ["Fork", "Forks"]

IMPORTED = [
    "numpy",
    "alembic.command",
    "alembic.config",
    "plasticdb.api",
    "plasticdb.continual.memory",
    "plasticdb.engram.memory",
    "plasticdb.sequence.memory",
    "plasticdb.transform.memory",
]
"""What the scripts need. Nothing of it opens a connection, which would be shared."""


@dataclass(slots=True)
class Fork:
    """A script that was begun, with as much of `subprocess.Popen` as its callers need."""

    pid: int
    stdout: IO[bytes]
    stderr: IO[bytes] = field(repr=False)
    ended: IO[bytes] = field(repr=False)
    returncode: int | None = None

    def kill(self) -> None:
        """End it at once, unless it has ended."""
        if self.returncode is None and not select.select([self.ended], [], [], 0)[0]:
            os.kill(self.pid, signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Wait for its end; what it printed, and what it said on standard error."""
        if self.returncode is None:
            if not select.select([self.ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            with self.ended:
                self.returncode = int(self.ended.readline())
        with self.stdout, self.stderr:
            self.stderr.seek(0)
            return self.stdout.read(), self.stderr.read()


class Forks:
    """The process that forks; it ends when this is closed."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            words = [sys.executable, __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(words, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def close(self) -> None:
        self._ours.close()
        self._process.wait()

    def start(self, script: Path, words: Sequence[str], environ: dict[str, str]) -> Fork:
        """Run a script with these words, in this environment."""
        (out, prints), (ended, ends), err = os.pipe(), os.pipe(), tempfile.TemporaryFile()  # noqa: SIM115 (the fork closes it)
        asked = json.dumps([str(script), *words, environ]).encode()
        socket.send_fds(self._ours, [len(asked).to_bytes(4, "big")], [prints, err.fileno(), ends])
        self._ours.sendall(asked)
        for stream in (prints, ends):
            os.close(stream)
        told = os.fdopen(ended, "rb")
        return Fork(int(told.readline()), os.fdopen(out, "rb"), err, told)


def serve(ours: socket.socket) -> str:
    """Fork for each script that is asked for; in the fork return its path, when all is as in a new process.

    Between the two stands a process that waits for the script's end and tells it: so this one can go on.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those between
    while True:
        size, streams, _, _ = socket.recv_fds(ours, 4, 3)
        if not size:
            sys.exit()
        script, *words, environ = json.loads(ours.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL))
        if os.fork() == 0:
            break
        for stream in streams:
            os.close(stream)
    ours.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *printed, ends = streams
    if pid := os.fork():
        for stream in printed:
            os.close(stream)
        os.write(ends, f"{pid}\n".encode())
        os.write(ends, f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
        os._exit(0)
    os.close(ends)
    for place, stream in enumerate(printed, 1):
        os.dup2(stream, place)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = [script, *words]
    sys.path.insert(0, str(Path(script).parent))
    return str(script)


if __name__ == "__main__":
    for name in IMPORTED:
        import_module(name)
    gc.freeze()  # so that no fork copies what it never changes
    runpy.run_path(serve(socket.socket(fileno=int(sys.argv[1]))), run_name="__main__")
