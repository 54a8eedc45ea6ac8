#!/usr/bin/env python3
"""A worker of 3OX Workflow in Python 3.9 or newer, with nothing but the standard library. docs/workers.md says what
workers and engines tell each other.

    from worker import TaskFailure, run
    run("GREETER", lambda work: {"greeting": "hello " + work.input["name"]}, skills=["greeting"], capacity=2)

Several agents in one process: serve([Worker("A", handler), Worker("B", other)]). The server is that of NATS_URL, else
that of the project that the worker was started in.
"""
import json, os, queue, secrets, signal, socket, sys, threading, time

from nats_socket import Nats, project_server, token

# An engine that is started anew is away for less. An item whose run nobody works on keeps no place from others, the less
# the more there are of them, and rests twice as long each time.
SILENT_S, SILENT_AGAIN_S, REST_S, REST_S_MAX = 5, 0.5, 1, 60
# The oldest are forgotten: items that another worker took never come back to tell.
SILENCES_MAX = 1000
SILENCE = {"ok": False, "next": "rest"}


class TaskFailure(Exception):
    """A failure that is understood. Anything else that a handler raises may pass, and is tried again."""

    def __init__(self, code, message, retryable=False, details=None):
        super().__init__(message)
        self.error = {"code": cut(code, 200) or "worker.error", "message": cut(message, 10_000),
                      "retryable": bool(retryable)}
        self.details = details


class Work:
    """One attempt, as a handler sees it. `stopped` is an Event: once it is set, there is no use in going on."""

    def __init__(self, item, message):
        self.item, self.message, self.stopped = item, message, threading.Event()
        self.run, self.task, self.attempt, self.key = item["run"], item["task"], item["attempt"], item["key"]
        self.attempt_key = "%s/%s/%d" % (self.run, self.task, self.attempt)
        self.input, self.traceparent, self.team = item["input"], item["traceparent"], item.get("team", [])
        self.deadline, self.said, self.last_details = None, {}, item.get("lastDetails")
        self.over, self.dropped, self.released = threading.Event(), False, False

    def progress(self, percent=None, message=None):
        """Shown to people. Heartbeats are sent anyway."""
        said = {}
        if percent is not None and percent == percent:
            said["percent"] = min(100.0, max(0.0, float(percent)))
        if message is not None:
            said["message"] = cut(message, 500)
        self.said["progress"] = said

    def details(self, value):
        """How far the work has come: the next attempt, or the next worker, gets it as `last_details`."""
        self.said["details"] = value

    def drop(self):
        self.dropped = True
        self.stopped.set()


class Worker:
    """Takes the tasks of an agent and hands them to `handler(work)`, as many at a time as it has capacity for."""

    def __init__(self, agent, handler, skills=(), capacity=1, level=None, department=None):
        self.agent, self.handler, self.capacity = agent, handler, capacity
        self.name = "%s-%d-%s" % (socket.gethostname(), os.getpid(), secrets.token_hex(4))
        self.running, self.closing, self.hung_up, self.silences = {}, threading.Event(), False, {}
        self.places, self.items = threading.Semaphore(capacity), queue.SimpleQueue()
        about = {"agent": agent, "worker": self.name, "skills": list(skills), "capacity": capacity, "level": level,
                 "department": department, "language": "python", "host": socket.gethostname(), "pid": os.getpid(),
                 "startedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "everyMs": 5000, "protocol": 1}
        self.about = {name: value for name, value in about.items() if value is not None}

    def start(self, nats, namespace):
        self.nats, self.namespace = nats, namespace
        # The items of a pull keep their own subjects, so that each worker needs an inbox of its own.
        self.inbox = "%s.items.%s" % (nats.inbox, secrets.token_hex(4))
        nats.subscribe(self.inbox, self.items.put)
        nats.subscribe("wf.%s.stop.%s" % (namespace, token(self.agent)), self._told_to_stop)
        nats.subscribe("wf.%s.rollcall" % namespace, lambda _: self.hello())
        self.claiming = threading.Thread(target=self._claim_on, daemon=True)
        self.claiming.start()

    def hello(self):
        state = {"running": len(self.running), "leaving": self.closing.is_set()}
        self.nats.publish("wf.%s.hello.%s" % (self.namespace, token(self.agent)), as_json({**self.about, **state}))

    def drain(self, until):
        """Takes nothing more, lets work end until then, gives the rest back."""
        self.closing.set()
        self.hello()
        self.claiming.join()
        works = list(self.running.values())
        for work in works:
            work.over.wait(max(0, until - time.monotonic()))
        for work in works:
            work.released = True
            work.stopped.set()
        for work in works:
            if not work.over.wait(3):
                self._settle(work.message, self._give_up(work))
        self.hung_up = True

    def _claim_on(self):
        stream = "WF_%s_WORK" % self.namespace.upper()
        subject = "$JS.API.CONSUMER.MSG.NEXT.%s.%s" % (stream, token(self.agent))
        while not self.closing.is_set():
            if not self.places.acquire(timeout=0.2):
                continue
            self.nats.publish(subject, as_json({"batch": 1, "expires": 2_000_000_000}), self.inbox)
            message = self._next_item()
            if message and self.closing.is_set():
                return self._settle(message, b"-NAK")
            if not message or not self._take(message):
                self.places.release()

    def _next_item(self):
        try:
            message = self.items.get(timeout=2.5)
        except queue.Empty:
            return None
        if message.status is None:
            return message
        # 404 and 408: nothing there. All others: no queue yet, or no leader.
        if message.status not in (404, 408):
            self.closing.wait(0.5)
        return None

    def _take(self, message):
        """False when this needs no place."""
        try:
            work = Work(json.loads(message.data), message)
        except (ValueError, KeyError, TypeError):
            self._settle(message, b"+TERM")
            return False
        known = self.running.get(work.attempt_key)
        if known:
            # The queue took us for dead: this delivery counts from now on.
            known.message = message
            return False
        self.running[work.attempt_key] = work
        threading.Thread(target=self._carry, args=(work,), daemon=True).start()
        return True

    def _told_to_stop(self, message):
        work = self.running.get(json.loads(message.data).get("attemptKey"))
        if work:
            work.drop()

    def _carry(self, work):
        threading.Thread(target=self._keep, args=(work,), daemon=True).start()
        word = b'-NAK {"delay": 1000000000}'
        try:
            word = self._carry_through(work)
        finally:
            # The queue may take its time to confirm: the place is free for the next item.
            self.running.pop(work.attempt_key, None)
            self.places.release()
            self._settle(work.message, word)
            work.over.set()

    def _carry_through(self, work):
        """What the queue is told of the item in the end."""
        patience_s = SILENT_AGAIN_S if self.silences else SILENT_S
        until = lambda: work.stopped.is_set() or self.closing.is_set()
        answer = self._report(work, "start", until, silent_s=patience_s)
        if answer is None:
            return self._give_up(work)
        if answer is SILENCE:
            return self._rest(work)
        self.silences.pop(work.attempt_key, None)
        if not answer["ok"]:
            return self._obey(answer)
        work.last_details = answer.get("lastDetails", work.last_details)
        work.deadline, beat_s = answer.get("deadline"), answer.get("heartbeatMs", 3000) / 1000
        threading.Thread(target=self._beat, args=(work, beat_s), daemon=True).start()
        kind, more = self._handle(work)
        if work.dropped or (work.released and kind == "fail"):
            return self._give_up(work)
        return self._tell(work, kind, more)

    def _handle(self, work):
        try:
            return "complete", {"output": self._checked(self.handler(work))}
        except TaskFailure as failure:
            return "fail", {"error": self._with_details(failure)}
        except BaseException as error:
            # Also SystemExit, which ends but this thread: somebody has to be told.
            message = cut("%s: %s" % (type(error).__name__, error), 10_000)
            return "fail", {"error": {"code": "worker.error", "message": message, "retryable": True}}

    def _with_details(self, failure):
        """Details that are no JSON, or too large, are left out."""
        try:
            whole = {**failure.error, "details": failure.details}
            fits = failure.details is not None and len(as_json(whole)) + 2000 <= self.nats.max_payload
        except (TypeError, ValueError, RecursionError):
            fits = False
        return whole if fits else failure.error

    def _checked(self, output):
        try:
            size = len(as_json(output))
        except (TypeError, ValueError, RecursionError) as error:
            raise TaskFailure("output.not-json", "the result is not JSON: %s" % error)
        if size + 2000 > self.nats.max_payload:
            raise TaskFailure("output.too-large", "a result of %d bytes fits into no message; return its place" % size)
        return output

    def _keep(self, work):
        """Tells the queue that this worker has the item."""
        while not work.over.wait(3):
            self.nats.publish(work.message.reply, b"+WPI")

    def _beat(self, work, every_s):
        """Tells the engine, once it let the work begin, that it goes on."""
        while not work.over.wait(every_s):
            if not work.stopped.is_set():
                answer = self._report(work, "heartbeat", until=lambda: True, **work.said)
                if answer and not answer["ok"] and answer["next"] == "drop":
                    work.drop()

    def _tell(self, work, kind, more):
        while not self.hung_up:
            answer = self._report(work, kind, until=lambda: self.hung_up, **more)
            if answer and not answer["ok"] and answer["next"] == "wait":
                time.sleep(answer.get("retryAfterMs", 1000) / 1000)
            elif answer:
                return b"+ACK"
        return b"-NAK"

    def _give_up(self, work):
        if not work.dropped:
            self._report(work, "release", until=lambda: True, reason="the worker ends")
        return b"+ACK" if work.dropped else b"-NAK"

    def _obey(self, answer):
        delay = answer.get("retryAfterMs", 1000) * 1_000_000
        return b"+ACK" if answer["next"] == "drop" else b"-NAK " + as_json({"delay": delay})

    def _rest(self, work):
        """Gives an item back whose run no engine works on: the next one has its place."""
        before = self.silences.pop(work.attempt_key, 0)
        self.silences[work.attempt_key] = before + 1
        for oldest in list(self.silences)[:-SILENCES_MAX]:
            self.silences.pop(oldest, None)
        rest_s = min(REST_S_MAX, REST_S * 2 ** min(before, 10))
        return b"-NAK " + as_json({"delay": int(rest_s * 1e9)})

    def _report(self, work, kind, until, silent_s=float("inf"), **more):
        """
        The answer of the engine. Asks again and again until there is one; None when it need not ask any longer, SILENCE
        where no engine has listened for so long.
        """
        silent_at = time.monotonic() + silent_s
        report = {name: work.item[name] for name in ("protocol", "run", "task", "attempt", "token")}
        data = as_json({**report, "kind": kind, "worker": self.name, **more})
        while True:
            answer = self.nats.request(work.item["reportTo"], data, timeout=5)
            # An empty answer: whoever got the report could not record it.
            if answer and answer.data:
                return json.loads(answer.data)
            if until():
                return None
            # 503: nobody listens. An engine that has much to do answers late.
            if answer is None or answer.status != 503:
                silent_at = time.monotonic() + silent_s
            elif time.monotonic() >= silent_at:
                return SILENCE
            time.sleep(0.25)

    def _settle(self, message, word):
        """Says what becomes of the item until the server confirms it."""
        for _ in range(10):
            answer = self.nats.request(message.reply, word, timeout=2)
            if self.hung_up or (answer and answer.status is None):
                return
            time.sleep(0.25)


def cut(text, units_max):
    """No longer than so many units of UTF-16, in which engines count."""
    return str(text).encode("utf-16-le", "replace")[: 2 * units_max].decode("utf-16-le", "ignore")


def as_json(value):
    return json.dumps(value, allow_nan=False).encode()


def serve(workers, url=None, namespace=None, drain_s=10):
    """Connects, and works until SIGTERM or SIGINT; then what is under way may take `drain_s` to end."""
    nats = Nats(url or os.environ.get("NATS_URL") or project_server)
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    for worker in workers:
        worker.start(nats, namespace or os.environ.get("WORKFLOW_NAMESPACE") or "default")
        worker.hello()
        print("worker of %s ready: %s" % (worker.agent, worker.name), file=sys.stderr, flush=True)
    while not ended.wait(5):
        for worker in workers:
            worker.hello()
        nats.send(b"PING\r\n")
    until = time.monotonic() + drain_s
    drains = [threading.Thread(target=worker.drain, args=(until,)) for worker in workers]
    for act in (threading.Thread.start, threading.Thread.join):
        for each in drains:
            act(each)
    nats.close()


def run(agent, handler, skills=(), capacity=1, **more):
    serve([Worker(agent, handler, skills, capacity, **more)])


if __name__ == "__main__":
    run(sys.argv[1], lambda work: {"greeting": "hello " + str(work.input.get("name", "you"))})
