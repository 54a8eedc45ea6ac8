import { type BlobRef, isBlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import { AttemptLog, type Printed } from '../../../events/task-events.ts';
import { statusOf } from '../../../machines/chart/task-status.ts';
import type { LogLine } from '../../api/run-parts.ts';
import { messageOf } from '../../lib/text.ts';
import type { BookRow } from '../insights/book-row.ts';
import { noteOfRecord } from './fact-note.ts';

/** Phases of a run that say nothing to a reader: they are a matter of the engine alone. */
const inner: ReadonlySet<string> = new Set(['concluding', 'leaving', 'notifying', 'queued']);

const linesMax = 2_000;
const taskLinesMax = 20_000;
/** Of more lines than these of one attempt, so many of the first are shown. */
const headLinesMax = 1_000;
/** So many of the latest attempts at a task are shown with what they printed, where that is kept beside the journal. */
const logsMax = 20;

type Wanted = {
  readonly at?: number | undefined;
  readonly after?: number | undefined;
  readonly task?: string | undefined;
};

/**
 * What was said and done in a run after event `after` and up to event `at`: the latest 2,000 lines, or those of one
 * task. These go on to 20,000 and then to the beginning of what that attempt printed.
 */
export function logLines(rows: readonly BookRow[], { at, after = 0, task }: Wanted): readonly LogLine[] {
  const lines: LogLine[] = [];
  const max = task === undefined ? linesMax : taskLinesMax;
  const end = Math.min(at ?? rows.length, rows.length);
  for (let index = end - 1; index >= after && lines.length < max; index--) {
    const row = rows[index];
    if (row === undefined || (task !== undefined && row.line.task !== task)) continue;
    for (const line of linesOf(row).toReversed()) lines.push(line);
  }
  lines.reverse();

  return task === undefined ? lines.slice(-linesMax) : lines;
}

/**
 * The rows with what the latest attempts at the wanted task printed, read by `blob` where it is kept beside the
 * journal.
 */
export async function withPrinted(
  rows: readonly BookRow[],
  { at, after = 0, task }: Wanted,
  blob: (digest: string) => Promise<string | undefined>,
): Promise<readonly BookRow[]> {
  if (task === undefined) return rows;
  const kept = rows
    .slice(after, at)
    .flatMap(({ line, log }, index) =>
      line.task === task && isBlobRef(log) ? [{ index: after + index, log }] : [],
    )
    .slice(-logsMax);
  const read = new Map<number, Pick<BookRow, 'log' | 'unread'>>();
  for (const { index, log } of kept) read.set(index, await readLog(log, blob));

  return rows.map((row, index) => {
    const found = read.get(index);
    return found === undefined ? row : { ...row, ...found };
  });
}

async function readLog(
  { $blob: { digest, bytes } }: BlobRef,
  blob: (digest: string) => Promise<string | undefined>,
): Promise<Pick<BookRow, 'log' | 'unread'>> {
  const what = `${kibOf(bytes)} that it printed (digest ${digest.slice(0, 12)})`;
  try {
    const text = await blob(digest);

    return text === undefined
      ? { unread: `${what} are not in the blob store any more, or damaged: see workflow doctor` }
      : { log: JSON.parse(text) as Json };
  } catch (error) {
    return { unread: `${what} cannot be read now: ${messageOf(error)}` };
  }
}

function kibOf(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}

function linesOf({ line, worker, attempt, error, log, unread }: BookRow): readonly LogLine[] {
  const { sequence, time, type, task, note } = line;
  const at = { event: sequence, time, level: levelOf(line.problem ?? error?.code, type) };
  const about = task === undefined ? {} : { task };
  const by = worker === undefined || type !== 'task.started' ? '' : ` on ${worker}`;
  const tries = attempt === undefined || attempt === 1 || type === 'task.failed' ? '' : `attempt ${attempt}`;
  const text = [`${type.replace('.', ' ')}${by}`, tries, note].filter((part) => part !== '').join(': ');
  const tail = (error?.tail?.split('\n') ?? []).map((each) => ({ text: `  ${each}` }));
  const printed = log === undefined ? [] : printedLines(log, unread);
  // The end of standard error is the last thing that the log says, where it has that.
  const said: readonly Said[] = printed.some(({ stream }) => stream === 'stderr')
    ? printed
    : [...tail, ...printed];

  const tried = attempt === undefined || printed.length === 0 ? {} : { attempt };

  return [{ ...at, ...about, text }, ...said.map((each) => ({ ...at, ...about, ...tried, ...each }))];
}

type Said = Pick<LogLine, 'stream' | 'text'>;

/** What an attempt printed, as lines: each stream by itself, as nobody knows which line came before which. */
function printedLines(log: Json, unread: string | undefined): readonly Said[] {
  if (isBlobRef(log)) {
    const elsewhere = `printed ${kibOf(log.$blob.bytes)}: ask for its task up to this event to see it`;
    return [{ text: `  ${unread ?? elsewhere}` }];
  }
  // Each by itself: one that somebody else wrote in another way takes nothing from the others.
  const { stdout, stderr, report } = AttemptLog.shape;
  const given = (typeof log === 'object' ? log : undefined) as { readonly [name: string]: Json } | undefined;
  const lines: readonly Said[] = [
    ...streamLines('stdout', stdout.safeParse(given?.['stdout']).data),
    ...streamLines('stderr', stderr.safeParse(given?.['stderr']).data),
    ...(report.safeParse(given?.['report']).data ?? []).map((text): Said => ({ stream: 'report', text })),
  ];
  if (lines.length <= taskLinesMax) return lines;
  const left = `... ${lines.length - taskLinesMax} lines are left out ...`;

  return [...lines.slice(0, headLinesMax), { text: left }, ...lines.slice(headLinesMax - taskLinesMax)];
}

function streamLines(stream: 'stdout' | 'stderr', printed: Printed | undefined): readonly Said[] {
  if (printed === undefined) return [];
  if (typeof printed === 'string') return split(printed).map((text) => ({ stream, text }));
  const left = `... ${printed.omittedBytes} bytes are left out ...`;

  return [...split(printed.head), left, ...split(printed.tail)].map((text) => ({ stream, text }));
}

function split(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}

const warnings: ReadonlySet<string> = new Set([
  'approval.denied',
  'approval.refused',
  'run.cancelled',
  'run.paused',
  'run.terminated',
  'task.skipped',
  'timer.fired',
]);

function levelOf(error: string | undefined, type: string): LogLine['level'] {
  if (error !== undefined || type === 'run.failed') return 'error';

  return warnings.has(type) ? 'warn' : 'info';
}

/** One transition as a log line shows it. `task` is absent for the run itself. */
export type TransitionLine = {
  readonly time: string;
  readonly task?: string;
  readonly status: string;
  readonly elapsedMs?: number;
  readonly note: string;
};

/** What a record changed, for people who read along. The note stands at the task that the event is about. */
export function transitionLines(record: JournalRecord): readonly TransitionLine[] {
  const { fact, transitions } = record.data;
  const { task: about }: FactMembers = fact;

  const lines = transitions.flatMap(({ task, to }): TransitionLine[] => {
    // The phases of a chart are no statuses, the head has that.
    if (task === undefined && inner.has(to)) return [];
    if (task === undefined)
      return [{ time: record.time, status: record.data.head.status, note: runNote(record) }];
    const status = statusOf(to);
    // That a task waits for its condition to be looked at says nothing to a reader.
    if (status === 'PENDING') return [];
    if (task !== about) return [{ time: record.time, task, status, note: '' }];

    return [{ time: record.time, task, status, ...elapsed(record), note: noteOfRecord(record) }];
  });
  // A run begins before its tasks do.
  if (record.sequence === 1)
    lines.sort((a, b) => Number(a.task !== undefined) - Number(b.task !== undefined));

  return lines;
}

function runNote(record: JournalRecord): string {
  return record.type.startsWith('run.') ? noteOfRecord(record) : '';
}

function elapsed({ time, data }: JournalRecord): { readonly elapsedMs?: number } {
  const { startedAt }: FactMembers = data.fact;
  if (startedAt === undefined) return {};

  return { elapsedMs: Math.max(0, Date.parse(time) - Date.parse(startedAt)) };
}
