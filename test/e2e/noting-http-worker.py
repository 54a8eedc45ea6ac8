"""The same as noting-worker.py, over HTTP."""
import json, os, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../python/src"))
from threeox_workflow import Worker, serve


def handle(work):
    with open(os.environ["EFFECTS"], "a") as effects:
        effects.write("%s %d %d\n" % (work.attempt_key, os.getpid(), time.time() * 1000))
    gate = (work.input or {}).get("gate")
    while gate and not os.path.exists(gate) and not work.stopped.wait(0.05):
        pass
    return {"by": os.getpid()}


agents = json.loads(os.environ["AGENTS"])
workers = [Worker(each["agent"], handle, capacity=each["capacity"]) for each in agents]
serve(*workers, url=os.environ["WORKFLOW_URL"])
