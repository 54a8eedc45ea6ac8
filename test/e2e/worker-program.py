# A worker on the package of python/ that does what the input of an item says, as worker-program.mjs does.
import os, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../python/src"))
from threeox_workflow import TaskFailure, Worker, serve


def handle(work):
    do, file = work.input.get("do"), work.input.get("file")
    if do == "echo":
        return {"key": work.attempt_key, "echo": work.input}
    if do == "refuse":
        raise TaskFailure("paint.dry", "no paint", details={"left": 0})
    if do == "refuse unfit":
        raise TaskFailure("paint.dry", "no paint", details={"left": object()})
    if do == "exit":
        sys.exit(3)
    if do == "say nonsense":
        work.progress(float("nan"), 7)
        time.sleep(1)
        work.progress(101, "\U0001F58C" * 400)
        time.sleep(1)
        return "painted"
    if do == "crash":
        raise ValueError("oops")
    if do == "wait":
        work.progress(50, "half way")
        work.stopped.wait()
        with open(file, "w") as told:
            told.write("stopped")
        raise RuntimeError("stopped")
    while not os.path.exists(file):
        time.sleep(0.05)
    return "slow"


serve(Worker(sys.argv[1], handle, skills=["paint"], capacity=2), drain_s=2)
