import type { Run } from '../../machines/run/run.ts';
import type { AttemptsDeps, CarriedOut, Entry, Submit } from './attempt-entry.ts';
import { createAttemptStop } from './attempt-stop.ts';
import { carryOut } from './carry-out.ts';

/** The attempts that are carried out in this process: at most so many at a time, the others wait their turn. */
export type Attempts = {
  /** Carries an attempt out and submits its result. An attempt that is under way already is not begun again. */
  readonly begin: (run: Run, task: CarriedOut, attempt: number, submit: Submit) => void;
  /** Ends attempts that what happened has made useless. */
  readonly settle: (run: Run) => void;
  /** Ends every attempt of a run without recording anything: another engine goes on with it, or this one later. */
  readonly drop: (run: string) => void;
};

export function createAttempts(deps: AttemptsDeps): Attempts {
  const underWay = new Map<string, Map<string, Entry>>();
  const waiting: Entry[] = [];
  let busy = 0;

  function begin(run: Run, task: CarriedOut, attempt: number, submit: Submit): void {
    const id = run.state.run;
    const ofRun = underWay.get(id) ?? new Map<string, Entry>();
    const current = ofRun.get(task.id);
    if (current?.attempt === attempt) return;
    current?.stop.tell(superseded);
    const entry = { run, task, attempt, submit, stop: createAttemptStop(), begun: false };
    underWay.set(id, ofRun.set(task.id, entry));
    waiting.push(entry);
    next();
  }

  function next(): void {
    while (busy < deps.concurrencyMax) {
      const entry = waiting.shift();
      if (entry === undefined) return;
      if (entry.stop.isTold()) continue;
      busy += 1;
      entry.begun = true;
      void perform(entry);
    }
  }

  async function perform(entry: Entry): Promise<void> {
    const performer = entry.task.type === 'SIMPLE' ? deps.performers.find(entry.task) : evaluator;
    // Nobody here carries it out: the entry stays, so that it is not asked for again with every event.
    const command = performer === undefined ? undefined : await carryOut(entry, performer, deps);
    busy -= 1;
    next();
    if (command === undefined || entry.stop.isTold()) return;
    // Until the result is recorded the attempt counts as under way: an event in between must not begin it again.
    await entry.submit(command);
    forget(entry);
  }

  function forget(entry: Entry): void {
    const { run, task } = entry;
    const id = run.state.run;
    const ofRun = underWay.get(id);
    if (ofRun?.get(task.id) !== entry) return;
    ofRun.delete(task.id);
    if (ofRun.size === 0) underWay.delete(id);
  }

  function settle(run: Run): void {
    for (const entry of underWay.get(run.state.run)?.values() ?? []) {
      if (isOpen(run, entry)) continue;
      forget(entry);
      entry.stop.tell(overtaken);
    }
  }

  function drop(id: string): void {
    for (const entry of underWay.get(id)?.values() ?? []) entry.stop.tell(superseded);
    underWay.delete(id);
  }

  return { begin, settle, drop };
}

/** Whether the run still waits for this very attempt. A paused run begins nothing: what has its turn goes on. */
function isOpen(run: Run, { task, attempt, begun }: Entry): boolean {
  const state = run.state.tasks[task.id];
  if (run.state.status === 'PAUSED' && !begun) return false;

  return state?.attempt === attempt && (state.state === 'scheduled' || state.state === 'in_progress');
}

/** Expressions need no worker: the output is what the templates of the task make of nothing. */
const evaluator = { worker: 'engine', handler: () => Promise.resolve({}) };

const superseded = new Error('another attempt, or another engine, goes on with the task');
const overtaken = new Error('the attempt timed out, was cancelled, or its run ended');
