"""A worker of 3OX Workflow in Python: greets whom the input names. docs/workers.md says how the package gets here.

    python3 worker.py GREETER

The server is that of NATS_URL, the engine that of WORKFLOW_URL (over HTTP), else those of the project of this folder.
"""

import sys

from threeox_workflow import TaskFailure, Work, Worker, serve


def greet(work: Work):
    # Wrong today is wrong tomorrow: there is no use in another attempt.
    if not isinstance(work.input.get("name"), str):
        raise TaskFailure("greet.no-name", "the input has no name")
    work.progress(50, "greeting " + work.input["name"])
    return {"greeting": "hello " + work.input["name"], "by": "attempt %d of %s" % (work.attempt, work.task)}


serve(Worker(sys.argv[1] if len(sys.argv) > 1 else "GREETER", greet, skills=["greeting"], capacity=2))
