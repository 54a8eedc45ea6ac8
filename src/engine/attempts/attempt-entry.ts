import type { Command } from '../../../machines/run/decide/command.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Task } from '../../../machines/task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import type { Performer, Performers } from '../../ports/work/handler.ts';
import type { OutputFiles } from '../../ports/work/output-files.ts';
import type { Roster } from '../../ports/work/roster.ts';
import type { WorkQueue } from '../../ports/work/work-queue.ts';
import type { AttemptGate } from './attempt-gate.ts';
import type { AttemptStop } from './attempt-stop.ts';

/** Takes what an attempt has to say to its run. */
export type Submit = (command: Command) => Promise<unknown>;

export type AttemptsDeps = {
  readonly clock: Clock;
  readonly performers: Performers;
  readonly outputs: OutputFiles;
  readonly blobs: BlobStore;
  readonly projectDir: string;
  /** Called when something goes wrong that no command can be answered with. */
  readonly onTrouble: (run: string, error: unknown) => void;
  /** Attempts carried out at the same time. */
  readonly concurrencyMax: number;
  /**
   * How long an attempt may take before its start is recorded. One that ends sooner is recorded by its end alone,
   * which tells when it began: half the events for quick tasks, and nothing lost, for nothing depends on the start.
   */
  readonly startNoticeMs: number;
  /** Brings attempts to agents; without, tasks of agents wait. */
  readonly work?: {
    readonly queue: WorkQueue;
    readonly roster: Roster;
    /** Known to engines alone: what the tokens of items are made with. */
    readonly secret: string;
    /** A worker that was not heard of for so long may be taken for dead; 10 s unless said otherwise. */
    readonly claimTtlMs?: number;
  };
  /** Holds the start of attempts up; nothing does, without. */
  readonly gate?: AttemptGate;
};

/** An attempt on its way. */
export type Entry = {
  readonly run: Run;
  readonly task: Task;
  /** Where the task is in the run. */
  readonly address: string;
  readonly attempt: number;
  readonly submit: Submit;
  readonly stop: AttemptStop;
  /** Who carries it out in this process, where that is known already. */
  readonly performer?: Performer | undefined;
  /** Whether it has got its turn. */
  begun: boolean;
};
