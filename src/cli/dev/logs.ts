import { isFinal } from '../../../machines/chart/task-status.ts';
import type { RunLog } from '../../api/run-parts.ts';
import { delay } from '../../lib/deadline.ts';
import { historyUseCases } from '../../operations/history/use-cases.ts';
import type { OperationPorts } from '../../operations/use-case.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import type { PrintedLines } from '../../ports/work/live-output.ts';
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

/**
 * What an attempt prints is told as it comes, and what was not comes with its end
 * (docs/decisions/0092-live-output-is-told-and-not-kept.md).
 */
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
    (await carriedOut(invocation, ports, historyUseCases.logs, { input: { run, after: told, ...asked } }))
      .lines;
  const live = createToldLines();
  let told = 0;
  let telling: Promise<void> | undefined;

  /** What is told is read beside the journal: it may be behind it, and may be ahead. */
  async function tellUpTo(sequence: number): Promise<void> {
    let all = await linesOf({});
    while (lastEvent(all) < sequence && !stop.signal.aborted) {
      await delay(io.clock, againMs);
      all = await linesOf({});
    }
    const last = Math.max(lastEvent(all), sequence);
    const lines = task === undefined ? all : await linesOf({ task });
    for (const line of live.untold(lines.filter(({ event }) => event <= last))) tellLine(invocation, line);
    told = last;
  }

  async function tellPrinted(): Promise<void> {
    for await (const printed of ports.workflows.printing(run, stop.signal)) {
      if (task !== undefined && printed.task !== task) continue;
      const { attempt, stream, time } = printed;
      for (const text of live.take(printed))
        tellLine(invocation, { time, level: 'info', task: printed.task, stream, attempt, text, live: true });
    }
  }

  try {
    const { sequence: before } = await ports.workflows.view(run);
    for await (const entry of ports.workflows.follow(run, stop.signal)) {
      if (!('record' in entry)) throw new RunQuarantined(entry.damage);
      const { sequence, data } = entry.record;
      if (sequence >= before && sequence > told) await tellUpTo(sequence);
      if (isFinal(data.head.status)) return 0;
      // What is lost of it comes with the end of its attempt.
      if (sequence >= before) telling ??= tellPrinted().catch(() => undefined);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    stop.abort();
    release();
    await telling;
  }

  return 130;
}

function lastEvent(lines: RunLog['lines']): number {
  return lines.at(-1)?.event ?? 0;
}

type LogLine = RunLog['lines'][number];

/** One that was printed just now is part of no event yet. */
type LiveLine = Omit<LogLine, 'event'> & { readonly live: true };

type Seen = { readonly ranges: (readonly [from: number, to: number])[]; count: number | undefined };

type ToldLines = {
  /** The lines to tell now. */
  readonly take: (printed: PrintedLines) => readonly string[];
  /** Of what the journal tells, what was not told while it was printed. */
  readonly untold: (lines: readonly LogLine[]) => readonly LogLine[];
};

/** Which lines of which attempts were told while they were printed. */
function createToldLines(): ToldLines {
  const seen = new Map<string, Seen>();

  return {
    take: ({ task, attempt, stream, first, lines, leftOut = 0, count }) => {
      const key = `${stream} ${attempt} ${task}`;
      const of: Seen = seen.get(key) ?? { ranges: [], count: undefined };
      seen.set(key, of);
      const missing = first - (of.ranges.at(-1)?.[1] ?? 0);
      of.count = count ?? of.count;
      if (lines.length > 0) of.ranges.push([first, first + lines.length]);
      if (leftOut > 0)
        return [`... ${leftOut} bytes left out; see the log when the attempt has ended ...`, ...lines];

      return missing > 0 && lines.length > 0 ? [`... ${missing} lines left out ...`, ...lines] : lines;
    },
    untold: (lines) => {
      const told = new Set<LogLine>();
      for (const [key, printed] of printedParts(lines)) {
        for (const line of toldOf(printed, seen.get(key))) told.add(line);
        seen.delete(key);
      }

      return lines.filter((line) => !told.has(line));
    },
  };
}

/** The lines of each stream of each attempt by themselves, with what is said to be left out between them. */
function printedParts(lines: readonly LogLine[]): ReadonlyMap<string, readonly LogLine[]> {
  const parts = new Map<string, LogLine[]>();
  for (const line of lines) {
    const { task = '', attempt = 0, stream: own } = line;
    if (own === undefined && !isLeftOut(line)) continue;
    for (const stream of own === undefined ? ['stdout', 'stderr'] : [own]) {
      const key = `${stream} ${attempt} ${task}`;
      const part = parts.get(key);
      if (part === undefined) parts.set(key, [line]);
      else part.push(line);
    }
  }

  return parts;
}

/** Says that something stands between the lines before and after it. */
function isLeftOut({ text }: LogLine): boolean {
  return /^\.\.\. \d+ (bytes|lines) are left out \.\.\.$/.test(text);
}

/** The lines of one stream that were told before; where all were, also what says that some are left out. */
function toldOf(printed: readonly LogLine[], seen: Seen | undefined): readonly LogLine[] {
  if (seen === undefined) return [];
  const { ranges, count } = seen;
  const marks = printed.flatMap((line, at) => (isLeftOut(line) ? [at] : []));
  const head = printed.slice(0, marks[0] ?? printed.length);
  const tail = printed.slice((marks.at(-1) ?? printed.length) + 1);
  const isTold = (at: number): boolean => ranges.some(([from, to]) => from <= at && at < to);
  const known = [
    ...head.filter((_line, at) => isTold(at)),
    ...(count === undefined ? [] : tail.filter((_line, at) => isTold(count - tail.length + at))),
  ];

  return known.length === printed.length - marks.length ? printed : known;
}

function tellLine({ output, io, options }: Invocation, line: LogLine | LiveLine): void {
  const { time, task = '', stream = '', text } = line;
  if (output.json) {
    io.stdout(`${JSON.stringify(line)}\n`);
    return;
  }
  const at = formatTime(time, options.time ?? 'local', io.clock.now());
  const about = [at, ...[task, stream].filter((part) => part !== '')].join('  ');
  output.data(`${output.paint.dim(about)}  ${oneLine(text)}`);
}
