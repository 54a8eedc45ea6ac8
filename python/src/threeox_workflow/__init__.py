"""Workers and a client of 3OX Workflow, with nothing but the standard library.

    from threeox_workflow import TaskFailure, Work, serve, worker

    @worker("GREETER", capacity=4)
    def greet(work: Work):
        if "name" not in work.input:
            raise TaskFailure("greet.no-name", "the input has no name")
        return {"greeting": "hello " + work.input["name"]}

    serve(greet)

and, in another program,

    from threeox_workflow import Client

    run = Client().start("greet", {"who": "Ada"})
    print(run.result())
"""

from .client import Client, Run, RunNotCompleted
from .http_api import Refused
from .nats import Message, Nats
from .work import Handler, TaskFailure, Work
from .workers import Worker, serve, worker

__version__ = "0.1.0"
__all__ = [
    "Client",
    "Handler",
    "Message",
    "Nats",
    "Refused",
    "Run",
    "RunNotCompleted",
    "TaskFailure",
    "Work",
    "Worker",
    "serve",
    "worker",
]
