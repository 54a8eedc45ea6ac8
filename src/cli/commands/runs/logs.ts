import { isFinal } from '../../../../machines/chart/task-status.ts';
import type { RunLog } from '../../../api/run-parts.ts';
import { delay } from '../../../lib/deadline.ts';
import { historyUseCases } from '../../../operations/history/use-cases.ts';
import type { OperationPorts } from '../../../operations/use-case.ts';
import { formatTime } from '../../../terminal/render/times.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { carriedOut, withPorts } from '../../with-ports.ts';
import { askOperation } from '../operation.ts';
import { namedRun } from './named-run.ts';

export type LogsFlags = {
  readonly task?: string | undefined;
  readonly at?: string;
  readonly follow?: boolean;
};

const table = { of: 'lines', columns: ['event', 'time', 'task', 'stream', 'text'] };
/** Many events may come at once: they are told together. */
const gatherMs = 200;

/** `workflow logs <run> [task]`: what was said and done in a run; with `--follow` until it ends. */
export async function logs(invocation: Invocation, run: string, flags: LogsFlags): Promise<ExitCode> {
  const { task, at, follow } = flags;
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
  let told = 0;
  let latest = 0;
  let isOver = false;
  let telling: Promise<void> | undefined;

  async function tell(): Promise<void> {
    await delay(io.clock, gatherMs);
    telling = undefined;
    const at = latest;
    const { lines } = await carriedOut(invocation, ports, historyUseCases.logs, { input: { run, task, at } });
    for (const line of lines) if (line.event > told) tellLine(invocation, line);
    told = at;
  }

  try {
    for await (const entry of ports.workflows.follow(run, stop.signal)) {
      if (!('record' in entry)) break;
      latest = entry.record.sequence;
      isOver = isFinal(entry.record.data.head.status);
      telling ??= tell();
      if (isOver) break;
    }
    await telling;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    stop.abort();
    release();
  }

  return isOver ? 0 : 130;
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
