import type { Json } from '../../events/canonical-json.ts';
import type { ErrorData } from '../../events/error-data.ts';
import { isFinal } from '../../machines/compile/run-state.ts';
import type { RunView, Wait } from '../ports/workflows.ts';

/**
 * Why a run is not green, in words: the first line is what happened, the rest what was seen there. Empty when it
 * is.
 */
export function whyOf(view: RunView): readonly string[] {
  const { state } = view;
  switch (state.status) {
    case 'COMPLETED':
      return [];
    case 'FAILED':
    case 'TIMED_OUT':
    case 'TERMINATED':
      return [failureLine(view), ...evidenceOf(state.error)];
    default:
      return view.waitsFor.map(waitLine);
  }
}

/** `validate: waiting for approval by ana since ...`. */
export function waitLine({ task, reason }: Wait): string {
  return task === undefined ? reason : `${task}: ${reason}`;
}

/**
 * The tasks that wait for a person, when nothing else would move the run: no attempt is under way and none is due.
 * A paused run waits for a person as a whole, and has none of its own. Undefined while the run moves by itself.
 */
export function onlyPeopleCanMove(view: RunView): readonly string[] | undefined {
  const { state } = view;
  if (isFinal(state.status)) return undefined;
  const states = view.definition.tasks.map(({ id }) => ({ id, at: state.tasks[id]?.state ?? 'waiting' }));
  const asked = states.filter(({ at }) => at === 'pending_approval').map(({ id }) => id);
  if (state.status === 'PAUSED') return states.some(({ at }) => at === 'in_progress') ? undefined : asked;

  return asked.length === 0 || states.some(({ at }) => movesByItself.has(at)) ? undefined : asked;
}

/** States of a task that the engine, a worker or a timer will end. */
const movesByItself: ReadonlySet<string> = new Set([
  'conditional',
  'scheduled',
  'deciding',
  'in_progress',
  'retrying',
]);

/** `scan_files failed, attempt 3 of 3: file.not-found: ...`. */
function failureLine(view: RunView): string {
  const { error, failedTask, status } = view.state;
  const cause = error === undefined ? '' : `: ${error.code}: ${error.message}`;
  if (failedTask === undefined) return `the run ${wordOf(status)}${cause}`;
  const attempt = view.state.tasks[failedTask]?.attempt ?? 0;
  const attemptsMax = view.definition.tasks.find(({ id }) => id === failedTask)?.retry.maxAttempts ?? 1;
  const tries = attempt > 0 ? `, attempt ${attempt} of ${attemptsMax}` : '';

  return `${failedTask} failed${tries}${cause}`;
}

function wordOf(status: string): string {
  return { FAILED: 'failed', TIMED_OUT: 'timed out' }[status] ?? 'was terminated';
}

/** For an expression: its text and the values it saw. For a command: the end of what it said. Nothing is said twice. */
function evidenceOf(error: ErrorData | undefined): readonly string[] {
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
