"""The same as noting-worker.mjs, on the package of python/."""
import json, os, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../python/src"))
from threeox_workflow import Worker, serve


def handle(work):
    with open(os.environ["EFFECTS"], "a") as effects:
        effects.write("%s %d %d\n" % (work.attempt_key, os.getpid(), time.time() * 1000))
    work.stopped.wait(int(os.environ["WORK_MS"]) / 1000)
    gate = work.input.get("gate")
    while gate and not os.path.exists(gate) and not work.stopped.wait(0.05):
        pass
    return {"by": os.getpid()}


agents = json.loads(os.environ["AGENTS"])
try:
    serve(*[Worker(each["agent"], handle, skills=each["skills"], capacity=each["capacity"]) for each in agents])
except OSError as error:
    print(error, file=sys.stderr)
    # As the command line says that no server answers.
    sys.exit(3)
