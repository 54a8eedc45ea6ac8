import type { Command } from '../../machines/run/command.ts';
import type { Run } from '../../machines/run/run.ts';
import type { SimpleTask, TransformTask } from '../../machines/task.ts';
import type { Clock } from '../ports/clock.ts';
import type { Performers } from '../ports/handler.ts';
import type { OutputFiles } from '../ports/output-files.ts';
import type { AttemptStop } from './attempt-stop.ts';

/** Takes what an attempt has to say to its run. */
export type Submit = (command: Command) => Promise<unknown>;

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

/** The tasks that have attempts. A TRANSFORM has one, in the engine itself, where its output goes to a file. */
export type CarriedOut = SimpleTask | TransformTask;

/** An attempt on its way. */
export type Entry = {
  readonly run: Run;
  readonly task: CarriedOut;
  readonly attempt: number;
  readonly submit: Submit;
  readonly stop: AttemptStop;
  /** Whether it has got its turn. */
  begun: boolean;
};
