import { isFinal } from '../../../machines/chart/task-status.ts';
import type { RunLog } from '../../api/run-parts.ts';
import { delay } from '../../lib/deadline.ts';
import { historyUseCases } from '../../operations/history/use-cases.ts';
import type { OperationPorts } from '../../operations/use-case.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { formatTime } from '../../terminal/render/times.ts';
import { oneLine } from '../../terminal/render/width.ts';
import { askOperation } from '../commands/operation.ts';
import { namedRun } from '../commands/runs/named-run.ts';
import type { ExitCode } from '../exit-codes.ts';
import { type Invocation, refuseUnlessRuns } from '../invocation.ts';
import { carriedOut, withPorts } from '../with-ports.ts';

export type LogsFlags = {
  readonly task?: string | undefined;
  readonly at?: string;
  readonly follow?: boolean;
};

const table = { of: 'lines', columns: ['event', 'time', 'task', 'stream', 'text'] };
const againMs = 100;

/** `workflow logs <run> [task]`: what was said and done in a run; with `--follow` until it ends. */
export async function logs(invocation: Invocation, run: string, flags: LogsFlags): Promise<ExitCode> {
  const { task, at, follow } = flags;
  await refuseUnlessRuns(invocation);
  if (follow === true) return withPorts(invocation, (ports) => followLogs(invocation, ports, { run, task }));
  const load = () => Promise.resolve(historyUseCases.logs);
  const place = { words: 'logs', table };

  return askOperation(
    invocation,
    { noun: 'history', verb: 'logs', place, load },
    { as: undefined, members: { run, task, at } },
  );
}

/** What an attempt printed comes with its end (docs/decisions/0039-what-attempts-print-comes-with-their-end.md). */
async function followLogs(
  invocation: Invocation,
  ports: OperationPorts,
  { run: name, task }: { readonly run: string; readonly task: string | undefined },
): Promise<ExitCode> {
  const { io } = invocation;
  const run = await namedRun(invocation, ports.workflows, name);
  const stop = new AbortController();
  const release = io.onInterrupt(() => stop.abort());
  const linesOf = async (asked: { readonly task?: string | undefined }) =>
    (await carriedOut(invocation, ports, historyUseCases.logs, { input: { run, ...asked } })).lines;
  let told = 0;

  /** What is told is read beside the journal: it may be behind it, and may be ahead. */
  async function tellUpTo(sequence: number): Promise<void> {
    let all = await linesOf({});
    while (lastEvent(all) < sequence && !stop.signal.aborted) {
      await delay(io.clock, againMs);
      all = await linesOf({});
    }
    const last = Math.max(lastEvent(all), sequence);
    for (const line of task === undefined ? all : await linesOf({ task }))
      if (line.event > told && line.event <= last) tellLine(invocation, line);
    told = last;
  }

  try {
    const { sequence: before } = await ports.workflows.view(run);
    for await (const entry of ports.workflows.follow(run, stop.signal)) {
      if (!('record' in entry)) throw new RunQuarantined(entry.damage);
      const { sequence, data } = entry.record;
      if (sequence >= before && sequence > told) await tellUpTo(sequence);
      if (isFinal(data.head.status)) return 0;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    stop.abort();
    release();
  }

  return 130;
}

function lastEvent(lines: RunLog['lines']): number {
  return lines.at(-1)?.event ?? 0;
}

function tellLine({ output, io, options }: Invocation, line: RunLog['lines'][number]): void {
  const { time, task = '', stream = '', text } = line;
  if (output.json) {
    io.stdout(`${JSON.stringify(line)}\n`);
    return;
  }
  const at = formatTime(time, options.time ?? 'local', io.clock.now());
  const about = [at, ...[task, stream].filter((part) => part !== '')].join('  ');
  output.data(`${output.paint.dim(about)}  ${oneLine(text)}`);
}
