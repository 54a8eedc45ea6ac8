import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import { TriggerRef } from '../../../events/run-events.ts';
import { triggerText } from '../trigger-document.ts';
import { noteOfOutput } from './task-note.ts';

type Fact = Readonly<Record<string, Json>>;

/** What an event says besides its type, in a few words. */
export function noteOfRecord({ type, data: { fact, transitions } }: JournalRecord): string {
  const note = (notes[type] ?? plainNote)(fact);
  // The time-out of an approval that moves nothing has somebody else asked.
  const isEscalated = fact['timer'] === 'approval.timeout' && transitions.length === 0;

  return isEscalated ? joined(note, 'escalated') : note;
}

const notes: Readonly<Record<string, (fact: Fact) => string>> = {
  'run.started': startedNote,
  'run.admitted': (fact) => `a place for ${textOf(fact['key'])}`,
  'run.failed': (fact) => errorNote(fact['error']),
  'run.rerun': rerunNote,
  'run.forked': forkedNote,
  'run.migrated': ({ from, definition }) => `v${versionOf(from)} → v${versionOf(definition)}`,
  'failure-workflow.started': (fact) =>
    fact['run'] === undefined ? errorNote(fact['error']) : `as run ${textOf(fact['run'])}`,
  'signal.received': signalNote,
  'signal.taken': (fact) => `"${textOf(fact['name'])}" had come before`,
  'task.assigned': assignedNote,
  'task.started': ({ lost, worker }) =>
    lost === undefined ? '' : `worker ${textOf(lost)} lost, begun again by ${textOf(worker)}`,
  'task.heartbeat': heartbeatNote,
  'task.completed': (fact) => noteOfOutput(fact['output']),
  'task.failed': (fact) => `attempt ${textOf(fact['attempt'])}: ${errorNote(fact['error'])}`,
  'task.skipped': (fact) => joined('by hand', textOf(fact['reason'])),
  'task.resolved': (fact) => joined('by hand', textOf(fact['reason']), noteOfOutput(fact['output'])),
  'decision.made': decisionNote,
  'condition.evaluated': (fact) =>
    fact['result'] === true ? 'its condition holds' : 'its condition does not hold',
  'approval.granted': answerNote,
  'approval.denied': answerNote,
  'approval.delegated': (fact) =>
    joined(`by ${textOf(fact['by'])} to ${textOf(fact['to'])}`, textOf(fact['reason'])),
  'approval.refused': (fact) =>
    joined(`${textOf(fact['by'])} could not ${textOf(fact['decision'])}`, textOf(fact['message'])),
  'items.listed': (fact) => (fact['count'] === 1 ? '1 item' : `${textOf(fact['count'])} items`),
  'loop.evaluated': (fact) =>
    `iteration ${textOf(fact['iteration'])}: ${fact['result'] === true ? 'another one follows' : 'the last one'}`,
  'wait.armed': (fact) => (fact['until'] === undefined ? 'for a signal' : `until ${textOf(fact['until'])}`),
  'variables.set': (fact) => Object.keys(membersOf(fact['values'])).join(', '),
  'termination.reached': (fact) => joined(textOf(fact['status']), textOf(fact['reason'])),
  'child.started': (fact) => `run ${textOf(fact['run'])} of ${textOf(membersOf(fact['definition'])['id'])}`,
  'child.ended': (fact) =>
    joined(`run ${textOf(fact['run'])} ${textOf(fact['status'])}`, errorNote(fact['error'])),
  'timer.fired': (fact) =>
    fact['timer'] === 'task.retry' ? 'next attempt' : `${textOf(fact['timer'])} at ${textOf(fact['dueAt'])}`,
};

/** Of an event that says no more than why. */
function plainNote(fact: Fact): string {
  return textOf(fact['reason']);
}

function startedNote(fact: Fact): string {
  const { parent, failureOf } = fact;
  if (parent !== undefined)
    return `for ${textOf(membersOf(parent)['task'])} of run ${textOf(membersOf(parent)['run'])}`;
  const trigger = TriggerRef.safeParse(fact['trigger']);
  if (trigger.success) return `by ${triggerText(trigger.data)}`;

  return failureOf === undefined ? '' : `answers the failure of run ${textOf(failureOf)}`;
}

function assignedNote({ agents }: Fact): string {
  const names = Array.isArray(agents) ? agents.map((each: Json) => textOf(membersOf(each)['agent'])) : [];

  return `to ${names.join(', ')}`;
}

function rerunNote(fact: Fact): string {
  const before = membersOf(fact['before']);
  const edited =
    fact['input'] === undefined ? '' : editsText(membersOf(before['input']), membersOf(fact['input']));
  const task =
    fact['taskInput'] === undefined
      ? ''
      : `input of ${textOf(fact['from'])}: ${shown(before['taskInput'])} → ${shown(fact['taskInput'])}`;

  return joined(`from ${textOf(fact['from'])}`, textOf(fact['reason']), edited, task);
}

function forkedNote(fact: Fact): string {
  const { run, at } = membersOf(fact['from']);
  const old = membersOf(membersOf(fact['state'])['input']);
  const edited = fact['input'] === undefined ? '' : editsText(old, membersOf(fact['input']));

  return joined(`from event ${textOf(at)} of run ${textOf(run)}`, textOf(fact['reason']), edited);
}

/** `amount 10 → 20, note none → "x"`: what was edited, before and after. */
function editsText(before: Fact, after: Fact): string {
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

function signalNote(fact: Fact): string {
  const tasks = Array.isArray(fact['tasks']) ? fact['tasks'].map(textOf) : [];
  const who = tasks.length === 0 ? 'kept: it is for none of the tasks that wait' : `for ${tasks.join(', ')}`;

  return `"${textOf(fact['name'])}" ${who}`;
}

function heartbeatNote(fact: Fact): string {
  const { percent, message } = membersOf(fact['progress']);

  return [typeof percent === 'number' ? `${Math.round(percent)}%` : '', textOf(message)]
    .filter((part) => part !== '')
    .join(' ');
}

function decisionNote(fact: Fact): string {
  const next = Array.isArray(fact['next']) ? fact['next'].join(', ') : '';

  return fact['case'] === undefined
    ? 'no case matched'
    : `${textOf(fact['case'])} → ${next === '' ? 'nothing' : next}`;
}

function answerNote(fact: Fact): string {
  return joined(`by ${textOf(fact['by'])}`, textOf(fact['comment']));
}

function errorNote(error: Json | undefined): string {
  const { code, message } = membersOf(error);

  return code === undefined ? '' : `${textOf(code)}: ${textOf(message)}`;
}

function versionOf(definition: Json | undefined): string {
  return textOf(membersOf(definition)['version']);
}

function membersOf(value: Json | undefined): Fact {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fact) : {};
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(': ');
}

function textOf(value: Json | undefined): string {
  return value === undefined || value === null
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
}
