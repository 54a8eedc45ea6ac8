import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src"))
from threeox_workflow import Nats
from threeox_workflow.nats_worker import NatsWork, NatsWorker
from threeox_workflow.project import project_api, project_folder, project_token
from threeox_workflow.work import TaskFailure, Work, checked_output, failure_with_details
from threeox_workflow.nats import Message, token
from threeox_workflow.workers import Worker, worker

ITEM = {"run": "r1", "task": "a.b", "attempt": 2, "key": "r1/a.b", "input": {"x": 1}, "traceparent": "00-1-2-01"}


class WhatAHandlerSees(unittest.TestCase):
    def test_an_attempt_has_the_members_of_its_item(self) -> None:
        work = Work({**ITEM, "lastDetails": {"row": 3}})
        self.assertEqual((work.attempt_key, work.last_details, work.team), ("r1/a.b/2", {"row": 3}, []))

    def test_progress_stays_within_what_engines_take(self) -> None:
        work = Work(ITEM)
        work.progress(140, "\U0001f58c" * 400)
        self.assertEqual(work.said["progress"], {"percent": 100.0, "message": "\U0001f58c" * 250})
        work.progress(float("nan"))
        self.assertEqual(work.said["progress"], {})

    def test_a_result_that_is_no_json_or_too_large_is_a_failure_with_a_code(self) -> None:
        for output, code in ((object(), "output.not-json"), (float("inf"), "output.not-json"), ("x" * 99, "output.too-large")):
            with self.assertRaises(TaskFailure) as raised:
                checked_output(output, 50)
            self.assertEqual(raised.exception.error["code"], code)
        self.assertEqual(checked_output({"a": 1}, 50), {"a": 1})

    def test_details_of_a_failure_that_do_not_fit_are_left_out(self) -> None:
        plain = {"code": "paint.dry", "message": "no paint", "retryable": False}
        for details, told in (({"left": 0}, {**plain, "details": {"left": 0}}), (object(), plain), ("x" * 999, plain)):
            self.assertEqual(failure_with_details(TaskFailure("paint.dry", "no paint", details=details), 500), told)


class WhatAProgramFinds(unittest.TestCase):
    def test_the_project_is_the_nearest_folder_with_a_journal(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = os.path.realpath(folder)
            inside = os.path.join(root, "a/b")
            os.makedirs(inside)
            self.assertEqual(project_folder(inside), inside)
            os.mkdir(os.path.join(root, ".3ox"))
            self.assertEqual(project_folder(inside), root)

    def test_address_and_token_are_read_from_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.assertIsNone(project_token(folder))
            with self.assertRaisesRegex(ConnectionError, "workflow serve"):
                project_api(folder)
            os.mkdir(os.path.join(folder, ".3ox"))
            with open(os.path.join(folder, ".3ox/owner.header"), "w") as file:
                file.write("Authorization: Bearer 3oxo_abc\n")
            with open(os.path.join(folder, ".3ox/dashboard.json"), "w") as file:
                json.dump({"url": "http://127.0.0.1:7420", "pid": 1}, file)
            self.assertEqual((project_api(folder), project_token(folder)), ("http://127.0.0.1:7420", "3oxo_abc"))


class NoConnection(Nats):
    def __init__(self) -> None:
        self.inbox = "_INBOX"


class ItemsThatNoEngineWorksOn(unittest.TestCase):
    def test_they_rest_twice_as_long_each_time_and_no_more_than_a_thousand_are_remembered(self) -> None:
        about = {"agent": "GREETER", "worker": "w", "capacity": 1}
        resting = NatsWorker(lambda work: None, about, NoConnection(), "default")
        message = Message("s", "r", None, b"")
        words = [
            resting.rest(NatsWork({**ITEM, "run": "r%d" % at}, message)) for at in [0, *range(1_500), 1_499]
        ]
        self.assertEqual((len(resting.silences), words[-1]), (1000, b'-NAK {"delay": 2000000000}'))


class Names(unittest.TestCase):
    def test_a_name_is_one_part_of_a_subject(self) -> None:
        self.assertEqual(token("CMD.BRIDGE \u00e9"), "CMD=2EBRIDGE=20=C3=A9")

    def test_the_decorator_makes_a_worker_of_a_function(self) -> None:
        @worker("GREETER", skills=["greeting"], capacity=3)
        def greet(work: Work) -> str:
            return "hello"

        self.assertEqual((greet.agent, greet.capacity, greet.handler(Work(ITEM))), ("GREETER", 3, "hello"))
        self.assertIsInstance(greet, Worker)


if __name__ == "__main__":
    unittest.main()
