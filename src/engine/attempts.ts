import { parseAddress } from '../../machines/compile/address.ts';
import { isUnderWay, taskAt } from '../../machines/compile/task-at.ts';
import type { Run } from '../../machines/run/run.ts';
import { unclaimed } from '../../machines/run/unclaimed.ts';
import type { Task } from '../../machines/task.ts';
import type { Handler } from '../ports/handler.ts';
import { type AttemptsDeps, type Entry, isPerformed, type Submit } from './attempt-entry.ts';
import { createAttemptGate } from './attempt-gate.ts';
import { createAttemptStop } from './attempt-stop.ts';
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
};

export type AskedFor = { readonly task: Task; readonly address: string; readonly attempt: number };

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

  function begin(run: Run, { task, address, attempt }: AskedFor, submit: Submit): void {
    const id = run.state.run;
    const ofRun = underWay.get(id) ?? new Map<string, Entry>();
    const current = ofRun.get(address);
    if (current?.attempt === attempt) return;
    current?.stop.tell(superseded);
    const stop = createAttemptStop(() => gate.ended(entry));
    const entry: Entry = { run, task, address, attempt, submit, stop, begun: false };
    underWay.set(id, ofRun.set(address, entry));
    if (task.circuitBreaker === undefined) enqueue(entry);
    else void admit(entry);
  }

  /** An attempt at a task that keeps failing, in whatever runs, waits until its circuit breaker lets it through. */
  async function admit(entry: Entry): Promise<void> {
    const { run, task, address, attempt } = entry;
    const key = `${run.state.run}/${address}/${attempt}`;
    const asked = { definition: run.chart.definition.id, task, attempt: key };
    const answer = await deps.breakers.admit(asked).catch((error: unknown) => {
      deps.onTrouble(run.state.run, error);
      return { retryAtMs: deps.clock.now() + troubledMs };
    });
    if (entry.stop.isTold()) return;
    if (answer === 'now') enqueue(entry);
    else deps.clock.after(Math.max(answer.retryAtMs - deps.clock.now(), 0), () => void admit(entry));
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
    const performer = isPerformed(task) ? deps.performers.find(task) : evaluator(entry);
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

const open: ReadonlySet<string> = new Set(['scheduled', 'in_progress', 'shaping']);

/** Whether the run still waits for this very attempt. A paused run begins nothing: what has its turn goes on. */
function isOpen(run: Run, { address, attempt, begun }: Entry): boolean {
  const state = taskAt(run.state, address);
  if (run.state.status === 'PAUSED' && !begun) return false;
  if (state?.attempt !== attempt || !open.has(state.state)) return false;
  if (run.state.phase === 'compensating' || !address.includes('[')) return true;
  const parsed = parseAddress(address);

  return parsed !== undefined && isUnderWay(run.state, parsed);
}

/** What the chart, or expressions, made of a task needs no worker: it is reshaped and written as it is. */
function evaluator({ run, address }: Entry): { readonly worker: string; readonly handler: Handler } {
  return {
    worker: 'engine',
    handler: async () => unclaimed(run, taskAt(run.state, address)?.output ?? {}),
  };
}

const troubledMs = 1_000;
const superseded = new Error('another attempt, or another engine, goes on with the task');
const overtaken = new Error('the attempt timed out, was cancelled, or its run ended');
