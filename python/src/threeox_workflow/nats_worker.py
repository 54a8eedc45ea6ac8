"""A worker that takes its work over NATS. docs/workers.md says what workers and engines tell each other."""

from __future__ import annotations

import json
import queue
import threading
import time
from secrets import token_hex
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from .http_api import Refused
from .nats import Message, Nats, token
from .work import Handler, TaskFailure, Work, as_json, checked_output, failure_with_details, unforeseen

# An engine that is started anew is away for less. An item whose run nobody works on keeps no place from others, the less
# the more there are of them, and rests twice as long each time.
SILENT_S, SILENT_AGAIN_S, REST_S, REST_S_MAX = 5.0, 0.5, 1.0, 60.0
# The oldest are forgotten: items that another worker took never come back to tell.
SILENCES_MAX = 1000
SILENCE: Dict[str, Any] = {"ok": False, "next": "rest"}


class NatsWork(Work):
    def __init__(self, item: Mapping[str, Any], message: Message) -> None:
        super().__init__(item)
        self.message, self.dropped, self.released = message, False, False

    def drop(self) -> None:
        self.dropped = True
        self.stopped.set()


class NatsWorker:
    def __init__(self, handler: Handler, about: Mapping[str, Any], nats: Nats, namespace: str) -> None:
        self.agent: str = about["agent"]
        self.name: str = about["worker"]
        self.refused: Optional[Refused] = None
        self._handler, self._about, self._nats, self._namespace = handler, about, nats, namespace
        self._running: Dict[str, NatsWork] = {}
        self.silences: Dict[str, int] = {}
        self._closing, self._hung_up = threading.Event(), False
        self._places = threading.Semaphore(about["capacity"])
        self._items: "queue.SimpleQueue[Message]" = queue.SimpleQueue()
        # The items of a pull keep their own subjects, so that each worker needs an inbox of its own.
        self._inbox = "%s.items.%s" % (nats.inbox, token_hex(4))
        self._claiming = threading.Thread(target=self._claim_on, daemon=True)

    def start(self) -> None:
        self._nats.subscribe(self._inbox, self._items.put)
        self._nats.subscribe("wf.%s.stop.%s" % (self._namespace, token(self.agent)), self._told_to_stop)
        self._nats.subscribe("wf.%s.rollcall" % self._namespace, lambda _: self.hello())
        self._claiming.start()
        self.hello()

    def hello(self) -> None:
        state = {"running": len(self._running), "leaving": self._closing.is_set()}
        self._nats.publish("wf.%s.hello.%s" % (self._namespace, token(self.agent)), as_json({**self._about, **state}))

    def drain(self, until: float) -> None:
        """Takes nothing more, lets work end until then, gives the rest back."""
        self._closing.set()
        self.hello()
        self._claiming.join()
        works = list(self._running.values())
        for work in works:
            work.over.wait(max(0, until - time.monotonic()))
        for work in works:
            work.released = True
            work.stopped.set()
        for work in works:
            if not work.over.wait(3):
                self._settle(work.message, self._give_up(work))
        self._hung_up = True

    def _claim_on(self) -> None:
        stream = "WF_%s_WORK" % self._namespace.upper()
        subject = "$JS.API.CONSUMER.MSG.NEXT.%s.%s" % (stream, token(self.agent))
        while not self._closing.is_set():
            if not self._places.acquire(timeout=0.2):
                continue
            self._nats.publish(subject, as_json({"batch": 1, "expires": 2_000_000_000}), self._inbox)
            message = self._next_item()
            if message and self._closing.is_set():
                self._settle(message, b"-NAK")
                return
            if not message or not self._take(message):
                self._places.release()

    def _next_item(self) -> Optional[Message]:
        try:
            message = self._items.get(timeout=2.5)
        except queue.Empty:
            return None
        if message.status is None:
            return message
        # 404 and 408: nothing there. All others: no queue yet, or no leader.
        if message.status not in (404, 408):
            self._closing.wait(0.5)
        return None

    def _take(self, message: Message) -> bool:
        """False when this needs no place."""
        try:
            work = NatsWork(json.loads(message.data), message)
        except (ValueError, KeyError, TypeError):
            self._settle(message, b"+TERM")
            return False
        known = self._running.get(work.attempt_key)
        if known:
            # The queue took us for dead: this delivery counts from now on.
            known.message = message
            return False
        self._running[work.attempt_key] = work
        threading.Thread(target=self._carry, args=(work,), daemon=True).start()
        return True

    def _told_to_stop(self, message: Message) -> None:
        work = self._running.get(json.loads(message.data).get("attemptKey"))
        if work:
            work.drop()

    def _carry(self, work: NatsWork) -> None:
        threading.Thread(target=self._keep, args=(work,), daemon=True).start()
        word = b'-NAK {"delay": 1000000000}'
        try:
            word = self._carry_through(work)
        finally:
            # The queue may take its time to confirm: the place is free for the next item.
            self._running.pop(work.attempt_key, None)
            self._places.release()
            self._settle(work.message, word)
            work.over.set()

    def _carry_through(self, work: NatsWork) -> bytes:
        """What the queue is told of the item in the end."""
        patience_s = SILENT_AGAIN_S if self.silences else SILENT_S
        answer = self._report(
            work, "start", lambda: work.stopped.is_set() or self._closing.is_set(), silent_s=patience_s
        )
        if answer is None:
            return self._give_up(work)
        if answer is SILENCE:
            return self.rest(work)
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

    def _handle(self, work: NatsWork) -> Tuple[str, Dict[str, Any]]:
        bytes_max = self._nats.max_payload - 2000
        try:
            return "complete", {"output": checked_output(self._handler(work), bytes_max)}
        except TaskFailure as failure:
            return "fail", {"error": failure_with_details(failure, bytes_max)}
        except BaseException as error:
            # Also SystemExit, which ends but this thread: somebody has to be told.
            return "fail", {"error": unforeseen(error)}

    def _keep(self, work: NatsWork) -> None:
        """Tells the queue that this worker has the item."""
        while not work.over.wait(3):
            self._nats.publish(work.message.reply, b"+WPI")

    def _beat(self, work: NatsWork, every_s: float) -> None:
        """Tells the engine, once it let the work begin, that it goes on."""
        while not work.over.wait(every_s):
            if not work.stopped.is_set():
                answer = self._report(work, "heartbeat", until=lambda: True, **work.said)
                if answer and not answer["ok"] and answer["next"] == "drop":
                    work.drop()

    def _tell(self, work: NatsWork, kind: str, more: Mapping[str, Any]) -> bytes:
        while not self._hung_up:
            answer = self._report(work, kind, until=lambda: self._hung_up, **more)
            if answer and not answer["ok"] and answer["next"] == "wait":
                time.sleep(answer.get("retryAfterMs", 1000) / 1000)
            elif answer:
                return b"+ACK"
        return b"-NAK"

    def _give_up(self, work: NatsWork) -> bytes:
        if not work.dropped:
            self._report(work, "release", until=lambda: True, reason="the worker ends")
        return b"+ACK" if work.dropped else b"-NAK"

    def _obey(self, answer: Mapping[str, Any]) -> bytes:
        delay = answer.get("retryAfterMs", 1000) * 1_000_000
        return b"+ACK" if answer["next"] == "drop" else b"-NAK " + as_json({"delay": delay})

    def rest(self, work: NatsWork) -> bytes:
        """Gives an item back whose run no engine works on: the next one has its place."""
        before = self.silences.pop(work.attempt_key, 0)
        self.silences[work.attempt_key] = before + 1
        for oldest in list(self.silences)[:-SILENCES_MAX]:
            self.silences.pop(oldest, None)
        rest_s = min(REST_S_MAX, REST_S * 2 ** min(before, 10))
        return b"-NAK " + as_json({"delay": int(rest_s * 1e9)})

    def _report(
        self, work: NatsWork, kind: str, until: Callable[[], bool], silent_s: float = float("inf"), **more: Any
    ) -> Optional[Dict[str, Any]]:
        """
        The answer of the engine. Asks again and again until there is one; None when it need not ask any longer, SILENCE
        where no engine has listened for so long.
        """
        silent_at = time.monotonic() + silent_s
        report = {name: work.item[name] for name in ("protocol", "run", "task", "attempt", "token")}
        data = as_json({**report, "kind": kind, "worker": self.name, **more})
        while True:
            answer = self._nats.request(work.item["reportTo"], data, timeout=5)
            # An empty answer: whoever got the report could not record it.
            if answer and answer.data:
                told: Dict[str, Any] = json.loads(answer.data)
                return told
            if until():
                return None
            # 503: nobody listens. An engine that has much to do answers late.
            if answer is None or answer.status != 503:
                silent_at = time.monotonic() + silent_s
            elif time.monotonic() >= silent_at:
                return SILENCE
            time.sleep(0.25)

    def _settle(self, message: Message, word: bytes) -> None:
        """Says what becomes of the item until the server confirms it."""
        for _ in range(10):
            answer = self._nats.request(message.reply, word, timeout=2)
            if self._hung_up or (answer and answer.status is None):
                return
            time.sleep(0.25)
