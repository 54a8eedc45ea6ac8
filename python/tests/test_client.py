import json
import os
import socket
import sys
import tempfile
import threading
import time
import unittest
from typing import List

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src"))
from threeox_workflow import Client, serve
from threeox_workflow.http_api import HttpApi
from threeox_workflow.workers import Worker


class Answering:
    """Answers every request with the same bytes, and keeps what was asked."""

    def __init__(self, answer: bytes) -> None:
        self.asked: List[bytes] = []
        self._answer = answer
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
                connection.sendall(self._answer)

    def close(self) -> None:
        self._server.close()


def answer(body: str, length: int = -1) -> bytes:
    size = len(body) if length < 0 else length
    return ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (size, body)).encode()


class WhatAClientSends(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp()
        os.mkdir(os.path.join(self.folder, ".3ox"))
        with open(os.path.join(self.folder, ".3ox/owner.header"), "w", encoding="utf-8") as file:
            file.write("Authorization: Bearer owners-secret")

    def serves(self, url: str) -> None:
        with open(os.path.join(self.folder, ".3ox/dashboard.json"), "w", encoding="utf-8") as file:
            json.dump({"url": url}, file)

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


class WhatIsCutOff(unittest.TestCase):
    def test_an_answer_that_is_cut_off_is_nobody_answering(self) -> None:
        server = Answering(answer('{"run":', 500))
        with self.assertRaises(ConnectionError):
            HttpApi(server.url, None).ask("GET", "runs")
        server.close()

    def test_whoever_waits_for_a_result_waits_no_longer_than_asked(self) -> None:
        busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        server = Answering(busy)
        begun = time.monotonic()
        from threeox_workflow.client import Run

        with self.assertRaises(TimeoutError):
            Run(HttpApi(server.url, None), "r1").result(timeout=0.5)
        server.close()
        self.assertLess(time.monotonic() - begun, 30)

    def test_a_worker_that_is_started_before_the_server_says_so_in_a_line(self) -> None:
        before, folder = os.getcwd(), tempfile.mkdtemp()
        kept = {name: os.environ.pop(name) for name in ("NATS_URL", "WORKFLOW_URL") if name in os.environ}
        os.chdir(folder)
        try:
            with self.assertRaises(SystemExit) as raised:
                serve(Worker("GREETER", lambda work: {}, (), 1, None, None))
        finally:
            os.chdir(before)
            os.environ.update(kept)
        self.assertIn("`workflow serve`", str(raised.exception))
