import type { Json } from '../../../../events/canonical-json.ts';
import { isFinal } from '../../../../machines/chart/task-status.ts';
import { damageText, isNewer, statusOfDamaged } from '../../../../machines/run/record/damage-text.ts';
import type { RunPage, RunWait } from '../../../api/run.ts';
import { seenRun } from '../../../operations/runs/seen-run.ts';
import type { Damage } from '../../../ports/runs/journal.ts';
import type { Inspection, RunView, Workflows } from '../../../ports/runs/workflows.ts';
import { shownInput } from '../../../projections/run/run-document.ts';
import { runWait, statusWaiting } from '../../../projections/run/run-wait.ts';
import { whyOf } from '../../../projections/run/run-why.ts';
import { shownStatus } from '../../../projections/run/shown-status.ts';
import { enabledThen } from '../../../projections/task/enabled-events.ts';
import { shownTasks, taskLines } from '../../../projections/task/task-order.ts';
import { nextLines } from '../../../terminal/render/next-lines.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { taskRows } from '../../../terminal/render/task-row.ts';
import { formatElapsed, formatTime, sirius } from '../../../terminal/render/times.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import type { CliSession } from '../../app.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { factLines, headline } from '../../follow/frame.ts';
import { again, outputLines } from '../../follow/report-run.ts';
import { type Invocation, withRunsThere } from '../../invocation.ts';
import { section } from '../../text/approval-text.ts';
import { eventNumber } from '../triggers/event-number.ts';
import { namedRun } from './named-run.ts';

export type ShowFlags = { readonly at?: string };

/**
 * `workflow show <run>`: everything about a run: why it waits, its input, tasks and outputs. `--at` shows it as it was
 * after an event, with what could have happened next then.
 */
export async function show(invocation: Invocation, name: string, { at }: ShowFlags): Promise<ExitCode> {
  if (at !== undefined) return showAt(invocation, name, at);

  return withRunsThere<ExitCode>(invocation, async (session) => {
    const now = invocation.io.clock.now();
    const textOf = (view: RunView, wait: RunWait | undefined) => showText(invocation, view, { now, wait });
    await showInspected(invocation, session, { name, textOf });

    return 0;
  });
}

/** `workflow status <run>`: how a run is, and why it waits. */
export async function showStatus(invocation: Invocation, name: string): Promise<void> {
  await withRunsThere(invocation, (session) =>
    showInspected(invocation, session, { name, textOf: (view, wait) => statusText(invocation, view, wait) }),
  );
}

/** First why it waits, then the run, then its tasks. */
function statusText({ output, io }: Invocation, view: RunView, wait: RunWait | undefined): string {
  const { paint } = output;
  const now = io.clock.now();
  const [first, ...rest] = whyOf(view);

  return [
    ...(first === undefined ? [] : [`${paint.glyph(statusOf(view, wait))} ${paint.bold(oneLine(first))}`]),
    ...rest.map((line) => `  ${oneLine(line)}`),
    headline(view, paint, now, statusOf(view, wait)),
    ...waitLines(wait, now),
    ...factLines(view).map((line) => `  ${line}`),
    ...taskRows(taskLines(view, now), paint, output.columns()).map((row) => `  ${row}`),
    ...(view.state.status === 'COMPLETED' ? outputLines(view) : []),
  ].join('\n');
}

async function showAt(invocation: Invocation, name: string, text: string): Promise<ExitCode> {
  const { output, hint } = invocation;
  const at = eventNumber(text, '--at');

  return withRunsThere<ExitCode>(invocation, async ({ workflows }) => {
    const run = await namedRun(invocation, workflows, name);
    const view = await workflows.viewAt(run, at);
    const next = enabledThen(view);
    if (output.json) output.document('Run', { ...(await seen(invocation, workflows, run, at)), next });
    output.data(showText(invocation, view, { now: Date.parse(view.updatedAt), wait: undefined }));
    output.data(nextLines(invocation, { next, tense: 'was' }).join('\n'));
    const fork = next.commands.find(({ event }) => event === 'run.forked')?.command;
    if (fork !== undefined) output.note(`go on from there in a new run: ${hint(...fork)}`);

    return 0;
  });
}

/** `now` is the end of the durations of running tasks. */
function showText(
  invocation: Invocation,
  view: RunView,
  { now, wait }: { readonly now: number; readonly wait: RunWait | undefined },
): string {
  const { output } = invocation;
  const { paint } = output;
  const { state } = view;
  const [first, ...evidence] = whyOf(view);
  const taskOutputs = shownTasks(view).flatMap(({ address, state: { output: value } }): [string, Json][] =>
    value === undefined ? [] : [[address, value]],
  );

  return [
    ...(first === undefined ? [] : [`${paint.glyph(statusOf(view, wait))} ${paint.bold(oneLine(first))}`]),
    ...evidence.map((line) => `  ${oneLine(line)}`),
    headline(view, paint, now, statusOf(view, wait)),
    ...waitLines(wait, now),
    '',
    ...facts(invocation, view),
    ...section(paint.bold('Input'), shownInput(view)),
    '',
    paint.bold('Tasks'),
    ...taskRows(taskLines(view, now), paint, output.columns()).map((row) => `  ${row}`),
    ...section(paint.bold('Task outputs'), Object.fromEntries(taskOutputs)),
    ...section(paint.bold('Output'), state.output ?? {}),
  ].join('\n');
}

function facts({ options, io }: Invocation, view: RunView): readonly string[] {
  const { state } = view;
  const style = options.time ?? 'utc';
  const now = io.clock.now();
  const at = (iso: string | undefined): string =>
    iso === undefined ? '' : `${formatTime(iso, style, now)}  ${sirius(iso)}`;
  const next = [...view.timers].sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1))[0];

  return [
    ...(state.businessKey === undefined ? [] : [`key         ${oneLine(state.businessKey)}`]),
    `run         ${state.run}`,
    `definition  ${state.definition.id} v${state.definition.version}  ${state.definition.hash.slice(0, 12)}`,
    `started     ${at(state.startedAt)}`,
    ...(state.endedAt === undefined ? [] : [`ended       ${at(state.endedAt)}`]),
    `events      ${view.sequence}`,
    ...factLines(view),
    ...(next === undefined || isFinal(state.status)
      ? []
      : [
          `next timer  ${next.timer}${next.task === undefined ? '' : ` of ${next.task}`} at ${at(next.dueAt)}`,
        ]),
  ];
}

function statusOf(view: RunView, wait: RunWait | undefined): string {
  return statusWaiting(shownStatus(view), wait);
}

/** Since when it waits, and what would help. */
function waitLines(wait: RunWait | undefined, nowMs: number): readonly string[] {
  if (wait === undefined) return [];
  const forMs = Math.max(0, nowMs - Date.parse(wait.since));
  const help = wait.fix === undefined ? '' : `; what helps: ${wait.fix}`;

  return [`  ${oneLine(`waits since ${wait.since}, for ${formatElapsed(forMs)}${help}`)}`];
}

/** Shows the named run; a quarantined one as far as its journal is sound. */
async function showInspected(
  invocation: Invocation,
  { workflows }: CliSession,
  {
    name,
    textOf,
  }: { readonly name: string; readonly textOf: (view: RunView, wait: RunWait | undefined) => string },
): Promise<void> {
  const { output, hint } = invocation;
  const run = await namedRun(invocation, workflows, name);
  if (output.json) {
    output.document('Run', await seen(invocation, workflows, run));
    return;
  }
  const inspected = await workflows.inspect(run);
  const { view, damage } = inspected;
  const wait = view === undefined ? undefined : await waitOf(invocation, workflows, run);
  output.data(view === undefined ? unreadableText(invocation, inspected) : textOf(view, wait));
  const next = damage === undefined ? wayOn(view) : waysOut(run, damage);
  if (next.length === 0) return;
  output.note(output.notePaint.dim('try next:'));
  for (const words of next) output.note(`  ${hint(...words)}`);
}

/** Of a run that did not complete: how it, or another one in its place, goes on. */
function wayOn(view: RunView | undefined): readonly (readonly string[])[] {
  return view === undefined ? [] : again(view);
}

function waysOut(run: string, damage: Damage): readonly (readonly string[])[] {
  return [['history', shortId(run)], ...(isNewer(damage) ? [] : [['doctor', '--repair']])];
}

async function waitOf({ io }: Invocation, workflows: Workflows, run: string): Promise<RunWait | undefined> {
  const [line, around] = [(await workflows.runs.known()).line(run), await workflows.surroundings()];

  return line && runWait(line, around, io.clock.now());
}

/** The same document as over HTTP: what the other runs say about it takes reading where each of them is. */
async function seen({ io }: Invocation, workflows: Workflows, run: string, at?: number): Promise<RunPage> {
  return seenRun({ workflows, board: await workflows.runs.known(), clock: io.clock }, run, at);
}

/** A run whose first event is already damaged. */
function unreadableText({ output: { paint } }: Invocation, { run, damage }: Inspection): string {
  return [
    `${paint.status(damage === undefined ? 'QUARANTINED' : statusOfDamaged(damage))}  ${run}`,
    ...(damage === undefined ? [] : [`  ${oneLine(damageText(damage))}`]),
    '  no engine works on it any more, and nothing can be told of it',
  ].join('\n');
}
