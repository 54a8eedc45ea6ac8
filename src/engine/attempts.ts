import type { Run } from '../../machines/run/run.ts';
import type { SimpleTask } from '../../machines/task.ts';
import type { AttemptsDeps, Entry, Submit } from './attempt-entry.ts';
import { carryOut } from './carry-out.ts';

/** The attempts that are carried out in this process: at most so many at a time, the others wait their turn. */
export type Attempts = {
  /** Carries an attempt out and submits its result. An attempt that is under way already is not begun again. */
  readonly begin: (run: Run, task: SimpleTask, attempt: number, submit: Submit) => void;
  /** Ends attempts that what happened has made useless. */
  readonly settle: (run: Run) => void;
  /** Ends every attempt of a run without recording anything: another engine goes on with it, or this one later. */
  readonly drop: (run: string) => void;
};

export function createAttempts(deps: AttemptsDeps): Attempts {
  const underWay = new Map<string, Map<string, Entry>>();
  const waiting: Entry[] = [];
  let busy = 0;

  function begin(run: Run, task: SimpleTask, attempt: number, submit: Submit): void {
    const id = run.state.run;
    const ofRun = underWay.get(id) ?? new Map<string, Entry>();
    const current = ofRun.get(task.id);
    if (current?.attempt === attempt) return;
    current?.controller.abort(superseded);
    const entry = { run, task, attempt, submit, controller: new AbortController() };
    underWay.set(id, ofRun.set(task.id, entry));
    waiting.push(entry);
    next();
  }

  function next(): void {
    while (busy < deps.concurrencyMax) {
      const entry = waiting.shift();
      if (entry === undefined) return;
      if (entry.controller.signal.aborted) continue;
      busy += 1;
      void perform(entry);
    }
  }

  async function perform(entry: Entry): Promise<void> {
    const performer = deps.performers.find(entry.task);
    const command = performer === undefined ? undefined : await carryOut(entry, performer, deps);
    busy -= 1;
    if (command !== undefined && !entry.controller.signal.aborted) {
      forget(entry);
      entry.submit(command);
    }
    next();
  }

  function forget({ run, task }: Entry): void {
    const id = run.state.run;
    const ofRun = underWay.get(id);
    ofRun?.delete(task.id);
    if (ofRun?.size === 0) underWay.delete(id);
  }

  function settle(run: Run): void {
    for (const entry of underWay.get(run.state.run)?.values() ?? []) {
      if (isOpen(run, entry)) continue;
      forget(entry);
      entry.controller.abort(overtaken);
    }
  }

  function drop(id: string): void {
    for (const entry of underWay.get(id)?.values() ?? []) entry.controller.abort(superseded);
    underWay.delete(id);
  }

  return { begin, settle, drop };
}

/** Whether the run still waits for this very attempt. */
function isOpen(run: Run, { task, attempt }: Entry): boolean {
  const state = run.state.tasks[task.id];

  return state?.attempt === attempt && (state.state === 'scheduled' || state.state === 'in_progress');
}

const superseded = new Error('another attempt, or another engine, goes on with the task');
const overtaken = new Error('the attempt timed out, was cancelled, or its run ended');
