import { taskAt } from '../../machines/compile/task-at.ts';
import { isPerformed } from '../../machines/performed.ts';
import type { Run } from '../../machines/run/run.ts';
import { unclaimed } from '../../machines/run/unclaimed.ts';
import type { Task } from '../../machines/task.ts';
import type { Performer } from '../ports/handler.ts';
import type { AttemptsDeps, Entry, Submit } from './attempt-entry.ts';
import { createAttemptGate } from './attempt-gate.ts';
import { isOpen } from './attempt-open.ts';
import { createAttemptStop } from './attempt-stop.ts';
import { whenAdmitted } from './breaker-admission.ts';
import type { Breakers } from './breakers.ts';
import { carryOut } from './carry-out.ts';

/** The attempts that are carried out in this process: at most so many at a time, the others wait their turn. */
export type Attempts = {
  /** Carries an attempt out and submits its result. An attempt that is under way already is not begun again. */
  readonly begin: (run: Run, asked: AskedFor, submit: Submit) => void;
  /** Ends attempts that what happened has made useless. */
  readonly settle: (run: Run) => void;
  /** Ends every attempt of a run without recording anything: another engine goes on with it, or this one later. */
  readonly drop: (run: string) => void;
  readonly stop?: () => void;
};

export type AskedFor = {
  readonly task: Task;
  readonly address: string;
  readonly attempt: number;
  /** Who carries it out, where that is not for this process to find. */
  readonly performer?: Performer | undefined;
};

export function createAttempts(deps: AttemptsDeps & { readonly breakers: Breakers }): Attempts {
  const underWay = new Map<string, Map<string, Entry>>();
  const { gate = createAttemptGate() } = deps;
  const waiting: Entry[] = [];
  /** What has its turn but may not begin now. */
  const heldUp: Entry[] = [];
  let busy = 0;
  gate.onOpened(() => {
    waiting.push(...heldUp.splice(0));
    next();
  });

  function begin(run: Run, asked: AskedFor, submit: Submit): void {
    const { address, attempt, task } = asked;
    const id = run.state.run;
    const ofRun = underWay.get(id) ?? new Map<string, Entry>();
    const current = ofRun.get(address);
    if (current?.attempt === attempt) return;
    current?.stop.tell(superseded);
    const stop = createAttemptStop(() => gate.ended(entry));
    const entry: Entry = { run, ...asked, submit, stop, begun: false };
    underWay.set(id, ofRun.set(address, entry));
    if (task.circuitBreaker === undefined) enqueue(entry);
    else whenAdmitted(deps, entry, () => enqueue(entry));
  }

  function enqueue(entry: Entry): void {
    waiting.push(entry);
    next();
  }

  function next(): void {
    while (busy < deps.concurrencyMax) {
      const entry = waiting.shift();
      if (entry === undefined) return;
      if (entry.stop.isTold()) continue;
      if (!gate.mayBegin(entry.run.state.run)) {
        heldUp.push(entry);
        continue;
      }
      busy += 1;
      entry.begun = true;
      void perform(entry);
    }
  }

  async function perform(entry: Entry): Promise<void> {
    const { task, run } = entry;
    const performer = entry.performer ?? (isPerformed(task) ? deps.performers.find(task) : evaluator(entry));
    // Nobody here carries it out: the entry stays, so that it is not asked for again with every event.
    if (performer !== undefined) gate.began(entry, run.state.run);
    const command = performer === undefined ? undefined : await carryOut(entry, performer, deps);
    busy -= 1;
    next();
    if (command === undefined || entry.stop.isTold()) return;
    // Until the result is recorded the attempt counts as under way: an event in between must not begin it again.
    await entry.submit(command);
    gate.ended(entry);
    forget(entry);
  }

  function forget(entry: Entry): void {
    const { run, address } = entry;
    const id = run.state.run;
    const ofRun = underWay.get(id);
    if (ofRun?.get(address) !== entry) return;
    ofRun.delete(address);
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

/** What the chart, or expressions, made of a task needs no worker: it is reshaped and written as it is. */
function evaluator({ run, address }: Entry): Performer {
  return {
    worker: 'engine',
    handler: async () => unclaimed(run, taskAt(run.state, address)?.output ?? {}),
  };
}

const superseded = new Error('another attempt, or another engine, goes on with the task');
const overtaken = new Error('the attempt timed out, was cancelled, or its run ended');
