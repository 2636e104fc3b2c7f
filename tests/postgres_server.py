"""A PostgreSQL for the tests, from the binaries that are installed: a cluster of its own, which ends with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

FOLDERS = "/usr/lib/postgresql/*/bin"
"""Where Debian has them, beside the PATH."""


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL, if one is installed."""
    found = sorted(Path("/").glob(f"{FOLDERS[1:]}/initdb"), key=lambda path: float(path.parts[-3]))
    named = found[-1] if found else shutil.which("initdb")
    return Path(named).resolve().parent if named else None


@contextmanager
def started() -> Iterator[URL]:
    """Start a server that listens on a socket in its own folder only; the URL of its database `postgres`.

    It refuses to run as root, who lets the user `postgres` run it.
    """
    folder = binaries()
    assert folder is not None
    owner, before = ("postgres", ["runuser", "-u", "postgres", "--"]) if os.geteuid() == 0 else (_user(), [])
    home = Path(tempfile.mkdtemp(prefix="plasticdb-pg-", dir="/tmp"))  # short: a socket's path may have 107 characters
    if before:
        shutil.chown(home, owner)

    def run(program: str, *words: str) -> None:
        command = [*before, str(folder / program), "-D", str(home / "data"), *words]
        with (home / "log").open("ab") as log:
            done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {(home / 'log').read_text()[-2000:]}")

    try:
        run("initdb", "-U", owner, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off -c max_connections=200"
        run("pg_ctl", "-w", "-l", str(home / "data" / "server.log"), "-o", options, "start")
        yield URL.create("postgresql+psycopg", username=owner, database="postgres", query={"host": str(home)})
    finally:
        if (home / "data" / "postmaster.pid").exists():
            run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


def _user() -> str:
    import getpass

    return getpass.getuser()
