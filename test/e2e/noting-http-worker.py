"""The same as noting-worker.py, on the worker over HTTP of examples/workers."""
import importlib.util, json, os, time

path = os.path.join(os.path.dirname(__file__), "../../examples/workers/http-worker.py")
spec = importlib.util.spec_from_file_location("http_worker", path)
http_worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(http_worker)


def handle(work):
    with open(os.environ["EFFECTS"], "a") as effects:
        effects.write("%s %d %d\n" % (work.attempt_key, os.getpid(), time.time() * 1000))
    gate = (work.input or {}).get("gate")
    while gate and not os.path.exists(gate) and not work.stopped.wait(0.05):
        pass
    return {"by": os.getpid()}


agents = json.loads(os.environ["AGENTS"])
http_worker.serve([http_worker.Worker(each["agent"], handle, capacity=each["capacity"]) for each in agents])
