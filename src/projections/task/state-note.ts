import type { Json } from '../../../events/canonical-json.ts';
import { approversText, askedNow, type Excluded } from '../../../machines/agents/authority.ts';
import type { TaskState, TaskStatus } from '../../../machines/chart/run/run-state.ts';
import { policyAfter, type Task } from '../../../machines/task.ts';
import { withNames } from '../../../machines/task-names.ts';
import { subjectText } from '../../lib/text.ts';
import { passCounts, passesText } from '../run/passes.ts';

const noteLengthMax = 60;

const partsMax = 2;

/** A task as it is looked at: `waitsFor` is what the engine says it waits for, `undoes` what it is there to undo. */
export type TaskGlance = {
  readonly task: Task;
  readonly state: TaskState;
  readonly status: TaskStatus;
  readonly nowMs: number;
  readonly waitsFor: string;
  readonly undoes: readonly string[];
  /** Who may not answer an approval. */
  readonly excluded: readonly Excluded[];
};

/** The few words that say how a task is, besides its status. */
export function noteOfTask(look: TaskGlance): string {
  const { state, task } = look;
  switch (state.state) {
    case 'standby':
      return `undoes ${look.undoes.join(', ')}, if it comes to that`;
    case 'caught':
      return `${failureNote(look)} → ${state.caught?.join(', ') ?? ''}`;
    case 'recovering':
      return joined(`${task.fallback.join(', ')} stands in for it`, errorOf(state));
    case 'exhausted':
      return joined('its attempts are used up', errorOf(state));
    case 'awaiting':
      return awaitingNote(look);
    case 'delegated':
      return joined(laterAttempt(look), `run ${state.child?.run ?? ''}`);
    default:
      return noteByStatus(look);
  }
}

/** The attempts a task may have, including those that a retry reset. */
export function attemptsMaxOf({ task, state }: Pick<TaskGlance, 'task' | 'state'>): number {
  return policyAfter(task.retry, state.error?.code).maxAttempts + (state.spent ?? 0);
}

function noteByStatus(look: TaskGlance): string {
  const { state, status } = look;
  switch (status) {
    case 'FAILED':
    case 'TIMED_OUT':
      return failureNote(look);
    case 'SCHEDULED':
      return scheduledNote(look);
    case 'RETRYING':
      return retryNote(look);
    case 'IN_PROGRESS':
      return joined(laterAttempt(look), passesNote(state), progressNote(state));
    case 'PENDING_APPROVAL':
      return approvalNote(look);
    case 'COMPLETED':
    case 'COMPLETED_WITH_ERRORS':
      return completedNote(look);
    case 'PENDING':
      return changeNote(state);
    default:
      return passesNote(state);
  }
}

/** Why an approval that was asked for already is to be asked anew. */
function changeNote({ changes }: TaskState): string {
  const last = changes?.at(-1);

  return last === undefined ? '' : `a change was asked for by ${last.by}: ${last.comment}`;
}

function failureNote(look: TaskGlance): string {
  return joined(attemptOf(look), passesNote(look.state), errorOf(look.state));
}

/** A task that has not begun after so long has a reason that people want to know. */
const soonMs = 2000;

function scheduledNote(look: TaskGlance): string {
  const { state, nowMs, waitsFor } = look;
  const since = state.scheduledAt === undefined ? nowMs : Date.parse(state.scheduledAt);

  return joined(laterAttempt(look), nowMs - since > soonMs ? waitsFor : '');
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(': ');
}

/** `attempt 2 of 3`, where there can be more than one. */
function attemptOf(look: TaskGlance): string {
  const attemptsMax = attemptsMaxOf(look);

  return attemptsMax > 1 ? `attempt ${look.state.attempt} of ${attemptsMax}` : '';
}

function laterAttempt(look: TaskGlance): string {
  return look.state.attempt > 1 ? attemptOf(look) : '';
}

function errorOf({ error }: TaskState): string {
  return error === undefined ? '' : `${error.code}: ${error.message}`;
}

function retryNote(look: TaskGlance): string {
  const { state, nowMs } = look;
  const seconds = state.retryAt === undefined ? 0 : Math.ceil((Date.parse(state.retryAt) - nowMs) / 1000);
  const due = seconds > 0 ? `in ${seconds}s` : 'now';

  return `attempt ${state.attempt + 1} of ${attemptsMaxOf(look)} ${due}, last: ${state.error?.message ?? 'failed'}`;
}

function passesNote(state: TaskState): string {
  const counts = passCounts(state);

  return counts === undefined ? '' : passesText(counts);
}

function progressNote({ progress }: TaskState): string {
  const percent = progress?.percent === undefined ? '' : `${Math.round(progress.percent)}%`;

  return [percent, progress?.message ?? ''].filter((part) => part !== '').join(' ');
}

/** A time, a signal or both may end a WAIT. */
function awaitingNote({ task, state: { until, names }, waitsFor }: TaskGlance): string {
  if (task.type !== 'WAIT') return waitsFor;
  const { signal } = withNames(task, names);
  const ends = [
    ...(signal === undefined ? [] : [`for the signal "${signal}"`]),
    ...(until === undefined ? [] : [`until ${until}`]),
  ];

  return ends.length === 0 ? 'to be completed by hand' : ends.join(', or ');
}

function approvalNote({ task, state, excluded }: TaskGlance): string {
  if (task.type !== 'HUMAN') return '';
  const { quorum } = task;
  const who = `by ${approversText(askedNow(task, state, excluded))}`;
  const given = quorum > 1 ? `${state.grants?.length ?? 0} of ${quorum} given, ` : '';
  const latest = state.delegations?.at(-1);
  const handed = latest === undefined ? '' : `, handed over by ${latest.by}`;

  const about = state.names?.show === undefined ? '' : `${subjectText(state.names.show)}: `;

  return `${about}${given}${who}${handed}${state.escalatedAt === undefined ? '' : ', escalated'}`;
}

function completedNote({ task, state }: TaskGlance): string {
  const { output, decision, child } = state;
  if (decision !== undefined) {
    const next = decision.next.length === 0 ? 'nothing' : decision.next.join(', ');
    return decision.case === undefined ? 'no case matched' : `${decision.case} → ${next}`;
  }
  if (child !== undefined) return joined(`run ${child.run}`, noteOfOutput(output));
  if (state.body !== undefined) return passesNote(state);
  if (task.type !== 'HUMAN') return noteOfOutput(output);
  const said = typeof output === 'object' && output !== null && !Array.isArray(output) ? output : {};
  const answer = said as { readonly decision?: unknown; readonly by?: unknown };

  return typeof answer.decision === 'string' && typeof answer.by === 'string'
    ? `${answer.decision} by ${answer.by}`
    : '';
}

/**
 * The few words that tell most about the output of a task: counts, a status, a file. `total_files: 41` is `41 files`.
 * Empty for an output that cannot be told in a few words.
 */
export function noteOfOutput(output: Json | undefined): string {
  if (output === undefined || output === null) return '';
  if (typeof output !== 'object') return shortened(String(output));
  if (Array.isArray(output)) return output.length === 1 ? '1 item' : `${output.length} items`;
  const parts = Object.entries(output)
    .map(([name, value]) => ({ weight: weightOf(name, value), text: partOf(name, value) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  // How long a list is is only worth saying when there is nothing better to say.
  const told = parts.filter(({ weight }) => weight > 1);

  return shortened(
    (told.length > 0 ? told : parts)
      .slice(0, partsMax)
      .map(({ text }) => text)
      .join(', '),
  );
}

/** Whether a text looks like the path of a file. */
export function isFilePath(text: string): boolean {
  return (
    text.length <= 400 &&
    /^[^\s:*?"<>|][^\n\r:*?"<>|]*\.[A-Za-z][A-Za-z0-9]{0,6}$/.test(text) &&
    !text.includes('://')
  );
}

/** What people look for first gets the most weight; 0 is left out. */
function weightOf(name: string, value: Json): number {
  if (typeof value === 'string') {
    if (isFilePath(value)) return 4;
    return /status|decision|result|verdict/.test(name) && value.length <= 24 ? 5 : 0;
  }
  if (typeof value === 'number') return /bytes|_ms$/.test(name) ? 0 : numberWeight(name, value);

  return Array.isArray(value) && value.length > 0 ? 1 : 0;
}

/** `total_files` is what the task was about, `links_total` is a detail that is worth a word only when there are any. */
function numberWeight(name: string, value: number): number {
  if (/^(total|count)_/.test(name)) return 3;
  if (/_(total|count)$/.test(name)) return value === 0 ? 0 : 2;

  return /score|percent/.test(name) ? 2 : 0;
}

/** `total_files: 41` as `41 files`, `score: 85` as `score 85`, a list by its length. */
function partOf(name: string, value: Json): string {
  const words = name.replaceAll('_', ' ');
  if (typeof value === 'number') {
    const counted = /^(?:total|count) (.+)$|^(.+) (?:total|count)$/.exec(words);
    return counted === null ? `${words} ${value}` : `${value} ${counted[1] ?? counted[2]}`;
  }
  if (Array.isArray(value)) return `${value.length} ${words}`;

  return typeof value === 'string' ? value : words;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();

  return line.length > noteLengthMax ? `${line.slice(0, noteLengthMax - 1)}…` : line;
}
