import type { Transition } from '../../events/record.ts';
import type { SimpleTask } from '../../machines/definition.ts';
import type { Command } from '../../machines/run/command.ts';
import type { Run } from '../../machines/run/run.ts';
import type { Clock } from '../ports/clock.ts';
import type { Performers } from '../ports/handler.ts';
import type { OutputFiles } from '../ports/output-files.ts';
import { carryOut } from './carry-out.ts';

/** The attempts that are carried out in this process: at most so many at a time, the others wait their turn. */
export type Attempts = {
  /** Carries an attempt out and submits its result. An attempt that is under way already is not begun again. */
  readonly begin: (run: Run, task: SimpleTask, attempt: number, submit: Submit) => void;
  /** Ends attempts that what happened has made useless. */
  readonly settle: (run: Run, transitions: readonly Transition[]) => void;
  /** Ends every attempt of a run without recording anything: another engine goes on with it, or this one later. */
  readonly drop: (run: string) => void;
};

export type Submit = (command: Command) => void;

export type AttemptsDeps = {
  readonly clock: Clock;
  readonly performers: Performers;
  readonly outputs: OutputFiles;
  readonly projectDir: string;
  /** Attempts carried out at the same time. */
  readonly concurrencyMax: number;
  /**
   * How long an attempt may take before its start is recorded. One that ends sooner is recorded by its end alone,
   * which tells when it began: half the events for quick tasks, and nothing lost, for nothing depends on the start.
   */
  readonly startNoticeMs: number;
};

/** An attempt on its way. */
export type Entry = {
  readonly run: Run;
  readonly task: SimpleTask;
  readonly attempt: number;
  readonly submit: Submit;
  readonly controller: AbortController;
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

  function settle(run: Run, transitions: readonly Transition[]): void {
    const { run: id, tasks } = run.state;
    const ofRun = underWay.get(id);
    if (ofRun === undefined) return;
    for (const { task } of transitions) {
      const entry = task === undefined ? undefined : ofRun.get(task);
      const state = task === undefined ? undefined : tasks[task];
      if (entry === undefined || state === undefined) continue;
      const open = state.state === 'scheduled' || state.state === 'in_progress';
      if (open && state.attempt === entry.attempt) continue;
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

const superseded = new Error('another attempt, or another engine, goes on with the task');
const overtaken = new Error('the attempt timed out, was cancelled, or its run ended');
