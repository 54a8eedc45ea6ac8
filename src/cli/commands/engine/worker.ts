import { parseDuration } from '../../../../machines/language/duration.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';

export type WorkerFlags = {
  readonly skill?: readonly string[];
  readonly capacity: string;
  readonly level?: 'L0' | 'L1' | 'L2' | 'L3';
  readonly department?: string;
  readonly drain: string;
};

/** `workflow worker`: carries the tasks of an agent out by running a command for each. */
export async function worker(
  { app, io, output, projectDir }: Invocation,
  { agent, command }: { readonly agent: string; readonly command: readonly string[] },
  flags: WorkerFlags,
): Promise<ExitCode> {
  const { skill = [], level, department } = flags;
  const capacity = capacityOf(flags);
  const drainMs = drainMsOf(flags);
  const stop = new AbortController();
  const release = io.onInterrupt(() => {
    output.note(`stopping: what is under way may take ${flags.drain} to end; once more stops at once`);
    stop.abort();
  });
  const options = {
    projectDir: projectDir(),
    cwd: io.cwd,
    agent,
    command,
    skills: skill,
    capacity,
    ...(level === undefined ? {} : { level }),
    ...(department === undefined ? {} : { department }),
    drainMs,
    signal: stop.signal,
  };
  try {
    await app.work(options, (message) => output.note(message));
  } finally {
    release();
  }
  output.note('the worker has stopped; what it had not finished is given to another one');

  return 0;
}

function capacityOf({ capacity }: WorkerFlags): number {
  const count = Number(capacity);
  if (/^\d+$/.test(capacity) && count >= 1 && count <= 10_000) return count;

  throw new CliFailure('usage.capacity', `--capacity ${capacity}: give a whole number from 1 to 10000`);
}

function drainMsOf({ drain }: WorkerFlags): number {
  const parsed = parseDuration(drain, { zero: true });
  if (!parsed.ok) throw new CliFailure('usage.drain', `--drain: ${parsed.reason}`);

  return parsed.ms;
}
