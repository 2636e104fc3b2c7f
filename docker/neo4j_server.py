"""A local Neo4j Community server without Docker, from its Maven artifacts: for the tests and for `make neo4j`.

Needs Java 17 or newer, and Maven for the first start, which downloads 130 MB into the ignored folder `.neo4j/`.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import secrets
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

VERSION = "5.26.30"
STATE = Path(__file__).resolve().parents[1] / ".neo4j"
JARS = STATE / "lib" / VERSION
START_SECONDS = 60
STOP_SECONDS = 30

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>neo4j-home</artifactId><version>1</version><dependencies>
<dependency><groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId><version>{VERSION}</version></dependency>
<dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{VERSION}</version></dependency>
</dependencies></project>
"""
OPENED_TO_NEO4J = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
# Bolt's magic number, then four proposals: 5.0 to 5.8, and three empty ones.
BOLT_HANDSHAKE = bytes.fromhex("6060b017 00080805 00000000 00000000 00000000")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `home` holds its data, its configuration and its logs."""

    uri: str
    username: str
    password: str = field(repr=False)
    home: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        """End the server and wait for it; does nothing where it has ended."""
        _end(self.pid, self.home)
        self.process.wait()


def available() -> str | None:
    """None where a server can be started here, otherwise the reason why not."""
    if sys.platform != "linux":
        return "a Neo4j without Docker starts on Linux only; start Docker, or set NEO4J_URI to a server that runs"
    if (java := shutil.which("java")) is None:
        return "there is no `java` on the PATH; install Java 17 or newer (Debian: default-jre-headless)"
    shown = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', shown)
    if found is None or int(found[1]) < 17:
        return f"Java 17 or newer is needed, and `java -version` says: {shown.strip()[:100]}"
    if not JARS.exists() and shutil.which("mvn") is None:
        return "there is no `mvn` on the PATH to download Neo4j with; install Maven (Debian: maven)"
    return None


def start(home: Path, password: str, *, heap: str = "2g", detached: bool = False, brief: bool = False) -> Server:
    """Start a server on a free port of the loopback interface and wait until Bolt answers.

    Where `home` has no data yet, `password` (8 or more letters and digits) becomes the password of the user `neo4j`;
    otherwise it must be the one that the data were made with. A server that is not `detached` ends with this process.
    A `brief` one takes half the processor time for what is done once or twice, and more for what is done often; and it keeps
    the plan of a query, however its graph grows.
    """
    if not re.fullmatch("[A-Za-z0-9]{8,}", password):
        raise ValueError("the password of a local Neo4j must be 8 or more letters and digits")
    if reason := available():
        raise RuntimeError(f"Neo4j can't be started: {reason}")
    home = home.resolve()
    classpath = str(_jars() / "*")
    port = _free_port()
    configuration = _configure(home, port, heap, brief)
    environment = os.environ | {"NEO4J_HOME": str(home), "NEO4J_CONF": str(configuration)}
    if not (home / "data" / "databases").exists():
        _set_first_password(home, password, classpath, environment)

    tied = [] if detached else _tied()
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED_TO_NEO4J]
    # A server without memory answers nobody, and does not end either: better that it ends, and is started again.
    memory = [f"-Xmx{heap}", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"]
    compiled = ["-XX:TieredStopAtLevel=1"] * brief
    java = ["java", *memory, *compiled, *opened, "-Dio.netty.tryReflectionSetAccessible=true"]
    server = ["org.neo4j.server.CommunityEntryPoint", f"--home-dir={home}", f"--config-dir={configuration}"]
    log = home / "console.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*tied, *java, "-cp", classpath, *server, "--console-mode"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # an interrupt in the terminal is for the caller, who then stops the server
        )
    try:
        _wait_for_bolt(process, port, log)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return Server(f"bolt://127.0.0.1:{port}", "neo4j", password, home, process)


def _jars() -> Path:
    """Neo4j's jars, downloaded where they are missing; a download that is killed leaves nothing that looks whole."""
    with _lock("download"):
        if not JARS.exists():
            print(f"downloading Neo4j {VERSION} (130 MB, once)", file=sys.stderr)
            JARS.parent.mkdir(exist_ok=True)
            for abandoned in JARS.parent.glob("partial-*"):
                shutil.rmtree(abandoned)
            partial = Path(tempfile.mkdtemp(prefix="partial-", dir=JARS.parent))
            (partial / "pom.xml").write_text(POM)
            copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={partial / 'jars'}"]
            maven = [
                "mvn",
                "-B",
                "-q",
                "-Dstyle.color=never",
                "--strict-checksums",
                "-f",
                str(partial / "pom.xml"),
                *copy,
            ]
            subprocess.run(maven, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
            (partial / "jars").rename(JARS)
            shutil.rmtree(partial)
    return JARS


def _configure(home: Path, port: int, heap: str, brief: bool) -> Path:
    settings = {
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "server.memory.pagecache.size": "256m",
        # What one transaction may take of the heap: a query that would take more is ended, and the others go on.
        "db.memory.transaction.max": f"{_megabytes(heap) * 7 // 10}m",
        "db.tx_log.preallocate": "false",  # 512 MB otherwise, for an empty graph
        "dbms.usage_report.enabled": "false",
        "internal.server.bolt.thread_pool_shutdown_wait_time": "1s",  # twice 5 s otherwise, with nothing to wait for
    }
    if brief:  # every few seconds otherwise, where graphs are emptied and filled: a third of the processor time
        settings["dbms.cypher.min_replan_interval"] = "24h"
    configuration = home / "conf"
    configuration.mkdir(parents=True, exist_ok=True)
    (configuration / "neo4j.conf").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return configuration


def _megabytes(size: str) -> int:
    return int(size[:-1]) * {"m": 1, "g": 1024}[size[-1].lower()]


def _set_first_password(home: Path, password: str, classpath: str, environment: dict[str, str]) -> None:
    # The command takes the password as an argument, and `@FILE` for an argument: so it isn't in the list of processes.
    secret = home / "first-password"
    _write_secret(secret, password)
    try:
        command = ["java", "-cp", classpath, "org.neo4j.cli.AdminTool", "dbms", "set-initial-password", f"@{secret}"]
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    finally:
        secret.unlink()
    if done.returncode:
        raise RuntimeError(f"Neo4j's first password could not be set: {done.stderr.strip()}")


def _wait_for_bolt(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(port):
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            said = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            what = f"ended with code {process.returncode}" if ended else f"did not answer within {START_SECONDS} s"
            raise RuntimeError(f"Neo4j {what}; the end of {log}:\n{said}")
        time.sleep(0.25)


def _answers(port: int) -> bool:
    """Whether a Bolt server agrees to one of the versions proposed to it."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(BOLT_HANDSHAKE)
            return connection.recv(4, socket.MSG_WAITALL) not in (b"", bytes(4))
    except OSError:
        return False


def _runs(pid: int, home: Path) -> bool:
    """Whether the process is the server of this home, and not another that got the number of one long gone."""
    try:
        shown = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return False
    return "org.neo4j.server.CommunityEntryPoint" in shown and f"--home-dir={home}" in shown


def _end(pid: int, home: Path) -> None:
    try:
        process = os.pidfd_open(pid)  # from here on it is one process, and it is over once this can be read
    except ProcessLookupError:
        return
    with open(process, "rb"):
        for ending in (signal.SIGTERM, signal.SIGKILL):
            if _runs(pid, home):
                signal.pidfd_send_signal(process, ending)
                select.select([process], [], [], STOP_SECONDS)


def _tied() -> list[str]:
    """What to put before a command that must not outlive this process, even where this one is killed."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


@contextmanager
def _lock(name: str) -> Iterator[None]:
    """One process at a time; the kernel frees the lock of a process that is killed."""
    STATE.mkdir(exist_ok=True)
    with (STATE / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _noted(note: Path) -> tuple[int, str] | None:
    """The process and the address of the server that `make neo4j` started, where it still runs."""
    if not note.exists():
        return None
    pid, uri = note.read_text().split()
    return (int(pid), uri) if _runs(int(pid), STATE) else None


def _start_detached() -> None:
    """`make neo4j`: a server that stays, with its data in `.neo4j/data`."""
    secret, note = STATE / "password", STATE / "server"
    with _lock("server"):
        found = running = _noted(note)
        if running is None:
            if not (STATE / "data" / "databases").exists():
                _write_secret(secret, secrets.token_hex(16))
            elif not secret.exists():
                raise RuntimeError(
                    f"{STATE / 'data'} needs its password, and {secret} is gone; remove data to start anew"
                )
            server = start(STATE, secret.read_text(), detached=True)
            running = server.pid, server.uri
            note.write_text(f"{server.pid} {server.uri}\n")
    state = "is running" if found is None else "was already running"
    print(f"# Neo4j {VERSION} {state} (process {running[0]}); `make neo4j-stop` ends it. To use it:")
    print(f"export NEO4J_URI={running[1]}")
    print("export NEO4J_USERNAME=neo4j")
    print("export PLASTICDB_DB=neo4j  # what plasticdb opens from now on; or say --db neo4j each time")
    print(f'export NEO4J_PASSWORD="$(cat {shlex.quote(os.path.relpath(secret))})"')


def _stop_detached() -> None:
    """`make neo4j-stop`: end the server that `make neo4j` started, and no other."""
    note = STATE / "server"
    with _lock("server"):
        running = _noted(note)
        if running is not None:
            _end(running[0], STATE)
        note.unlink(missing_ok=True)
    print("`make neo4j` has no Neo4j running" if running is None else f"Neo4j (process {running[0]}) has ended")


def main() -> None:
    parser = argparse.ArgumentParser(description="Start or stop a local Neo4j whose data are in .neo4j/.")
    parser.add_argument("verb", choices=["start", "stop"])
    try:
        if parser.parse_args().verb == "start":
            _start_detached()
        else:
            _stop_detached()
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
