import type { RunStatus } from '../../events/record.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import type { Monitoring } from '../../machines/definition.ts';
import { appendLinesOnce, type MarkedLine } from '../files/append-line.ts';
import type { Clock } from '../ports/clock.ts';
import type { Stored } from '../ports/runs/journal.ts';
import { createExecutionLog } from '../projections/run/execution-log.ts';

/** Where the log of a run goes whose definition names no file. */
const usualPath = '.3ox/workflow.execution.log';

/** Changes are gathered for so long, in ms: a line costs a flush of the disk. */
const pauseMs = 500;

/** What could not be read or written is tried again after so long, in ms. */
const retriedMs = 30_000;

/** So many lines of a run are gathered before they are appended. */
const linesMax = 1_000;

/**
 * The execution logs of the runs whose definitions have `monitoring`: files of the project that lines are appended to.
 * They are copies of what the journal says, which is read for them: a run needs none of them.
 */
export interface ExecutionLogs {
  /** Takes note of a change of a run. Its lines are appended a little later, those of many runs at once. */
  update(run: LoggedRun): void;
  /** Appends what has not been appended yet. */
  flush(): Promise<void>;
}

export type ExecutionLogsOptions = {
  readonly projectDir: string;
  /** The messages of a run behind a position of the journal. */
  readonly entries: (run: string, options: { readonly after: number }) => AsyncIterable<Stored>;
  readonly clock: Clock;
  /** Told when a file cannot be written, or a run not be read. It is tried again after a while. */
  readonly onTrouble: (run: string, error: unknown) => void;
};

/** A run, its status now, and the `monitoring` of its definition: absent, it has no log. */
export type LoggedRun = {
  readonly run: string;
  readonly status: RunStatus;
  readonly monitoring: Monitoring | undefined;
};

/** How far the log of a run has come. */
type Open = {
  readonly path: string;
  readonly linesOf: ReturnType<typeof createExecutionLog>;
  /** The position in the journal behind which nothing was read. */
  position: number;
  /** Lines that are made and not appended yet. */
  readonly lines: MarkedLine[];
  isOver: boolean;
};

export function createExecutionLogs({
  projectDir,
  entries,
  clock,
  onTrouble,
}: ExecutionLogsOptions): ExecutionLogs {
  const open = new Map<string, Open>();
  const changed = new Set<string>();
  const reading = new Set<string>();
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  function flush(): Promise<void> {
    cancel?.();
    cancel = undefined;
    writing = writing.then(write);

    return writing;
  }

  async function write(): Promise<void> {
    const runs = [...changed];
    changed.clear();
    for (const run of runs) await readOn(run).catch((error: unknown) => failed(run, error));
    for (const path of new Set([...open.values()].map((each) => each.path))) {
      const due = [...open].filter(([, each]) => each.path === path);
      await append(path, due).catch((error: unknown) => failed(due[0]?.[0] ?? '', error));
    }
  }

  /** It is tried again, also where the run has ended and changes no more. */
  function failed(run: string, error: unknown): void {
    changed.add(run);
    cancel ??= clock.after(retriedMs, () => void flush());
    onTrouble(run, error);
  }

  async function readOn(run: string): Promise<void> {
    const log = open.get(run);
    if (log === undefined) return;
    reading.add(run);
    for await (const stored of entries(run, { after: log.position })) {
      log.position = stored.position;
      if (stored.kind === 'record') log.lines.push(...log.linesOf(stored.record));
      if (log.lines.length >= linesMax) await append(log.path, [[run, log]]);
    }
    reading.delete(run);
  }

  async function append(path: string, due: readonly (readonly [string, Open])[]): Promise<void> {
    const lines = due.flatMap(([, log]) => log.lines);
    if (lines.length > 0) await appendLinesOnce({ projectDir, path, lines });
    for (const [run, log] of due) {
      log.lines.length = 0;
      // One that is retried begins anew: its lines that are there already are not written twice.
      if (log.isOver && !changed.has(run) && !reading.has(run)) open.delete(run);
    }
  }

  return {
    update: ({ run, status, monitoring }) => {
      if (monitoring === undefined) return;
      const log = open.get(run) ?? opened(monitoring);
      log.isOver = isFinal(status);
      open.set(run, log);
      changed.add(run);
      cancel ??= clock.after(pauseMs, () => void flush());
    },
    flush,
  };
}

function opened(monitoring: Monitoring): Open {
  const { logTo: path = usualPath } = monitoring;

  return { path, linesOf: createExecutionLog(monitoring), position: 0, lines: [], isOver: false };
}
