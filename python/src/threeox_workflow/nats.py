"""As much of a NATS client as a worker needs, with nothing but the standard library. The protocol:
https://docs.nats.io/reference/reference-protocols/nats-protocol
"""

from __future__ import annotations

import json
import queue
import secrets
import socket
import ssl
import sys
import threading
import time
from typing import Any, BinaryIO, Callable, Dict, List, NamedTuple, NoReturn, Optional, Tuple, Union
from urllib.parse import SplitResult, unquote, urlsplit


class Message(NamedTuple):
    subject: str
    reply: str
    #: Of the server, such as 503 where nobody listens; None for a message.
    status: Optional[int]
    data: bytes


Listener = Callable[[Message], Any]


def token(name: str) -> str:
    """A name as one part of a subject: what is no letter, digit, _ or - is its bytes in hexadecimal."""
    kept = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
    return "".join(chr(byte) if byte in kept else "=%02X" % byte for byte in name.encode())


class Nats:
    """
    A connection that comes back by itself until it is closed. `url`: nats://user:password@host:4222, or several, or a
    function that says so whenever a connection is made.
    """

    def __init__(self, url: Union[str, Callable[[], str]]) -> None:
        self._find: Callable[[], str] = url if callable(url) else lambda: str(url)
        self._urls: List[SplitResult] = []
        self._look()
        user = next((one.username for one in self._urls if one.username and one.password is not None), None)
        self.inbox = "_INBOX." + (token(unquote(user)) + "." if user else "") + secrets.token_hex(8)
        self.max_payload = 1024 * 1024
        self._listeners: Dict[str, Tuple[str, Listener]] = {}
        self._waiting: Dict[str, "queue.SimpleQueue[Optional[Message]]"] = {}
        self._lock = threading.Lock()
        self._socket: Optional[socket.socket] = None
        self._stream: BinaryIO
        self._closed = False
        self.subscribe(self.inbox + ".*", self._answered)
        first = self._urls[0]
        try:
            self._connect(first)
        except (OSError, ValueError) as error:
            # Without the user and the password.
            why = "no connection to NATS at %s: %s; `workflow serve` brings a server up, NATS_URL names one"
            raise ConnectionError(why % (first.netloc.rpartition("@")[2], error)) from None
        threading.Thread(target=self._read_on, daemon=True).start()

    def _look(self) -> None:
        urls = self._find().replace(" ", "").split(",")
        self._urls = [urlsplit(one if "://" in one else "nats://" + one) for one in urls]

    def subscribe(self, subject: str, listener: Listener) -> None:
        self._listeners[str(len(self._listeners) + 1)] = (subject, listener)
        self.send(b"SUB %s %d\r\n" % (subject.encode(), len(self._listeners)))

    def publish(self, subject: str, data: bytes = b"", reply: str = "") -> bool:
        head = "PUB %s %s %d\r\n" % (subject, reply, len(data))
        return self.send(head.encode() + data + b"\r\n")

    def request(self, subject: str, data: bytes, timeout: float) -> Optional[Message]:
        """The answer, or None: nobody listens, no time, no connection."""
        reply = "%s.%s" % (self.inbox, secrets.token_hex(8))
        waiting: "queue.SimpleQueue[Optional[Message]]" = queue.SimpleQueue()
        self._waiting[reply] = waiting
        try:
            return waiting.get(timeout=timeout) if self.publish(subject, data, reply) else None
        except queue.Empty:
            return None
        finally:
            self._waiting.pop(reply, None)

    def close(self) -> None:
        self._closed = True
        if self._socket:
            self._socket.close()

    def send(self, data: bytes) -> bool:
        """False when it was not sent: there is no connection now."""
        with self._lock:
            try:
                return self._socket is not None and self._socket.sendall(data) is None
            except OSError:
                # Half a line may have gone out: nothing sensible can follow it.
                if self._socket is not None:
                    self._socket.close()
                self._socket = None
                return False

    def _connect(self, url: SplitResult) -> None:
        # The server pings rarely and workers every 5 s, so that a connection that is quiet for longer is dead.
        connection: socket.socket = socket.create_connection((url.hostname or "127.0.0.1", url.port or 4222), timeout=15)
        line = b""
        while not line.endswith(b"\r\n"):
            line += connection.recv(1) or self._fail("the connection was closed")
        info = json.loads(line[5:])
        if info.get("tls_required") or url.scheme == "tls":
            connection = ssl.create_default_context().wrap_socket(connection, server_hostname=url.hostname)
        options: Dict[str, Any] = {"verbose": False, "headers": True, "no_responders": True, "lang": "python", "version": "1"}
        known = next((one for one in self._urls if one.username), url)
        if known.password is not None:
            options.update({"user": unquote(known.username or ""), "pass": unquote(known.password)})
        elif known.username:
            options["auth_token"] = unquote(known.username)
        connection.sendall(b"CONNECT " + json.dumps(options).encode() + b"\r\nPING\r\n")
        self._stream, line = connection.makefile("rb"), b""
        while not line.startswith(b"PONG"):
            line = self._stream.readline() or self._fail("the connection was closed")
            if line.startswith(b"-ERR"):
                self._fail(line.decode().strip())
        self.max_payload = info["max_payload"]
        with self._lock:
            self._socket = connection
        for number, (subject, _) in list(self._listeners.items()):
            self.send(b"SUB %s %s\r\n" % (subject.encode(), number.encode()))

    def _fail(self, why: str) -> NoReturn:
        raise ConnectionError(why)

    def _read_on(self) -> None:
        turn = 0
        while not self._closed:
            try:
                if self._socket is None:
                    turn += 1
                    self._look()
                    self._connect(self._urls[turn % len(self._urls)])
                while True:
                    self._read()
            except (OSError, ValueError):
                with self._lock:
                    if self._socket:
                        self._socket.close()
                    self._socket = None
                # What was asked is asked again; its answer will not come.
                for waiting in list(self._waiting.values()):
                    waiting.put(None)
                time.sleep(0.25)

    def _read(self) -> None:
        line = self._stream.readline() or self._fail("the connection was closed")
        verb, *words = line.decode().split()
        if verb == "PING":
            self.send(b"PONG\r\n")
        elif verb == "-ERR":
            print("the server says:", " ".join(words), file=sys.stderr)
        elif verb in ("MSG", "HMSG"):
            data = self._stream.read(int(words[-1]) + 2)[:-2]
            status: Optional[int] = None
            if verb == "HMSG":
                # NATS/1.0 503 ... is a status of the server. Other headers say nothing that we need.
                size = int(words.pop(-2))
                first, data = data[:size].split(b"\r\n")[0].split(), data[size:]
                status = int(first[1]) if len(first) > 1 else None
            reply = words[2] if len(words) == 4 else ""
            try:
                self._listeners[words[1]][1](Message(words[0], reply, status, data))
            except Exception as error:
                print("a message on %s cannot be read: %r" % (words[0], error), file=sys.stderr)

    def _answered(self, message: Message) -> None:
        waiting = self._waiting.get(message.subject)
        if waiting:
            waiting.put(message)
