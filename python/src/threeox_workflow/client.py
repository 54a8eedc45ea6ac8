"""Starts runs, follows them and gives them commands, over the HTTP API of an engine."""

from __future__ import annotations

import os
import time
from typing import Any, Dict, Iterator, Mapping, Optional
from urllib.parse import quote

from .http_api import HttpApi, Refused
from .project import project_api, project_folder, token_for

# Engines say something on a stream more often than that, also where nothing happens.
SILENT_S = 60


class RunNotCompleted(Exception):
    """A run that ended otherwise. `code` is that of its error, or such as `run.terminated`."""

    def __init__(self, run: str, status: str, code: str, message: str) -> None:
        super().__init__("run %s ended %s: %s" % (run, status, message))
        self.run, self.status, self.code, self.message = run, status, code, message


class Client:
    """
    `url` is where an engine serves HTTP, such as http://127.0.0.1:7420; without one that of WORKFLOW_URL, or of an engine
    of the project in `project`, by default the one that the program was started in. `token` likewise: WORKFLOW_TOKEN,
    or, for an engine of the project and nobody else, the token of the project's owner.
    """

    def __init__(
        self, url: Optional[str] = None, token: Optional[str] = None, project: Optional[str] = None
    ) -> None:
        folder = project_folder(project)
        found = url or os.environ.get("WORKFLOW_URL") or project_api(folder)
        self._api = HttpApi(found, token or os.environ.get("WORKFLOW_TOKEN") or token_for(found, folder))

    def start(
        self, definition: str, input: Optional[Mapping[str, Any]] = None, *, key: Optional[str] = None
    ) -> "Run":
        """Starts a run of a registered definition. The same start with the same key is one run."""
        body: Dict[str, Any] = {"definition": definition, "input": dict(input or {})}
        if key is not None:
            body["idempotencyKey"] = key
        return Run(self._api, self._api.ask("POST", "runs", body)["run"])

    def run(self, id: str) -> "Run":
        """A run that is there: its id, the beginning of it, `@last` or `@failed`."""
        return Run(self._api, self._api.ask("GET", "runs/" + quote(id, safe="@"))["run"])

    def list(
        self,
        *,
        where: Optional[str] = None,
        status: Optional[str] = None,
        q: Optional[str] = None,
        sort: Optional[str] = None,
    ) -> Iterator[Dict[str, Any]]:
        """All runs that fit, a page after the other: the lines of `workflow list --json`."""
        query = {"where": where, "status": status, "q": q, "sort": sort}
        after: Optional[str] = None
        while True:
            page = self._api.ask("GET", "runs", query={**query, "after": after})
            yield from page["items"]
            after = page.get("next")
            if after is None:
                return


class Run:
    """One run. `id` names it everywhere."""

    def __init__(self, api: HttpApi, id: str) -> None:
        self._api, self.id = api, id
        self._path = "runs/" + quote(id, safe="")

    def status(self) -> Dict[str, Any]:
        """How it is now: the document of `workflow show --json`."""
        document: Dict[str, Any] = self._api.ask("GET", self._path)
        return document

    def result(self, timeout: Optional[float] = None) -> Any:
        """
        Its output, once it has completed. Raises RunNotCompleted where it ended otherwise, and TimeoutError where it has
        not ended after so many seconds.
        """
        until = None if timeout is None else time.monotonic() + timeout
        for _ in self._wakes(until):
            now = self._patiently(self._path, until=until)
            if "endedAt" not in now:
                continue
            if now["status"] == "COMPLETED":
                return now.get("output")
            error = now.get("error") or {}
            code = error.get("code") or "run." + now["status"].lower().replace("_", "-")
            raise RunNotCompleted(self.id, now["status"], code, error.get("message") or "; ".join(now["why"]) or code)

    def watch(self) -> Iterator[Dict[str, Any]]:
        """Its events, from the first on, as they come, until it has ended."""
        after = 0
        for _ in self._wakes(None):
            is_over = "endedAt" in self._patiently(self._path)
            while True:
                query = {"after": after, "order": "asc"}
                events = self._patiently(self._path + "/events", query)["events"]
                for event in events:
                    after = event["sequence"]
                    yield event
                if not events:
                    break
            if is_over:
                return

    def signal(self, name: str, data: Any = None, *, id: Optional[str] = None) -> None:
        """Wakes the tasks that wait for the signal, or that will. The same `id` counts once."""
        self.command("signal", name=name, data=data, id=id)

    def cancel(self, reason: Optional[str] = None) -> None:
        """Ends it in order: what it did is undone."""
        self.command("cancelRun", reason=reason)

    def command(self, kind: str, **members: Any) -> Dict[str, Any]:
        """Any command of the HTTP API, such as `command("approve", task="sign", comment="fine")`."""
        given = {name: value for name, value in members.items() if value is not None}
        recorded: Dict[str, Any] = self._api.ask("POST", self._path + "/commands", {"kind": kind, **given})
        return recorded

    def _patiently(
        self, path: str, query: Optional[Mapping[str, Any]] = None, until: Optional[float] = None
    ) -> Any:
        """Asks again for as long as the engine is away. Raises TimeoutError at the time `until`."""
        while True:
            left = self._left(until)
            try:
                return self._api.ask("GET", path, query=query, timeout=left, until=until)
            except Refused as error:
                if not _may_pass(error):
                    raise
                self._rest(error.retry_after, until)
            except OSError:
                self._rest(0.25, until)

    def _left(self, until: Optional[float]) -> float:
        """The seconds that a request or a rest may take. Raises TimeoutError where none are left."""
        left = SILENT_S if until is None else min(SILENT_S, until - time.monotonic())
        if left <= 0:
            raise TimeoutError("run %s has not ended" % self.id)
        return left

    def _rest(self, seconds: float, until: Optional[float]) -> None:
        time.sleep(min(seconds, self._left(until)))

    def _wakes(self, until: Optional[float]) -> Iterator[None]:
        """Comes whenever the run may have changed: at once, and with each message of the stream of events."""
        last: Optional[str] = None
        while True:
            left = self._left(until)
            try:
                headers = {} if last is None else {"Last-Event-ID": last}
                query = {"run": self.id}
                with self._api.open(
                    "GET", "stream", query=query, headers=headers, timeout=left, until=until
                ) as stream:
                    for line in stream:
                        if line.startswith(b"id: "):
                            last = line[4:].decode().strip()
                        elif line.startswith(b"data: "):
                            yield None
            except Refused as error:
                if not _may_pass(error):
                    raise
                self._rest(error.retry_after, until)
            except OSError:
                # The engine is away, or the stream was silent: it is asked again, from where it was.
                self._rest(0.25, until)


def _may_pass(error: Refused) -> bool:
    return error.status >= 500 or error.status in (408, 429)
