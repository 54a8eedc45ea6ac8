import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { parseDuration } from '../../../machines/language/duration.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { outputsOf, runDocument } from '../../projections/run/run-document.ts';
import { waitLine, whyOf } from '../../projections/run/run-why.ts';
import { againCommand } from '../../projections/task/enabled-events.ts';
import { placesOf } from '../../projections/task/task-order.ts';
import { typed } from '../../terminal/render/next-lines.ts';
import { shortId } from '../../terminal/render/short-id.ts';
import { oneLine, padToWidth } from '../../terminal/render/width.ts';
import type { CliSession } from '../app.ts';
import { CliFailure } from '../cli-failure.ts';
import type { ExitCode } from '../exit-codes.ts';
import { type Invocation, quoted } from '../invocation.ts';
import { seeOff, takeUpAttended } from './attended-runs.ts';
import { type Followed, followRun } from './follow-run.ts';
import { verdict } from './frame.ts';

export type ReportOptions = {
  readonly run: string;
  readonly followed: Followed;
  /** Whether the run goes on when this process ends. */
  readonly goesOn: boolean;
  /** It was only looked at. */
  readonly isWatched?: boolean;
};

/** Says how following a run ended, on stdout what came out and on stderr what to do next. Gives the exit code. */
export function reportRun(invocation: Invocation, options: ReportOptions): ExitCode {
  const { followed } = options;
  const { view, kind } = followed;
  invocation.output.document('Run', {
    outcome: outcomeOf(followed),
    ...(view === undefined ? { run: options.run } : runDocument(view, { nowMs: invocation.io.clock.now() })),
  });

  switch (kind) {
    case 'ended':
      return reportEnd(invocation, followed.view);
    case 'people':
      return reportWaiting(invocation, followed);
    case 'timeout':
    case 'interrupted':
      return reportLeft(invocation, options);
  }
}

function outcomeOf({ kind, view }: Followed): string {
  return kind === 'ended' && view !== undefined
    ? view.state.status.toLowerCase()
    : kind === 'people'
      ? 'waiting'
      : kind;
}

function reportEnd({ output, hint, io }: Invocation, view: RunView): ExitCode {
  const { paint } = output;
  const completed = view.state.status === 'COMPLETED';
  if (!completed) output.data(whyText(view, output));
  output.data(verdict(view, paint, io.clock.now()));
  if (completed) {
    for (const line of outputLines(view)) output.data(line);
  }
  output.note(output.notePaint.dim('try next:'));
  for (const line of whatNext(view)) output.note(`  ${hint(...line)}`);

  return completed ? 0 : 1;
}

/** A run that somebody had go on need not be the latest one. */
function whatNext(view: RunView): readonly (readonly string[])[] {
  const id = shortId(view.run);

  return [...['show', 'history', 'replay'].map((verb) => [verb, id]), ...again(view)];
}

/** The commands by which what a run did not complete is taken up. What it did and undid is not done again in it. */
export function again(view: RunView): readonly (readonly string[])[] {
  const { status, undoing, parent } = view.state;
  const id = shortId(view.run);
  if (status !== 'FAILED' && status !== 'TIMED_OUT' && status !== 'TERMINATED') return [];
  const { done = [], failed = [] } = undoing ?? {};
  if (done.length + failed.length === 0) return [['retry', id]];
  const whole = parent === undefined ? againCommand(view) : ['show', shortId(parent.run)];

  return [['fork', id, '--at', '<event>'], whole.map(typed)];
}

/** Why a run did not complete. */
export function whyText(view: RunView, { paint }: Invocation['output']): string {
  const [first = '', ...rest] = whyOf(view);

  return [
    `${paint.glyph(view.state.status)} ${paint.bold(oneLine(first))}`,
    ...rest.map((line) => `  ${line}`),
  ].join('\n');
}

const valueLengthMax = 200;

const unattendedLinesMax = 20;

/** Files first and marked, then what else the run has brought forth. */
export function outputLines(view: RunView): readonly string[] {
  const outputs = outputsOf(view);
  const width = outputs.reduce((widest, { name }) => Math.max(widest, name.length), 0);

  return outputs.map(({ name, value, isFile }) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const shown = oneLine(text.length > valueLengthMax ? `${text.slice(0, valueLengthMax)}…` : text);
    return `  ${padToWidth(name, width)}  ${isFile ? `→ ${shown}` : shown}`;
  });
}

type Standing = Extract<Followed, { kind: 'people' }>;

/** What a run waits for, and what answers it. */
export function reportWaiting(
  { output, hint, io }: Invocation,
  { view, people, unattended }: Standing,
): ExitCode {
  const id = shortId(view.run);
  const isStranded = people.length === 0 && view.state.status === 'RUNNING';
  output.data(verdict(view, output.paint, io.clock.now(), ...(isStranded ? ['WAITS_FOR_AGENT'] : [])));
  if (view.state.status === 'PAUSED') {
    output.warn('the run is paused; it goes on with');
    output.warn(`  ${hint('resume', id)}`);
  } else if (people.length > 0) {
    output.warn(`the run waits for a person: ${people.join(', ')}`);
  }
  for (const task of people) {
    for (const words of answersTo(view, task))
      output.warn(`  ${hint(words.verb, id, words.about ?? quoted(task), ...words.rest)}`);
  }
  if (unattended.length > 0) {
    for (const line of unattendedLines(view)) output.warn(line);
    output.warn('the run goes on when somebody is there, with an engine:');
    output.warn(`  ${hint('resume', id)}`);
  }

  return 6;
}

/** Of many tasks that wait for the same, one is enough. */
function unattendedLines({ waitsFor }: RunView): readonly string[] {
  const lines = waitsFor
    .filter((wait) => wait.unattended === true)
    .flatMap((wait) => [
      oneLine(`the run waits for an agent: ${waitLine(wait)}`),
      ...(wait.fix === undefined ? [] : [`  ${wait.fix}`]),
    ]);

  return lines.slice(0, unattendedLinesMax);
}

/** `about`: what the command names in place of the task. */
type Words = { readonly verb: string; readonly about?: string; readonly rest: readonly string[] };

/** What a person can do about the task. */
function answersTo({ state, definition }: RunView, address: string): readonly Words[] {
  const task = placesOf(definition).get(localId(address))?.task;
  const asks = task?.type === 'HUMAN' && taskAt(state, address)?.state === 'pending_approval';
  if (task?.type === 'WAIT' && task.signal !== undefined) {
    return [{ verb: 'signal', about: quoted(task.signal), rest: ['--data', "'...'"] }];
  }
  if (!asks) return [{ verb: 'complete', rest: ['--output', "'...'"] }];

  return [
    { verb: 'approve', rest: [] },
    { verb: 'reject', rest: ['--comment', "'...'"] },
  ];
}

function reportLeft({ output, hint }: Invocation, options: ReportOptions): ExitCode {
  const { run, followed } = options;
  const timeout = followed.kind === 'timeout';
  const why = timeout ? 'the time is up' : 'stopped watching';
  output.warn(`${why}; ${whatBecomesOf(options)} with`);
  output.warn(`  ${hint(options.isWatched === true ? 'watch' : 'resume', shortId(run))}`);

  return timeout ? 124 : 130;
}

function whatBecomesOf({ goesOn, isWatched }: ReportOptions): string {
  if (isWatched === true) return 'nothing was changed. Watch it again';

  return goesOn
    ? 'the run goes on in another engine. Watch it again'
    : 'the run is safe, everything done so far is in the journal; what was being carried out here is carried out again. It goes on';
}

/** Follows a run as `start`, `resume`, `approve` and `reject` do. `from` is the first event to show. */
export async function followAndReport(
  invocation: Invocation,
  session: CliSession,
  options: {
    readonly run: string;
    readonly from: number;
    readonly timeoutMs?: number;
    readonly onScreen?: boolean;
  },
): Promise<ExitCode> {
  const { io, output } = invocation;
  const { workflows } = session;
  const owner = await workflows.adopt(options.run);
  const others = takeUpAttended(workflows, options.run);
  const followed = await followRun({ workflows, io, output, ...options });
  const code = await reportRun(invocation, {
    run: options.run,
    followed,
    goesOn: owner === 'owned elsewhere',
  });
  const answer = followed.kind === 'ended' ? followed.view.state.failureRun?.run : undefined;
  if (answer !== undefined) await followAnswer(invocation, session, { ...options, run: answer });
  const isLeft = followed.kind === 'timeout' || followed.kind === 'interrupted';
  if (!isLeft) await seeOff(invocation, session, await others);

  return code;
}

/** The workflow that answers a failure would be cut off with this process: it is followed to its end, too. */
async function followAnswer(
  { io, output }: Invocation,
  { workflows }: CliSession,
  options: { readonly run: string; readonly timeoutMs?: number },
): Promise<void> {
  io.stderr(`its failure workflow is run ${options.run}\n`);
  await workflows.adopt(options.run);
  await followRun({ workflows, io, output, ...options, from: 1 });
}

/** The options of every command that follows a run. */
export type FollowFlags = { readonly detach?: boolean; readonly wait?: boolean; readonly timeout?: string };

/** Reads `--timeout`. Throws CliFailure. */
export function timeoutOf({ timeout, detach, wait }: FollowFlags): { readonly timeoutMs?: number } {
  if (detach === true && wait === true)
    throw new CliFailure('usage.flags', '--wait and --detach exclude each other');
  if (timeout === undefined) return {};
  const parsed = parseDuration(timeout);
  if (!parsed.ok) throw new CliFailure('usage.timeout', `--timeout: ${parsed.reason}`);

  return { timeoutMs: parsed.ms };
}
