"""Requests to an engine that serves HTTP."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from typing import Any, Dict, Generator, Mapping, Optional
from urllib.parse import urlencode


class Refused(Exception):
    """The engine answered, and it was a no. `code` says why, `retryable` whether the same may succeed later."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: float) -> None:
        self.status, self.retry_after = status, retry_after
        self.code = str(problem.get("code") or "http.%d" % status)
        self.retryable = bool(problem.get("retryable"))
        self.problem = dict(problem)
        super().__init__("%s: %s" % (self.code, problem.get("detail")))


class HttpApi:
    """`url` such as http://127.0.0.1:7420, and the token that requests carry."""

    def __init__(self, url: str, token: Optional[str]) -> None:
        self.url, self._token = url.rstrip("/"), token

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Optional[Mapping[str, Any]] = None,
        timeout: float = 60,
        until: Optional[float] = None,
    ) -> Any:
        """The document that is answered; None where there is none. Raises Refused, or OSError where nobody answers."""
        with self.open(method, path, body, query, timeout=timeout, until=until) as answer:
            text = answer.read() or b"null"
        try:
            return json.loads(text)
        except ValueError:
            # Without a length, nothing else tells that the rest is missing.
            raise ConnectionError("the answer is no JSON, or was cut off: %r" % text[-40:]) from None

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Optional[Mapping[str, Any]] = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: float = 60,
        until: Optional[float] = None,
    ) -> Generator[HTTPResponse, None, None]:
        """
        The answer, to be read. `timeout` is how long the engine may be silent, `until` the time at which the answer is
        cut, however much the engine still says. An answer that is cut is a ConnectionError.
        """
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = "%s/api/v1/%s%s" % (self.url, path, "?" + urlencode(given) if given else "")
        sent: Dict[str, str] = dict(headers or {})
        data = None
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body, allow_nan=False).encode(), "application/json"
        request = urllib.request.Request(url, data=data, headers=sent, method=method)
        if self._token:
            # Whoever is redirected elsewhere does not take the token along.
            request.add_unredirected_header("Authorization", "Bearer " + self._token)
        try:
            with _send(request, timeout) as answer, _cut_at(until, answer):
                yield answer
        except HTTPException as error:
            raise ConnectionError("the answer was cut off: %r" % error) from None


def _send(request: urllib.request.Request, timeout: float) -> HTTPResponse:
    try:
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=timeout)
        return answer
    except urllib.error.HTTPError as error:
        raise _refusal(error) from None


def _refusal(error: urllib.error.HTTPError) -> Refused:
    """What was refused is refused, also where the reasons are cut off."""
    text, retry_after = b"", 1.0
    try:
        text = error.read()
        problem = json.loads(text) if text[:1] == b"{" else {}
    except (HTTPException, ValueError):
        problem = {}
    try:
        asked = float(error.headers.get("Retry-After") or 1)
        # Neither nan nor what lies in the past.
        retry_after = asked if asked >= 0 else 1.0
    except ValueError:
        # A date, as proxies may say it.
        pass
    return Refused(error.code, problem or {"detail": text.decode("utf-8", "replace")[:200]}, retry_after)


@contextmanager
def _cut_at(until: Optional[float], answer: HTTPResponse) -> Generator[None, None, None]:
    if until is None:
        yield
        return
    # Timeouts of a socket are those of one read each, and an answer has any number of them.
    with socket.fromfd(answer.fileno(), socket.AF_INET, socket.SOCK_STREAM) as line:
        timer = threading.Timer(max(0.0, until - time.monotonic()), _hang_up, (line,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _hang_up(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The other side was faster.
        pass
