#!/usr/bin/env python3
"""A worker of 3OX Workflow over HTTP, in Python 3.9 or newer, with nothing but the standard library. docs/http-work.md
says what workers and engines tell each other.

    from http_worker import TaskFailure, run        # after a copy or a link under this name
    run("GREETER", lambda work: {"greeting": "hello " + work.input["name"]}, skills=["greeting"], capacity=2)

    python3 http-worker.py GREETER                  the same, for the demonstration

The engine is that of WORKFLOW_URL (such as http://127.0.0.1:7420), WORKFLOW_TOKEN the token, where one is needed.
"""
import json, os, secrets, signal, socket, sys, threading, time, urllib.error, urllib.request

WAIT_MS = 25_000


class TaskFailure(Exception):
    """A failure that is understood. Anything else that a handler raises may pass, and is tried again."""

    def __init__(self, code, message, retryable=False):
        super().__init__(message)
        self.error = {"code": code[:200], "message": message[:10_000], "retryable": bool(retryable)}


class Refused(Exception):
    """The engine answered, and it was a no. `status` 409: the attempt is over."""

    def __init__(self, status, problem, retry_after):
        super().__init__("%d %s: %s" % (status, problem.get("code"), problem.get("detail")))
        self.status, self.retry_after = status, retry_after


class Work:
    """One attempt, as a handler sees it. `stopped` is an Event: once it is set, there is no use in going on."""

    def __init__(self, answer):
        item = answer["item"]
        self.claim, self.item, self.every = answer["claim"], item, answer["heartbeatMs"] / 1000
        self.run, self.task, self.attempt, self.key = item["run"], item["task"], item["attempt"], item["key"]
        self.last_details = item.get("lastDetails")
        self.attempt_key = "%s/%s/%d" % (self.run, self.task, self.attempt)
        self.input, self.traceparent = item["input"], item["traceparent"]
        self.deadline, self.said, self.stopped, self.over = answer.get("deadline"), {}, threading.Event(), threading.Event()

    def progress(self, percent=None, message=None):
        """Shown to people. Heartbeats are sent anyway."""
        said = {"percent": percent, "message": message and message[:500]}
        self.said["progress"] = {name: value for name, value in said.items() if value is not None}

    def details(self, value):
        """How far the work has come: the next attempt, or the next worker, gets it as `last_details`."""
        self.said["details"] = value


class Worker:
    """Takes the tasks of an agent and hands them to `handler(work)`, as many at a time as it has capacity for."""

    def __init__(self, agent, handler, skills=(), capacity=1, url=None, token=None):
        self.url = (url or os.environ["WORKFLOW_URL"]).rstrip("/")
        self.token = token or os.environ.get("WORKFLOW_TOKEN", "")
        self.handler, self.closing, self.lock, self.works = handler, threading.Event(), threading.Lock(), {}
        name = "%s-%d-%s" % (socket.gethostname(), os.getpid(), secrets.token_hex(4))
        self.about = {"agent": agent, "worker": name, "skills": list(skills), "capacity": capacity, "language": "python"}
        self.threads = [threading.Thread(target=self.take, daemon=True) for _ in range(capacity)]

    def ask(self, what, body, timeout):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/api/v1/work/" + what, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            text = error.read()
            problem = json.loads(text) if text[:1] == b"{" else {"detail": text.decode("utf-8", "replace")[:200]}
            raise Refused(error.code, problem, float(error.headers.get("Retry-After") or 1)) from None

    def take(self):
        while not self.closing.is_set():
            try:
                answer = self.ask("claim", {**self.about, "waitMs": WAIT_MS}, WAIT_MS / 1000 + 30)
            except Refused as error:
                if error.status in (400, 401, 403):
                    print(error, file=sys.stderr)
                    os._exit(2)
                self.closing.wait(error.retry_after)
            except (OSError, ValueError):
                # The engine is away: it comes back, or another one answers there.
                self.closing.wait(0.5)
            else:
                if answer is not None:
                    self.carry_out(Work(answer))

    def carry_out(self, work):
        with self.lock:
            known = self.works.get(work.attempt_key)
            if known is not None:
                # The queue took us for dead and gave us the same item again: go on, with the newer claim.
                known.claim = work.claim
                return
            self.works[work.attempt_key] = work
        if self.closing.is_set():
            report, body = "release", {"reason": "the worker ends"}
        else:
            threading.Thread(target=self.beat, args=(work,), daemon=True).start()
            report, body = self.perform(work)
        self.tell(work, report, body)
        work.over.set()
        with self.lock:
            del self.works[work.attempt_key]

    def perform(self, work):
        try:
            output = self.handler(work)
            json.dumps(output, allow_nan=False)  # What is no JSON is a failure of the handler.
            return "complete", {"output": output}
        except TaskFailure as failure:
            return "fail", {"error": failure.error}
        except Exception as error:
            message = "%s: %s" % (type(error).__name__, error)
            return "fail", {"error": {"code": "worker.error", "message": message[:10_000], "retryable": True}}

    def beat(self, work):
        """Says that the work goes on until it is over, and hears whether there is still use in it."""
        while not work.over.wait(work.every):
            try:
                self.ask("heartbeat", {"claim": work.claim, **work.said}, 10)
            except Refused as error:
                if error.status == 409:
                    work.stopped.set()
            except (OSError, ValueError):
                pass

    def tell(self, work, report, body):
        """Tells the result until it is answered for good: it is recorded once, however often it is told."""
        while True:
            try:
                return self.ask(report, {"claim": work.claim, **body}, 40)
            except Refused as error:
                if error.status not in (408, 429, 503) and error.status < 500:
                    if error.status == 409:
                        return None
                    print("%s of %s: %s" % (report, work.attempt_key, error), file=sys.stderr)
                    if report != "complete":
                        return None
                    # Such as a result that is too large: nobody else would have more luck with it.
                    failure = {"code": "worker.result", "message": str(error)[:10_000], "retryable": False}
                    report, body = "fail", {"error": failure}
                    continue
                time.sleep(error.retry_after)
            except (OSError, ValueError):
                time.sleep(0.25)

    def start(self):
        for thread in self.threads:
            thread.start()

    def drain(self, seconds=10):
        """Takes nothing more, lets what is under way end for so long, gives the rest back."""
        self.closing.set()
        until = time.monotonic() + seconds
        for work in list(self.works.values()):
            work.over.wait(max(0.0, until - time.monotonic()))
        for work in list(self.works.values()):
            work.stopped.set()
            try:
                self.ask("release", {"claim": work.claim, "reason": "the worker ends"}, 5)
            except (Refused, OSError, ValueError):
                pass


def serve(workers):
    """Runs the workers until SIGTERM or SIGINT, then drains them."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    for worker in workers:
        worker.start()
        print("worker of %s ready" % worker.about["agent"], file=sys.stderr, flush=True)
    while not ending.wait(1):
        pass
    for worker in workers:
        worker.drain()


def run(agent, handler, **options):
    serve([Worker(agent, handler, **options)])


if __name__ == "__main__":
    run(sys.argv[1], lambda work: {"greeting": "hello %s" % (work.input or {}).get("name", "nobody")}, capacity=2)
