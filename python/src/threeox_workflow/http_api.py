"""Requests to an engine that serves HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from typing import Any, Dict, Mapping, Optional
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
    ) -> Any:
        """The document that is answered; None where there is none. Raises Refused, or OSError where nobody answers."""
        with self.open(method, path, body, query, timeout=timeout) as answer:
            try:
                return json.loads(answer.read() or b"null")
            except HTTPException as error:
                raise ConnectionError("the answer was cut off: %r" % error) from None

    def open(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Optional[Mapping[str, Any]] = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: float = 60,
    ) -> HTTPResponse:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = "%s/api/v1/%s%s" % (self.url, path, "?" + urlencode(given) if given else "")
        sent: Dict[str, str] = dict(headers or {})
        data = None
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body, allow_nan=False).encode(), "application/json"
        if self._token:
            sent["Authorization"] = "Bearer " + self._token
        request = urllib.request.Request(url, data=data, headers=sent, method=method)
        try:
            answer: HTTPResponse = urllib.request.urlopen(request, timeout=timeout)
            return answer
        except HTTPException as error:
            raise ConnectionError("the answer was cut off: %r" % error) from None
        except urllib.error.HTTPError as error:
            try:
                text = error.read()
            except HTTPException:
                text = b""
            problem = json.loads(text) if text[:1] == b"{" else {"detail": text.decode("utf-8", "replace")[:200]}
            raise Refused(error.code, problem, float(error.headers.get("Retry-After") or 1)) from None
