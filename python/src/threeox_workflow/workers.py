"""Workers: what they do, and the loop that runs them until they are told to end."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Callable, Dict, List, Optional, Sequence, Union

from .http_api import HttpApi
from .http_worker import HttpWorker
from .nats import Nats
from .nats_worker import NatsWorker
from .project import project_folder, project_server, token_for
from .work import Handler


@dataclass
class Worker:
    """Takes the tasks of an agent and hands each to `handler`, as many at a time as it has capacity for."""

    agent: str
    handler: Handler
    skills: Sequence[str] = field(default_factory=tuple)
    capacity: int = 1
    level: Optional[str] = None
    department: Optional[str] = None


def worker(
    agent: str,
    *,
    skills: Sequence[str] = (),
    capacity: int = 1,
    level: Optional[str] = None,
    department: Optional[str] = None,
) -> Callable[[Handler], Worker]:
    """Makes a function the worker of an agent."""
    return lambda handler: Worker(agent, handler, skills, capacity, level, department)


def serve(
    *workers: Worker,
    url: Optional[str] = None,
    namespace: Optional[str] = None,
    token: Optional[str] = None,
    drain_s: float = 10,
) -> None:
    """
    Works until SIGTERM or SIGINT; then what is under way may take `drain_s` to end, and the rest is given back.

    `url` is the address of a NATS server, or of an engine that serves HTTP (`http://...`, with `token`). Without one:
    NATS_URL, WORKFLOW_URL (with WORKFLOW_TOKEN), the NATS server of the project that the program was started in.
    """
    found = url or os.environ.get("NATS_URL") or os.environ.get("WORKFLOW_URL")
    ended = threading.Event()

    def end(_number: int, _frame: object) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if found is not None and found.startswith(("http://", "https://")):
        known = token or os.environ.get("WORKFLOW_TOKEN") or token_for(found, project_folder())
        api = HttpApi(found, known)
        _run([HttpWorker(each.handler, _about(each), api, ended) for each in workers], ended, drain_s)
        return
    try:
        nats = Nats(found or project_server)
    except ConnectionError as error:
        # What a person does about it is all in the message.
        raise SystemExit("worker: %s" % error) from None
    of = namespace or os.environ.get("WORKFLOW_NAMESPACE") or "default"
    try:
        taking = [NatsWorker(each.handler, _about(each), nats, of) for each in workers]
        _run(taking, ended, drain_s, beat=lambda: nats.send(b"PING\r\n"))
    finally:
        nats.close()


def _run(
    workers: Sequence[Union[HttpWorker, NatsWorker]],
    ended: threading.Event,
    drain_s: float,
    beat: Callable[[], Any] = lambda: None,
) -> None:
    for each in workers:
        each.start()
        print("worker of %s ready: %s" % (each.agent, each.name), file=sys.stderr, flush=True)
    while not ended.wait(5):
        for each in workers:
            each.hello()
        beat()
    until = time.monotonic() + drain_s
    drains: List[threading.Thread] = [threading.Thread(target=each.drain, args=(until,)) for each in workers]
    for drain in drains:
        drain.start()
    for drain in drains:
        drain.join()
    for each in workers:
        if each.refused is not None:
            raise each.refused


def _about(worker: Worker) -> Dict[str, Any]:
    host, pid = socket.gethostname(), os.getpid()
    about: Dict[str, Any] = {
        "agent": worker.agent,
        "worker": "%s-%d-%s" % (host, pid, token_hex(4)),
        "skills": list(worker.skills),
        "capacity": worker.capacity,
        "level": worker.level,
        "department": worker.department,
        "language": "python",
        "host": host,
        "pid": pid,
        "startedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "everyMs": 5000,
        "protocol": 1,
    }
    return {name: value for name, value in about.items() if value is not None}
