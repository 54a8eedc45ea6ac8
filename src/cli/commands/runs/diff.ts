import type { Json } from '../../../../events/canonical-json.ts';
import type { FactMembers } from '../../../../events/catalogue.ts';
import type { JournalRecord } from '../../../../events/record.ts';
import { statusOf } from '../../../../machines/chart/task-status.ts';
import type { Workflows } from '../../../ports/runs/workflows.ts';
import { type RunDiff, runDiff } from '../../../projections/run/run-diff.ts';
import type { ChangedValue } from '../../../projections/task/changed-values.ts';
import { noteOfRecord } from '../../../projections/task/fact-note.ts';
import { formatTime } from '../../../terminal/render/times.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withRunsThere } from '../../invocation.ts';
import { eventNumber } from '../triggers/event-number.ts';
import { namedRun } from './named-run.ts';

/** `workflow diff <run> <from> <to>`: what changed in a run between two of its events. */
export async function diff(
  invocation: Invocation,
  name: string,
  [first, second]: readonly [string, string],
): Promise<ExitCode> {
  const { output } = invocation;
  const [from, to] = [eventNumber(first, 'diff'), eventNumber(second, 'diff')];

  return withRunsThere<ExitCode>(invocation, async ({ workflows }) => {
    const run = await namedRun(invocation, workflows, name);
    const [before, after] = [await workflows.viewAt(run, from), await workflows.viewAt(run, to)];
    const changed = runDiff(before, after);
    const between = await recordsBetween(workflows, run, {
      after: Math.min(from, to),
      to: Math.max(from, to),
    });
    const events = between.map(({ sequence, time, type, actor, data }) => ({
      sequence,
      time,
      type,
      actor,
      task: (data.fact as FactMembers).task,
    }));
    output.document('RunDiff', { run, from, to, ...changed, events });
    output.data(`${run}  event ${from} to event ${to}`);
    for (const line of diffLines(invocation, changed)) output.data(line);
    for (const line of eventLines(invocation, between)) output.data(line);

    return 0;
  });
}

type Between = { readonly after: number; readonly to: number };

async function recordsBetween(workflows: Workflows, run: string, { after, to }: Between) {
  const records: JournalRecord[] = [];
  for await (const entry of workflows.history(run)) {
    if ('problem' in entry || entry.record.sequence > to) break;
    if (entry.record.sequence > after) records.push(entry.record);
  }

  return records;
}

function diffLines({ output: { paint } }: Invocation, changed: RunDiff): readonly string[] {
  const { status, tasks, tasksOmitted = 0, values, omitted } = changed;
  const isSame = status === undefined && tasks.length === 0 && values.length === 0;
  if (isSame) return ['', 'nothing changed, but for times and the requests that are remembered'];

  return [
    '',
    `${paint.bold('Status')}  ${status === undefined ? 'the same' : `${status.from} → ${status.to}`}`,
    ...(tasks.length === 0 ? [] : ['', paint.bold('Tasks')]),
    ...tasks.map(({ task, from, to, attempt }) => {
      const times = attempt > 1 ? ` (attempt ${attempt})` : '';
      return `  ${task}: ${worded(from)} → ${worded(to)}${times}`;
    }),
    ...(tasksOmitted === 0 ? [] : [`  ... and ${tasksOmitted} more`]),
    ...(values.length === 0 ? [] : ['', paint.bold('Values')]),
    ...values.map((value) => `  ${oneLine(valueText(value))}`),
    ...(omitted === 0 ? [] : [`  ... and ${omitted} more`]),
  ];
}

function worded(state: string): string {
  return state === 'none' ? state : statusOf(state);
}

const textMax = 120;

function valueText({ path, before, after }: ChangedValue): string {
  if (before === undefined) return `+ ${path}: ${textOf(after)}`;

  return after === undefined
    ? `- ${path}: ${textOf(before)}`
    : `~ ${path}: ${textOf(before)} → ${textOf(after)}`;
}

function textOf(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? '';

  return text.length > textMax ? `${text.slice(0, textMax)}…` : text;
}

function eventLines(
  { output: { paint }, io, options }: Invocation,
  records: readonly JournalRecord[],
): readonly string[] {
  const now = io.clock.now();
  const lines = records.map((record) => {
    const { sequence, time, type, actor, data } = record;
    const { task = '' }: FactMembers = data.fact;
    const words = [formatTime(time, options.time ?? 'iso', now), type, task, actor, noteOfRecord(record)];
    return `  ${sequence}  ${oneLine(words.filter(Boolean).join('  '))}`;
  });

  return ['', paint.bold('Events between'), ...(lines.length === 0 ? ['  none'] : lines)];
}
