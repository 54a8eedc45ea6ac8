import { isBlobRef } from '../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { Fact } from '../../events/catalogue.ts';
import type { JournalRecord } from '../../events/record.ts';
import { localId } from '../compile/address.ts';
import { taskAt } from '../compile/task-at.ts';
import { isMapping } from '../language/read-tasks.ts';
import type { Command } from '../run/command.ts';
import { eventOf } from '../run/fold.ts';
import { redact } from '../run/redact.ts';
import { renderInput } from '../run/render.ts';
import type { Run } from '../run/run.ts';
import { firstTimer, type Timer, timersOf } from '../run/timers.ts';
import { commandOf } from './command-of.ts';
import { factDifference, factWords, transitionDifference } from './differences.ts';
import { filledIn } from './origin.ts';
import { tell } from './told.ts';

/**
 * How far a run goes the way that was recorded: `difference` says at which event it does not and why. `run` went its
 * own way there, `left` is what was recorded and it did not take.
 */
export type Alongside = {
  readonly run: Run;
  readonly left: readonly JournalRecord[];
  readonly difference?: { readonly at: number; readonly how: string };
};

/** Takes a run along its records for as long as it comes to the same facts and transitions. Throws BlobNeeded. */
export function alongside(begun: Run, records: readonly JournalRecord[]): Alongside {
  let run = begun;
  for (const [index, record] of records.entries()) {
    const at = record.sequence;
    const late = overdue(run, records[index - 1], record);
    if (late !== undefined)
      return { run: fired(run, late), left: records.slice(index), difference: tooLate(at, late) };
    const taken = take(run, record);
    run = taken.run;
    if (taken.how === undefined) continue;
    const isTaken = taken.run.sequence > index;
    return { run, left: records.slice(isTaken ? index + 1 : index), difference: { at, how: taken.how } };
  }

  return { run, left: [] };
}

type Taken = { readonly run: Run; readonly how?: string | undefined };

/** A record that changes nothing, and that another definition need not take. */
const beside: ReadonlySet<Fact['type']> = new Set([
  'task.assigned',
  'task.heartbeat',
  'approval.refused',
  'run.migrated',
]);

function take(run: Run, record: JournalRecord): Taken {
  const { fact, ...of } = eventOf(record);
  const input = fact.type === 'run.started' ? filledIn(fact.data.input, run.chart) : undefined;
  const command = commandOf(run, fact);
  const early = tooEarly(command, record) ?? otherChild(run, fact);
  if (early !== undefined) return { run, how: early };
  const told =
    command === undefined
      ? { ok: false as const, message: 'nothing waits for it' }
      : tell(run, input === undefined ? command : { ...command, ...{ input } }, { ...of, told: fact });
  if (!told.ok && beside.has(fact.type)) return { run: { ...run, sequence: run.sequence + 1 } };
  if (!told.ok) return { run, how: `${factWords(fact)} means nothing any more: ${told.message}` };
  const { transitions, omitted } = record.data;
  const how = factDifference(fact, told.fact) ?? transitionDifference(transitions, told.transitions, omitted);

  return { run: told.run, how };
}

/** Retries and waits begin later or earlier without another outcome; what times out may not have done so. */
function isLimit({ timer }: Pick<Timer, 'timer'>): boolean {
  return timer !== 'task.retry' && timer !== 'wait.elapsed';
}

function tooEarly(command: Command | undefined, { time }: JournalRecord): string | undefined {
  if (command?.kind !== 'fireTimer' || !isLimit(command.timer) || command.timer.dueAt <= time)
    return undefined;

  return `${timerWords(command.timer)} is not due before ${command.timer.dueAt}`;
}

/** A time-out that would have come before the event and, as far as its head tells, did not run then. */
function overdue(
  run: Run,
  before: JournalRecord | undefined,
  { type, time }: JournalRecord,
): Timer | undefined {
  const first = firstTimer(run)?.dueAt;
  const then = before?.data.head.dueAt;
  if (first === undefined || first >= time || type === 'timer.fired') return undefined;
  const [limit] = timersOf(run)
    .filter(isLimit)
    .sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1));

  return limit !== undefined && limit.dueAt < time && (then === undefined || limit.dueAt < then)
    ? limit
    : undefined;
}

function fired(run: Run, timer: Timer): Run {
  const told = tell(run, { kind: 'fireTimer', timer }, { time: timer.dueAt, actor: 'engine' });

  return told.ok ? told.run : run;
}

function tooLate(at: number, timer: Timer) {
  return { at, how: `${timerWords(timer)} would have come before, at ${timer.dueAt}` };
}

function timerWords({ timer, task }: Pick<Timer, 'timer' | 'task'>): string {
  return `the ${timer}${task === undefined ? '' : ` of ${task}`}`;
}

/** What a run was started for is recorded, so that it can be seen whether it would have been another one. */
function otherChild(run: Run, fact: Fact): string | undefined {
  if (fact.type !== 'child.started') return undefined;
  const { task: address, definition, input } = fact.data;
  const task = run.chart.plan.get(localId(address))?.task;
  const [wanted] = task?.type === 'SUB_WORKFLOW' ? task.workflow.split('@') : [];
  if (wanted !== undefined && wanted !== definition.id) {
    return `${address} starts a run of ${wanted} instead of ${definition.id}`;
  }
  // What a person put in its place is no business of the definition.
  if (taskAt(run.state, address)?.input !== undefined) return undefined;
  const rendered = renderInput(run, address);
  if (!rendered.ok) return `${address} cannot be started: ${rendered.error.message}`;
  const shown = redact(rendered.value, run.aside.hidden);
  const given = isMapping(shown) ? Object.entries(shown) : [];
  const other = given.find(([name, value]) => input[name] !== '***' && !isSame(input[name], value));

  return other === undefined
    ? undefined
    : `${address} starts its run with ${other[0]} ${JSON.stringify(other[1])} instead of ${JSON.stringify(input[other[0]] ?? null)}`;
}

/** Large values stand as references in the journal: that they are others shows where they are read. */
function isSame(recorded: Json | undefined, now: Json): boolean {
  return recorded !== undefined && (isBlobRef(recorded) || canonicalJson(recorded) === canonicalJson(now));
}
