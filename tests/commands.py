"""Commands that begin where all their imports are done: a process that has them forks for each command.

A command is a process of its own, with its own arguments, folder, environment and standard streams, as if it had been
started. Only Python's start is missing, which takes longer than most commands. What concerns the start itself (a closed
standard input, permissions, PYTHONPATH) needs a new Python.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from threading import Thread

__all__ = ["Commands", "environ"]

IMPORTED = ["plasticdb.config.files", "plasticdb.config.trust", "plasticdb.files.sources", "rich.table"]
"""What most commands need, beside the modules of the command line and of the kinds of memories."""


def environ(**more: str) -> dict[str, str]:
    """The environment without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLASTICDB_", "NEO4J_"))}
    return kept | {"PYTHONWARNINGS": "error", "PYTHONUTF8": "1"} | more


@dataclass(slots=True)
class Commands:
    """The process that forks, with the environment that all commands share; it ends when this is closed."""

    environ: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False, repr=False)
    ours: socket.socket = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.ours, theirs = socket.socketpair()
        with theirs:
            words = [sys.executable, __file__, str(theirs.fileno())]
            self.process = subprocess.Popen(
                words, env=self.environ, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )

    def close(self) -> None:
        self.ours.close()
        self.process.wait()

    def run(
        self, words: Sequence[str], cwd: Path, environ: dict[str, str], input: bytes, timeout: float = 120
    ) -> tuple[int, bytes, bytes]:
        """The exit code of a command, its output, and what it said on standard error."""
        end, begin = os.pipe()
        feeding = Thread(target=_feed, args=[begin, input])
        asked = json.dumps([words, str(cwd), environ]).encode()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            socket.send_fds(self.ours, [len(asked).to_bytes(4, "big")], [end, out.fileno(), err.fileno()])
            os.close(end)
            self.ours.sendall(asked)
            feeding.start()
            self.ours.settimeout(timeout)
            code = int(self.ours.recv(8))
            feeding.join()
            out.seek(0)
            err.seek(0)
            return code, out.read(), err.read()


def _feed(pipe: int, text: bytes) -> None:
    with suppress(BrokenPipeError), open(pipe, "wb") as stream:
        stream.write(text)


def serve(ours: socket.socket) -> None:
    """Fork for each command that is asked for; return in the fork, when it is as a new process is."""
    while True:
        size, streams, _, _ = socket.recv_fds(ours, 4, 3)
        if not size:
            ours.close()
            sys.exit()
        words, cwd, environ = json.loads(ours.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL))
        if (pid := os.fork()) == 0:
            break
        for stream in streams:
            os.close(stream)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        ours.sendall(str(code).encode())
    ours.close()
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115 (as long as the process)
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["-c", *words]


def prepare() -> None:
    """Import what commands import, and find the statements that make a new database."""
    from plasticdb.cli.main import verbs

    from plasticdb import PlasticDB
    from plasticdb.kinds import load, own

    for name in IMPORTED:
        import_module(name)
    for module, _ in verbs().values():
        import_module(module if "." in module else f"plasticdb.cli.{module}")
    for kind in own():
        load(kind.memory)
    with PlasticDB.open(":memory:") as db:
        db.sequence("s").learn("a")


if __name__ == "__main__":
    from plasticdb.cli.main import main

    prepare()
    gc.freeze()  # so that no fork copies what it never changes
    serve(socket.socket(fileno=int(sys.argv[1])))
    main()
