import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any, Dict, Generator, Iterable, List
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src"))
from threeox_workflow import Client, Refused, Run, serve
from threeox_workflow.http_api import HttpApi
from threeox_workflow.http_worker import HttpWorker
from threeox_workflow.workers import Worker


REFUSAL = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Answering:
    """Answers each request with the next bytes, the last ones again and again, and keeps what was asked."""

    def __init__(self, *answers: bytes) -> None:
        self.asked: List[bytes] = []
        self._answers = answers
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(65536))
                self.say(connection, self._answers[min(len(self.asked), len(self._answers)) - 1])

    def say(self, connection: socket.socket, answer: bytes) -> None:
        connection.sendall(answer)

    def close(self) -> None:
        self._server.close()


class Trickling(Answering):
    """Says a byte at a time, so that it is never silent. `has_ended` once it was let come to its end."""

    has_ended = False

    def say(self, connection: socket.socket, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        try:
            connection.sendall(head + b"\r\n\r\n")
            for byte in body:
                time.sleep(0.05)
                connection.sendall(bytes([byte]))
            self.has_ended = True
        except OSError:
            # Whoever asked has hung up.
            pass


def answer(body: str, length: int = -1) -> bytes:
    size = len(body) if length < 0 else length
    return ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (size, body)).encode()


class WhatAClientSends(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp()
        os.mkdir(os.path.join(self.folder, ".3ox"))
        with open(os.path.join(self.folder, ".3ox/owner.header"), "w", encoding="utf-8") as file:
            file.write("Authorization: Bearer owners-secret")

    def serves(self, url: str, pid: int = 0, others: Iterable[Dict[str, Any]] = ()) -> None:
        with open(os.path.join(self.folder, ".3ox/dashboard.json"), "w", encoding="utf-8") as file:
            json.dump({"url": url, "pid": pid or os.getpid(), "others": list(others)}, file)

    def test_the_token_of_the_owner_goes_to_an_engine_of_the_project_and_nowhere_else(self) -> None:
        page = answer('{"items": []}')
        own, other = Answering(page), Answering(page)
        self.serves(own.url)
        list(Client(own.url + "/", project=self.folder).list())
        list(Client(project=self.folder).list())
        list(Client(other.url, project=self.folder).list())
        list(Client(other.url, token="given", project=self.folder).list())
        own.close()
        other.close()
        self.assertTrue(all(b"Bearer owners-secret" in each for each in own.asked))
        self.assertEqual(len(own.asked), 2)
        self.assertNotIn(b"Authorization", other.asked[0])
        self.assertIn(b"Bearer given", other.asked[1])


    def test_whoever_took_the_port_of_an_engine_that_ended_is_not_sent_the_token(self) -> None:
        page = answer('{"items": []}')
        taker, second = Answering(page), Answering(page)
        ended = subprocess.Popen(["true"])
        ended.wait()
        self.serves(taker.url, ended.pid, [{"url": second.url, "pid": os.getpid()}])
        list(Client(taker.url, project=self.folder).list())
        list(Client(second.url, project=self.folder).list())
        list(Client(project=self.folder).list())
        taker.close()
        second.close()
        self.assertEqual([b"Bearer owners-secret" in each for each in taker.asked], [False])
        self.assertEqual([b"Bearer owners-secret" in each for each in second.asked], [True, True])

    def test_an_address_from_elsewhere_is_not_sent_the_token_of_the_owner_either(self) -> None:
        own, other = Answering(REFUSAL), Answering(REFUSAL)
        self.serves(own.url)
        for server, urls in ((own, {"url": own.url}), (other, {"url": other.url}), (other, {})):
            with self.subTest(urls=urls), self.inside(server.url if not urls else ""), self.assertRaises(Refused):
                serve(Worker("GREETER", lambda work: {}), **urls)
        with self.inside(other.url), self.assertRaises(Refused):
            list(Client().list())
        own.close()
        other.close()
        self.assertIn(b"Bearer owners-secret", own.asked[0])
        self.assertEqual([b"Authorization" in each for each in other.asked], [False] * 3)

    def test_a_token_stays_with_the_engine_that_redirects_elsewhere(self) -> None:
        other = Answering(answer("{}"))
        head = "HTTP/1.1 302 Found\r\nLocation: %s/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % other.url
        redirecting = Answering(head.encode())
        HttpApi(redirecting.url, "given").ask("GET", "runs")
        redirecting.close()
        other.close()
        self.assertIn(b"Bearer given", redirecting.asked[0])
        self.assertNotIn(b"Authorization", other.asked[0])

    @contextmanager
    def inside(self, workflow_url: str) -> Generator[None, None, None]:
        """Of a program that was started in the project, with WORKFLOW_URL."""
        before = os.getcwd()
        names = {"NATS_URL": "", "WORKFLOW_TOKEN": "", "WORKFLOW_URL": workflow_url}
        handlers = [(each, signal.getsignal(each)) for each in (signal.SIGTERM, signal.SIGINT)]
        os.chdir(self.folder)
        try:
            with mock.patch.dict(os.environ, names):
                yield
        finally:
            os.chdir(before)
            for number, handler in handlers:
                signal.signal(number, handler)


class WhatIsCutOff(unittest.TestCase):
    def test_an_answer_that_is_cut_off_is_nobody_answering(self) -> None:
        endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"run\":"
        for cut in (answer('{"run":', 500), endless):
            server = Answering(cut)
            with self.subTest(cut=cut), self.assertRaises(ConnectionError):
                HttpApi(server.url, None).ask("GET", "runs")
            server.close()

    def test_a_refusal_whose_reasons_are_cut_off_is_a_refusal(self) -> None:
        head = "HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nConnection: close\r\n%s\r\n{\"code\":"
        for after, length in (("7", "Content-Length: 99\r\n"), ("7", ""), ("Sat, 31 Jan 2026 12:00:00 GMT", "")):
            server = Answering((head % (after, length)).encode())
            with self.subTest(after=after, length=length), self.assertRaises(Refused) as raised:
                HttpApi(server.url, None).ask("GET", "runs")
            server.close()
            told = (raised.exception.status, raised.exception.retry_after)
            self.assertEqual(told, (503, 7 if after == "7" else 1))

    def test_a_run_is_followed_across_answers_that_are_cut_off(self) -> None:
        cut, stream = answer('{"run":', 500), answer("data: 1\n\n")
        over = answer('{"endedAt": "now", "status": "COMPLETED", "output": 7}')
        server = Answering(answer("id: 1\n", 500), stream, cut, over)
        self.assertEqual(Run(HttpApi(server.url, None), "r1").result(), 7)
        server.close()
        event, none = answer('{"events": [{"sequence": 1}]}'), answer('{"events": []}')
        server = Answering(stream, cut, over, cut, event, cut, none)
        self.assertEqual(list(Run(HttpApi(server.url, None), "r1").watch()), [{"sequence": 1}])
        server.close()

    def test_a_worker_takes_work_again_after_an_answer_that_is_cut_off(self) -> None:
        server = Answering(answer('{"item":', 500), REFUSAL)
        ended = threading.Event()
        about = {"agent": "GREETER", "worker": "w", "skills": [], "capacity": 1, "language": "python"}
        HttpWorker(lambda work: {}, about, HttpApi(server.url, None), ended).start()
        self.assertTrue(ended.wait(20), "the thread of the worker ended")
        server.close()


class Clock:
    """Time that passes where somebody sleeps, or is asked."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Late(HttpApi):
    """An engine whose answers take 9 s: a message of the stream where it `streams`, and `error` for all else."""

    def __init__(self, clock: Clock, error: Exception, streams: bool) -> None:
        super().__init__("http://engine", None)
        self._clock, self._error, self._streams = clock, error, streams

    @contextmanager
    def open(self, method: str, path: str, *_: Any, **__: Any) -> Generator[HTTPResponse, None, None]:
        if path == "stream" and self._streams:
            lines: Any = [b"data: 1\n"]
            yield lines
            return
        self._clock.sleep(9)
        raise self._error


class WhoeverWaitsForAResult(unittest.TestCase):
    def test_waits_no_longer_than_asked_whatever_the_engine_asks_for(self) -> None:
        busy, away = Refused(503, {}, 60), ConnectionError("away")
        for error, streams, waits in ((busy, True, 10), (busy, False, 10), (away, True, 9.1), (away, False, 9.1)):
            clock = Clock()
            with self.subTest(error=error, streams=streams), mock.patch("threeox_workflow.client.time", clock):
                with self.assertRaises(TimeoutError):
                    Run(Late(clock, error, streams), "r1").result(timeout=waits)
                self.assertAlmostEqual(clock.now, waits)

    def test_waits_no_longer_for_an_answer_that_goes_on_and_on(self) -> None:
        over = answer('{"endedAt": "now", "status": "COMPLETED", "output": 7}' + " " * 40)
        server = Trickling(over)
        with mock.patch.object(Run, "_wakes", return_value=[None]), self.assertRaises(TimeoutError):
            Run(HttpApi(server.url, None), "r1").result(timeout=0.5)
        server.close()

    def test_waits_no_longer_on_a_stream_that_is_never_silent(self) -> None:
        server = Trickling(answer(": " + "beat" * 30 + "\n"))
        with self.assertRaises(TimeoutError):
            Run(HttpApi(server.url, None), "r1").result(timeout=0.5)
        self.assertFalse(server.has_ended)
        server.close()


class AWorkerBeforeItsServer(unittest.TestCase):
    def test_it_ends_with_a_line_that_says_where_it_looked_and_no_password(self) -> None:
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src")
        program = 'from threeox_workflow import Worker, serve; serve(Worker("GREETER", print))'
        cases = (
            ("", "`workflow serve`"),
            ("nats://ada:sesame@127.0.0.1:1", "127.0.0.1:1"),
            ("nats://ada:sesame@nowhere.invalid:4222", "nowhere.invalid:4222"),
        )
        for url, told in cases:
            names = {**os.environ, "NATS_URL": url, "WORKFLOW_URL": "", "PYTHONPATH": source}
            with self.subTest(url=url), tempfile.TemporaryDirectory() as folder:
                ran = subprocess.run(
                    [sys.executable, "-B", "-c", program], cwd=folder, env=names, capture_output=True, text=True
                )
                self.assertEqual((ran.returncode, ran.stderr.count("\n"), ran.stderr[:8]), (1, 1, "worker: "))
                self.assertIn(told, ran.stderr)
                self.assertNotIn("sesame", ran.stderr)


if __name__ == "__main__":
    unittest.main()
