"""A bad network: a TCP proxy before a server, which refuses, delays, freezes, resets, or loses one answer on purpose.

It knows no protocol: what to lose is told by bytes that the client sends (`BOLT_COMMIT`, `POSTGRES_COMMIT`).
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

BOLT_COMMIT = bytes.fromhex("0002 b012 0000")
POSTGRES_COMMIT = b"COMMIT\0"
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: a socket closed so sends a reset."""

Fate = Literal["drop", "freeze", "lose"]
"""What becomes of a connection whose client sends certain bytes.

drop: the server gets them, its answer is thrown away, and both ends see a reset. freeze: the server gets them, and
nothing passes any more, though the connection seems to be there (half-open). lose: reset before the server gets them.
"""


class Proxy:
    """A proxy on a port of the loopback interface; use it in a `with` statement.

    target: (host, port), or the path of a Unix socket. delay: seconds before anything is passed on.
    """

    def __init__(self, target: tuple[str, int] | str) -> None:
        self.target = target
        self.delay = 0.0
        self.port = 0
        self._listener: socket.socket | None = None
        self._pairs: list[_Pair] = []
        self._lock = threading.Lock()
        self._thawed = threading.Event()
        self._thawed.set()
        self._doomed: list[tuple[bytes, Fate]] = []
        self.done: list[Fate] = []
        """What was done on purpose so far."""
        self._closed = False
        self._listen()

    @classmethod
    def before(cls, uri: str) -> Self:
        """A proxy before the server of a URL, which names host and port."""
        parts = urlsplit(uri)
        return cls((parts.hostname or "127.0.0.1", parts.port or 7687))

    def instead(self, uri: str) -> str:
        """A URL with this proxy's host and port in the place of the server's."""
        parts = urlsplit(uri)
        user, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{self.port}"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._stop_listening()
        self.thaw()
        self.reset()

    # What can happen to all.

    def refuse(self, seconds: float | None = None) -> None:
        """Reset what is open and refuse new connections, for so long or until `accept`."""
        self._stop_listening()
        self.reset()
        if seconds is not None:
            timer = threading.Timer(seconds, self.accept)
            timer.daemon = True
            timer.start()

    def accept(self) -> None:
        if self._listener is None and not self._closed:
            self._listen()

    def freeze(self) -> None:
        """Let nothing pass until `thaw`; connections stay open, and new ones are accepted and as silent."""
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    def reset(self) -> None:
        """End all present connections with a reset."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.reset()

    # What can happen to one.

    def doom(self, sent: bytes, fate: Fate, times: int = 1) -> None:
        """The fate of the next connections whose client sends these bytes."""
        self._doomed += [(sent, fate)] * times

    def take(self, before: bytes, sent: bytes) -> Fate | None:
        """The fate that these bytes call up, if any, behind what was sent before; each is called up once."""
        with self._lock:
            for i, (pattern, fate) in enumerate(self._doomed):
                if pattern in before[len(before) - len(pattern) + 1 :] + sent:
                    del self._doomed[i]
                    self.done.append(fate)
                    return fate
        return None

    def held_up(self) -> None:
        """Wait for as long as the network is slow or frozen."""
        time.sleep(self.delay)
        self._thawed.wait()

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(128)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._serve, args=[listener], daemon=True).start()

    def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
            listener.close()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            try:
                pair = _Pair(self, client, _connected(self.target))
            except OSError:  # the server is away
                _reset(client)
                continue
            with self._lock:
                self._pairs.append(pair)
            pair.start()


class _Pair:
    """A client's connection and the one to the server."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._fate: Fate | None = None
        self._over = threading.Event()

    def start(self) -> None:
        for pump in (self._to_server, self._to_client):
            threading.Thread(target=pump, daemon=True).start()

    def reset(self) -> None:
        self._over.set()
        for end in (self._client, self._server):
            _reset(end)

    def _to_server(self) -> None:
        before = b""
        with suppress(OSError):
            while data := self._client.recv(1 << 16):
                self._proxy.held_up()
                fate = self._proxy.take(before[-100:], data)
                if fate == "lose":
                    break
                self._fate = self._fate or fate
                self._server.sendall(data)
                before = data
        self._end()

    def _to_client(self) -> None:
        with suppress(OSError):
            while data := self._server.recv(1 << 16):
                if self._fate == "drop":
                    break
                if self._fate == "freeze":
                    self._over.wait()
                    break
                self._proxy.held_up()
                self._client.sendall(data)
        self._end()

    def _end(self) -> None:
        if self._fate == "freeze" and not self._over.is_set():
            return
        self.reset()


def _connected(target: tuple[str, int] | str) -> socket.socket:
    if not isinstance(target, str):
        return socket.create_connection(target)
    server = socket.socket(socket.AF_UNIX)
    try:
        server.connect(target)
    except OSError:
        server.close()
        raise
    return server


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        if end.family != socket.AF_UNIX:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    with suppress(OSError):
        end.shutdown(socket.SHUT_RD)  # wakes who reads
    with suppress(OSError):
        end.close()
