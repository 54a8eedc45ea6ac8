import { isBlobRef } from '../../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { Fact, FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import { isMapping } from '../../../machines/language/mapping.ts';
import { answererText, subjectText } from '../../lib/text.ts';
import { triggerText } from '../trigger-document.ts';
import { noteOfOutput } from './state-note.ts';

type DataOf<Type extends Fact['type']> = Extract<Fact, { readonly type: Type }>['data'];
type Members = Readonly<Record<string, Json>>;

/** What an event says besides its type, in a few words. */
export function noteOfRecord({ type, data }: JournalRecord): string {
  const noteOf = notes[type] as ((fact: Fact['data']) => string) | undefined;
  const note = (noteOf ?? plainNote)(data.fact);
  // The time-out of an approval that moves nothing has somebody else asked.
  const isEscalated =
    type === 'timer.fired' && data.fact.timer === 'approval.timeout' && data.transitions.length === 0;

  return isEscalated ? joined(note, 'escalated') : note;
}

const notes: { readonly [Type in Fact['type']]?: (fact: DataOf<Type>) => string } = {
  'run.started': startedNote,
  'run.admitted': ({ key }) => `a place for ${key}`,
  'run.failed': ({ error }) => errorNote(error),
  'run.rerun': rerunNote,
  'run.forked': forkedNote,
  'run.migrated': ({ from, definition }) => `v${from.version} → v${definition.version}`,
  'failure-workflow.started': ({ run, error }) => (run === undefined ? errorNote(error) : `as run ${run}`),
  'signal.received': signalNote,
  'signal.taken': ({ name }) => `"${name}" had come before`,
  'task.assigned': assignedNote,
  'tasks.assigned': ({ assignments }) => {
    const leaders = [...new Set(assignments.flatMap(({ agents: [lead] }) => lead?.agent ?? []))];
    return `${assignments.length} attempts, to ${leaders.slice(0, 10).join(', ')}${leaders.length > 10 ? ', …' : ''}`;
  },
  'task.started': ({ lost, worker }) =>
    lost === undefined ? '' : `worker ${lost} lost, begun again by ${worker}`,
  'task.heartbeat': heartbeatNote,
  'task.completed': ({ output }) => noteOfOutput(output),
  'task.failed': ({ attempt, error }) => `attempt ${attempt}: ${errorNote(error)}`,
  'task.logged': ({ attempt, log }) => `attempt ${attempt} had printed ${printedSize(log)}`,
  'task.skipped': ({ reason }) => joined('by hand', reason),
  'task.resolved': ({ reason, output }) => joined('by hand', reason, noteOfOutput(output)),
  'decision.made': decisionNote,
  'condition.evaluated': ({ result }) => (result ? 'its condition holds' : 'its condition does not hold'),
  'names.evaluated': ({ names }) => namesText(names),
  'approval.granted': ({ comment, ...who }) => joined(`by ${answererText(who)}`, comment),
  'approval.denied': ({ comment, ...who }) => joined(`by ${answererText(who)}`, comment),
  'approval.change-requested': ({ comment, round, from, ...who }) =>
    joined(`by ${answererText(who)}, round ${round}, from ${from}`, comment),
  'approval.delegated': ({ by, to, reason }) => joined(`by ${by} to ${to}`, reason),
  'approval.refused': ({ by, decision, message }) => joined(`${by} could not ${decision}`, message),
  'items.listed': ({ count }) => (count === 1 ? '1 item' : `${count} items`),
  'loop.evaluated': ({ iteration, result }) =>
    `iteration ${iteration}: ${result ? 'another one follows' : 'the last one'}`,
  'wait.armed': ({ until }) => (until === undefined ? 'for a signal' : `until ${until}`),
  'variables.set': ({ values }) => Object.keys(values).join(', '),
  'termination.reached': ({ status, reason }) => joined(status, reason),
  'child.started': ({ run, definition }) => `run ${run} of ${definition.id}`,
  'child.ended': ({ run, status, error }) => joined(`run ${run} ${status}`, errorNote(error)),
  'timer.fired': ({ timer, dueAt }) => (timer === 'task.retry' ? 'next attempt' : `${timer} at ${dueAt}`),
};

/** Roughly: the text with its quotes. */
function printedSize(log: Json): string {
  const bytes = isBlobRef(log) ? log.$blob.bytes : canonicalJson(log).length;

  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} KiB`;
}

function namesText({ show, ...names }: Members): string {
  const given = Object.values(names).map((each) => (typeof each === 'string' ? each : canonicalJson(each)));

  return [...given, ...(isMapping(show) ? [subjectText(show)] : [])].join(', ');
}

/** Of an event that says no more than why. */
function plainNote({ reason = '' }: FactMembers): string {
  return reason;
}

function startedNote({ parent, trigger, failureOf }: DataOf<'run.started'>): string {
  if (parent !== undefined) return `for ${parent.task} of run ${parent.run}`;
  if (trigger !== undefined) return `by ${triggerText(trigger)}`;

  return failureOf === undefined ? '' : `answers the failure of run ${failureOf}`;
}

function assignedNote({ agents, by, from, taken, reason }: DataOf<'task.assigned'>): string {
  const to = `to ${agents.map(({ agent }) => agent).join(', ')}`;
  if (by === undefined) return to;
  const before = from === undefined ? '' : ` instead of ${from}`;
  const away = taken === undefined ? '' : `, taken away from ${taken}`;

  return joined(`${to} by ${by}${before}${away}`, reason);
}

function rerunNote({ from, before, input, taskInput, reason }: DataOf<'run.rerun'>): string {
  const edited = input === undefined ? '' : editsText(before.input, input);
  const task =
    taskInput === undefined ? '' : `input of ${from}: ${shown(before.taskInput)} → ${shown(taskInput)}`;

  return joined(`from ${from}`, reason, edited, task);
}

function forkedNote({ from: { run, at }, state, input, reason }: DataOf<'run.forked'>): string {
  const before = state['input'] as Json | undefined;
  const edited = input === undefined ? '' : editsText(isMapping(before) ? before : {}, input);

  return joined(`from event ${at} of run ${run}`, reason, edited);
}

/** `amount 10 → 20, note none → "x"`: what was edited, before and after. */
function editsText(before: Members, after: Members): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();

  return names
    .filter((name) => !isSame(before[name], after[name]))
    .map((name) => `${name} ${shown(before[name])} → ${shown(after[name])}`)
    .join(', ');
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;

  return canonicalJson(one) === canonicalJson(other);
}

const shownLengthMax = 40;

function shown(value: Json | undefined): string {
  if (value === undefined) return 'none';
  const text = JSON.stringify(value);

  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax - 1)}…` : text;
}

function signalNote({ name, tasks }: DataOf<'signal.received'>): string {
  const who = tasks.length === 0 ? 'kept: it is for none of the tasks that wait' : `for ${tasks.join(', ')}`;

  return `"${name}" ${who}`;
}

function heartbeatNote({ progress: { percent, message } = {} }: DataOf<'task.heartbeat'>): string {
  const parts = [percent === undefined ? '' : `${Math.round(percent)}%`, message ?? ''];

  return parts.filter((part) => part !== '').join(' ');
}

function decisionNote({ case: chosen, next }: DataOf<'decision.made'>): string {
  return chosen === undefined ? 'no case matched' : `${chosen} → ${next.join(', ') || 'nothing'}`;
}

function errorNote(error: ErrorData | undefined): string {
  return error === undefined ? '' : `${error.code}: ${error.message}`;
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(': ');
}
