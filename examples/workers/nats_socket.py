"""As much of a NATS client as a worker needs, with nothing but the standard library. The protocol:
https://docs.nats.io/reference/reference-protocols/nats-protocol
"""
import collections, json, os, queue, secrets, socket, ssl, sys, threading, time
from urllib.parse import unquote, urlsplit

Message = collections.namedtuple("Message", "subject reply status data")


def token(name):
    """A name as one part of a subject: what is no letter, digit, _ or - is its bytes in hexadecimal."""
    kept = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
    return "".join(chr(byte) if byte in kept else "=%02X" % byte for byte in name.encode())


def project_server():
    """The address of the server of the project that this folder is in, with its password, as the commands find it."""
    folder = os.getcwd()
    while not os.path.isdir(os.path.join(folder, ".3ox")) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    try:
        server = json.loads(read(folder, ".3ox/nats/server.json"))
        os.kill(server["pid"], 0)
        # On Linux it can be told that the process is the server: whoever else has its port is not sent the password.
        if os.path.isdir("/proc/self") and server["name"] not in read("/proc", str(server["pid"]), "cmdline"):
            raise ProcessLookupError
        password = read(folder, ".3ox/nats/server.password").strip()
        return "nats://project:%s@%s" % (password, server["url"].split("://")[-1])
    except (OSError, ValueError, KeyError):
        why = "no NATS server runs for the project of %s: `workflow serve` there brings it up, or set NATS_URL"
        raise ConnectionError(why % folder) from None


def read(*path):
    with open(os.path.join(*path)) as file:
        return file.read()


class Nats:
    """
    A connection that comes back by itself until it is closed. `url`: nats://user:password@host:4222, or several, or a
    function that says so whenever a connection is made.
    """

    def __init__(self, url):
        self.find = url if callable(url) else lambda: url
        self._look()
        user = next((one.username for one in self.urls if one.username and one.password is not None), None)
        self.inbox = "_INBOX." + (token(unquote(user)) + "." if user else "") + secrets.token_hex(8)
        self.listeners, self.waiting, self.lock = {}, {}, threading.Lock()
        self.socket, self.closed, self.max_payload = None, False, 1024 * 1024
        self.subscribe(self.inbox + ".*", self._answered)
        self._connect(self.urls[0])
        threading.Thread(target=self._read_on, daemon=True).start()

    def _look(self):
        urls = self.find().replace(" ", "").split(",")
        self.urls = [urlsplit(one if "://" in one else "nats://" + one) for one in urls]

    def subscribe(self, subject, listener):
        self.listeners[str(len(self.listeners) + 1)] = (subject, listener)
        self.send(b"SUB %s %d\r\n" % (subject.encode(), len(self.listeners)))

    def publish(self, subject, data=b"", reply=""):
        head = "PUB %s %s %d\r\n" % (subject, reply, len(data))
        return self.send(head.encode() + data + b"\r\n")

    def request(self, subject, data, timeout):
        """The answer, or None: nobody listens, no time, no connection."""
        reply = "%s.%s" % (self.inbox, secrets.token_hex(8))
        waiting = self.waiting[reply] = queue.SimpleQueue()
        try:
            return waiting.get(timeout=timeout) if self.publish(subject, data, reply) else None
        except queue.Empty:
            return None
        finally:
            self.waiting.pop(reply, None)

    def close(self):
        self.closed = True
        if self.socket:
            self.socket.close()

    def send(self, data):
        """False when it was not sent: there is no connection now."""
        with self.lock:
            try:
                return self.socket is not None and self.socket.sendall(data) is None
            except OSError:
                # Half a line may have gone out: nothing sensible can follow it.
                self.socket.close()
                self.socket = None
                return False

    def _connect(self, url):
        # The server pings rarely and workers every 5 s, so that a connection that is quiet for longer is dead.
        connection = socket.create_connection((url.hostname or "127.0.0.1", url.port or 4222), timeout=15)
        line = b""
        while not line.endswith(b"\r\n"):
            line += connection.recv(1) or self._fail("the connection was closed")
        info = json.loads(line[5:])
        if info.get("tls_required") or url.scheme == "tls":
            connection = ssl.create_default_context().wrap_socket(connection, server_hostname=url.hostname)
        options = {"verbose": False, "headers": True, "no_responders": True, "lang": "python", "version": "1"}
        known = next((one for one in self.urls if one.username), url)
        if known.password is not None:
            options.update({"user": unquote(known.username), "pass": unquote(known.password)})
        elif known.username:
            options["auth_token"] = unquote(known.username)
        connection.sendall(b"CONNECT " + json.dumps(options).encode() + b"\r\nPING\r\n")
        self.stream, line = connection.makefile("rb"), b""
        while not line.startswith(b"PONG"):
            line = self.stream.readline() or self._fail("the connection was closed")
            if line.startswith(b"-ERR"):
                self._fail(line.decode().strip())
        self.max_payload = info["max_payload"]
        with self.lock:
            self.socket = connection
        for number, (subject, _) in list(self.listeners.items()):
            self.send(b"SUB %s %s\r\n" % (subject.encode(), number.encode()))

    def _fail(self, why):
        raise ConnectionError(why)

    def _read_on(self):
        turn = 0
        while not self.closed:
            try:
                if self.socket is None:
                    turn += 1
                    self._look()
                    self._connect(self.urls[turn % len(self.urls)])
                while True:
                    self._read()
            except (OSError, ValueError):
                with self.lock:
                    if self.socket:
                        self.socket.close()
                    self.socket = None
                # What was asked is asked again; its answer will not come.
                for waiting in list(self.waiting.values()):
                    waiting.put(None)
                time.sleep(0.25)

    def _read(self):
        line = self.stream.readline() or self._fail("the connection was closed")
        verb, *words = line.decode().split()
        if verb == "PING":
            self.send(b"PONG\r\n")
        elif verb == "-ERR":
            print("the server says:", " ".join(words), file=sys.stderr)
        elif verb in ("MSG", "HMSG"):
            data, status = self.stream.read(int(words[-1]) + 2)[:-2], None
            if verb == "HMSG":
                # NATS/1.0 503 ... is a status of the server. Other headers say nothing that we need.
                size = int(words.pop(-2))
                first, data = data[:size].split(b"\r\n")[0].split(), data[size:]
                status = int(first[1]) if len(first) > 1 else None
            reply = words[2] if len(words) == 4 else ""
            try:
                self.listeners[words[1]][1](Message(words[0], reply, status, data))
            except Exception as error:
                print("a message on %s cannot be read: %r" % (words[0], error), file=sys.stderr)

    def _answered(self, message):
        waiting = self.waiting.get(message.subject)
        if waiting:
            waiting.put(message)
