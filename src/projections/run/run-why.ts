import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { damageText, isNewer } from '../../../machines/run/record/damage-text.ts';
import { shownOf } from '../../../machines/run/record/head.ts';
import type { Damage } from '../../ports/runs/journal.ts';
import type { RunView, Wait } from '../../ports/runs/workflows.ts';
import { attemptsMaxOf } from '../task/state-note.ts';
import { placesOf } from '../task/task-order.ts';

/**
 * Why a run is not green, in words: the first line is what happened, the rest what was seen there. Empty when it
 * is.
 */
export function whyOf(view: RunView): readonly string[] {
  const { state, damage } = view;
  if (damage !== undefined) return [damageText(damage), standstillLine(damage)];
  switch (state.status) {
    case 'COMPLETED':
      return [];
    case 'FAILED':
    case 'TIMED_OUT':
    case 'TERMINATED':
      return [failureLine(view), ...evidenceOf(state.error)];
    default:
      return [...leavingLines(view), ...waitLines(view)];
  }
}

function standstillLine({ sequence, code }: Damage): string {
  const who = isNewer({ code }) ? 'no engine of this release works on it' : 'no engine works on it any more';

  return `${who}; it is shown as it was after event ${sequence - 1}`;
}

/** A run may wait for many things; the most telling come first. */
const waitsShownMax = 10;

function waitLines({ waitsFor }: RunView): readonly string[] {
  const more = waitsFor.length - waitsShownMax;

  return [...waitsFor.slice(0, waitsShownMax).map(helpedLine), ...(more > 0 ? [`and ${more} more`] : [])];
}

/** What would bring an agent is no command about the run, so it is nowhere else. */
function helpedLine(wait: Wait): string {
  const { fix, unattended } = wait;

  return fix === undefined || unattended !== true ? waitLine(wait) : `${waitLine(wait)} (${fix})`;
}

/** `validate: waiting for approval by ana since ...`. */
export function waitLine({ task, reason }: Wait): string {
  return task === undefined ? reason : `${task}: ${reason}`;
}

/** `scan_files failed, attempt 3 of 3: file.not-found: ...`. */
function failureLine({ state, definition }: RunView): string {
  const { error, failedTask, reason } = state;
  const cause = error === undefined ? '' : `: ${error.code}: ${error.message}`;
  if (failedTask === undefined) {
    return `the run ${wordOf(state)}${cause === '' && reason !== undefined ? `: ${reason}` : cause}`;
  }
  const task = placesOf(definition).get(localId(failedTask))?.task;
  const failed = taskAt(state, failedTask);
  const tries =
    task === undefined || failed === undefined || failed.attempt === 0
      ? ''
      : `, attempt ${failed.attempt} of ${attemptsMaxOf({ task, state: failed })}`;

  return `${failedTask} ${state.status === 'TERMINATED' ? 'ended the run' : 'failed'}${tries}${cause}`;
}

function wordOf(state: RunView['state']): string {
  if (shownOf(state) === 'CANCELLED') return 'was cancelled';

  return { FAILED: 'failed', TIMED_OUT: 'timed out' }[state.status as string] ?? 'was terminated';
}

/** What a run on its way out does before it is over, and why it leaves. */
function leavingLines(view: RunView): readonly string[] {
  const { state } = view;
  const why = state.error === undefined && state.failedTask === undefined ? state.reason : failureLine(view);
  if (state.phase === 'cancelling') return [`runs that it started end first${after(why)}`];
  if (state.phase !== 'compensating') return [];
  const { done = [], failed = [], left = [] } = state.undoing ?? {};
  const lost = failed.length === 0 ? '' : `, ${failed.length} could not be`;

  return [
    `what it did is being undone: ${done.length} of ${done.length + failed.length + left.length} done${lost}${after(why)}`,
  ];
}

function after(why: string | undefined): string {
  return why === undefined ? '' : `; ${why}`;
}

/** For an expression: its text and the values it saw. For a command: the end of what it said. Nothing is said twice. */
export function evidenceOf(error: ErrorData | undefined): readonly string[] {
  const { details, message: said = '' } = error ?? {};
  if (typeof details !== 'object' || details === null || Array.isArray(details)) return [];
  const { expression, values, ...rest } = details as Readonly<Record<string, Json>>;
  const seen = typeof values === 'object' && values !== null ? Object.entries(values) : [];

  return [
    ...(typeof expression === 'string' && !said.includes(expression) ? [`expression: ${expression}`] : []),
    ...seen.map(([name, value]) => `${name} = ${shortJson(value)}`).filter((line) => !said.includes(line)),
    ...Object.entries(rest).map(
      ([name, value]) => `${name}: ${typeof value === 'string' ? value.trimEnd() : shortJson(value)}`,
    ),
  ];
}

const jsonLengthMax = 200;

function shortJson(value: unknown): string {
  const text = JSON.stringify(value);

  return text.length > jsonLengthMax ? `${text.slice(0, jsonLengthMax - 1)}…` : text;
}
