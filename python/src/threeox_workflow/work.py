"""What a handler sees of an attempt, and how it says that it failed."""

from __future__ import annotations

import json
import threading
from typing import Any, Callable, Dict, List, Mapping, Optional


class TaskFailure(Exception):
    """A failure that is understood. Whatever else a handler raises is `worker.error`, which is tried again."""

    def __init__(self, code: str, message: str, retryable: bool = False, details: Any = None) -> None:
        super().__init__(message)
        self.error: Dict[str, Any] = {
            "code": cut(code, 200) or "worker.error",
            "message": cut(message, 10_000),
            "retryable": bool(retryable),
        }
        self.details = details


class Work:
    """One attempt at a task."""

    #: The ids of the run and the task, and which attempt it is, from 1.
    run: str
    task: str
    attempt: int
    #: The idempotency key of what the work does elsewhere: the same for all attempts at the task.
    key: str
    #: Another one for each attempt.
    attempt_key: str
    input: Any
    #: How far an earlier attempt had come, where it said so by `details`.
    last_details: Any
    #: When the attempt times out (ISO 8601), where it does.
    deadline: Optional[str]
    #: W3C trace context, to hand on to whatever is called.
    traceparent: str
    #: Set once there is no use in going on: timed out, cancelled, given to another worker, or this one ends.
    stopped: threading.Event

    def __init__(self, item: Mapping[str, Any]) -> None:
        self.item = item
        self.run, self.task, self.attempt, self.key = item["run"], item["task"], item["attempt"], item["key"]
        self.attempt_key = "%s/%s/%d" % (self.run, self.task, self.attempt)
        self.input, self.traceparent = item["input"], item["traceparent"]
        self.team: List[Dict[str, Any]] = item.get("team", [])
        self.last_details, self.deadline = item.get("lastDetails"), None
        self.stopped, self.over = threading.Event(), threading.Event()
        self.said: Dict[str, Any] = {}

    def progress(self, percent: Optional[float] = None, message: Optional[str] = None) -> None:
        """Shown to people. Heartbeats are sent anyway."""
        said: Dict[str, Any] = {}
        # What is no number is left out.
        if percent is not None and percent == percent:
            said["percent"] = min(100.0, max(0.0, float(percent)))
        if message is not None:
            said["message"] = cut(message, 500)
        self.said["progress"] = said

    def details(self, value: Any) -> None:
        """How far the work has come: the next attempt, or the next worker, gets it as `last_details`."""
        self.said["details"] = value


Handler = Callable[[Work], Any]


def unforeseen(error: BaseException) -> Dict[str, Any]:
    message = cut("%s: %s" % (type(error).__name__, error), 10_000)
    return {"code": "worker.error", "message": message, "retryable": True}


def cut(text: Any, units_max: int) -> str:
    """No longer than so many units of UTF-16, in which engines count."""
    return str(text).encode("utf-16-le", "replace")[: 2 * units_max].decode("utf-16-le", "ignore")


def as_json(value: Any) -> bytes:
    """Raises where the value is no JSON."""
    return json.dumps(value, allow_nan=False).encode()


def failure_with_details(failure: TaskFailure, bytes_max: int) -> Dict[str, Any]:
    """The error of a failure. Details that are no JSON, or too large, are left out."""
    if failure.details is None:
        return failure.error
    try:
        whole = {**failure.error, "details": failure.details}
        return whole if len(as_json(whole)) <= bytes_max else failure.error
    except (TypeError, ValueError, RecursionError):
        return failure.error


def checked_output(output: Any, bytes_max: int) -> Any:
    try:
        size = len(as_json(output))
    except (TypeError, ValueError, RecursionError) as error:
        raise TaskFailure("output.not-json", "the result is not JSON: %s" % error) from error
    if size > bytes_max:
        raise TaskFailure("output.too-large", "a result of %d bytes fits into no message; return its place" % size)
    return output
