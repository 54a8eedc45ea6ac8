"""A worker that takes its work over HTTP. docs/http-work.md says what workers and engines tell each other."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, Dict, Mapping, Optional, Tuple

from .http_api import HttpApi, Refused
from .work import Handler, TaskFailure, Work, checked_output, failure_with_details, unforeseen

WAIT_MS = 25_000
# A request holds 1 MiB.
BYTES_MAX = 1024 * 1024 - 2000


class HttpWork(Work):
    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(answer["item"])
        self.claim, self.every_s = answer["claim"], answer["heartbeatMs"] / 1000
        self.deadline = answer.get("deadline")


class HttpWorker:
    def __init__(self, handler: Handler, about: Mapping[str, Any], api: HttpApi, ended: threading.Event) -> None:
        self.agent: str = about["agent"]
        self.name: str = about["worker"]
        self.refused: Optional[Refused] = None
        self._handler, self._api, self._ended = handler, api, ended
        self._about = {name: about[name] for name in ("agent", "worker", "skills", "capacity", "language")}
        self._closing, self._lock, self._works = threading.Event(), threading.Lock(), {}  # type: ignore[var-annotated]
        self._threads = [threading.Thread(target=self._take, daemon=True) for _ in range(about["capacity"])]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def hello(self) -> None:
        """An engine that serves HTTP says so for its workers."""

    def drain(self, until: float) -> None:
        """Takes nothing more, lets work end until then, gives the rest back."""
        self._closing.set()
        for work in list(self._works.values()):
            work.over.wait(max(0.0, until - time.monotonic()))
        for work in list(self._works.values()):
            work.stopped.set()
            try:
                self._tell("release", {"claim": work.claim, "reason": "the worker ends"}, 5)
            except (Refused, OSError, ValueError):
                pass

    def _tell(self, what: str, body: Mapping[str, Any], timeout: float) -> Any:
        return self._api.ask("POST", "work/" + what, body, timeout=timeout)

    def _take(self) -> None:
        while not self._closing.is_set():
            try:
                answer = self._tell("claim", {**self._about, "waitMs": WAIT_MS}, WAIT_MS / 1000 + 30)
            except Refused as error:
                if error.status in (400, 401, 403):
                    self.refused = error
                    self._closing.set()
                    self._ended.set()
                self._closing.wait(error.retry_after)
            except (OSError, ValueError):
                # The engine is away: it comes back, or another one answers there.
                self._closing.wait(0.5)
            else:
                if answer is not None:
                    self._carry_out(HttpWork(answer))

    def _carry_out(self, work: HttpWork) -> None:
        with self._lock:
            known = self._works.get(work.attempt_key)
            if known is not None:
                # The queue took us for dead and gave us the same item again: go on, with the newer claim.
                known.claim = work.claim
                return
            self._works[work.attempt_key] = work
        if self._closing.is_set():
            report, body = "release", {"reason": "the worker ends"}
        else:
            threading.Thread(target=self._beat, args=(work,), daemon=True).start()
            report, body = self._perform(work)
        self._tell_result(work, report, body)
        work.over.set()
        with self._lock:
            del self._works[work.attempt_key]

    def _perform(self, work: Work) -> Tuple[str, Dict[str, Any]]:
        try:
            return "complete", {"output": checked_output(self._handler(work), BYTES_MAX)}
        except TaskFailure as failure:
            return "fail", {"error": failure_with_details(failure, BYTES_MAX)}
        except BaseException as error:
            # Also SystemExit, which ends but this thread: somebody has to be told.
            return "fail", {"error": unforeseen(error)}

    def _beat(self, work: HttpWork) -> None:
        """Says that the work goes on until it is over, and hears whether there is still use in it."""
        while not work.over.wait(work.every_s):
            try:
                self._tell("heartbeat", {"claim": work.claim, **work.said}, 10)
            except Refused as error:
                if error.status == 409:
                    work.stopped.set()
            except (OSError, ValueError):
                pass

    def _tell_result(self, work: HttpWork, report: str, body: Mapping[str, Any]) -> None:
        """Tells the result until it is answered for good: it is recorded once, however often it is told."""
        while True:
            try:
                self._tell(report, {"claim": work.claim, **body}, 40)
                return
            except Refused as error:
                if error.status == 409:
                    return
                if error.status in (408, 429, 503) or error.status >= 500:
                    time.sleep(error.retry_after)
                    continue
                print("%s of %s: %s" % (report, work.attempt_key, error), file=sys.stderr)
                if report != "complete":
                    return
                # Such as a result that is too large: nobody else would have more luck with it.
                report, body = "fail", {"error": {**unforeseen(error), "code": "worker.result", "retryable": False}}
            except (OSError, ValueError):
                time.sleep(0.25)
