import { isBlobRef } from '../../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { Fact } from '../../../events/catalogue.ts';
import type { JournalRecord, RunStatus, Transition } from '../../../events/record.ts';
import type { Chart } from '../../chart/chart.ts';
import type { RunState } from '../../chart/run/run-state.ts';
import { localId, taskAt } from '../../chart/task-at.ts';
import { isFinal } from '../../chart/task-status.ts';
import { parseDefinitionName } from '../../definition.ts';
import { checkInput } from '../../language/check-input.ts';
import { isMapping } from '../../language/mapping.ts';
import { eventOf } from '../../run/record/fold.ts';
import { redact, redactFact } from '../../run/record/redact.ts';
import { openedFact } from '../../run/record/sealing.ts';
import { renderInput } from '../../run/render.ts';
import { type Aside, emptyAside, newRun, type Run } from '../../run/run.ts';
import { type Charts, otherWait, type Recorded, recorded } from './chart-pair.ts';
import { commandOf, tell } from './command-of.ts';
import { goOn, type Onward } from './continue-replay.ts';
import { factDifference, factWords, transitionDifference } from './differences.ts';
import { beginsOtherwise, otherwise } from './divergence.ts';
import { overdue, runAfterTimer, tooEarly, tooLate } from './limits.ts';

/** A record that changes nothing, and that another definition need not take. */
const beside: ReadonlySet<Fact['type']> = new Set([
  'task.assigned',
  'tasks.assigned',
  'task.heartbeat',
  'task.logged',
  'approval.refused',
  'run.migrated',
]);

/**
 * What a recorded run would have done by another definition. `at` is the event at which it goes another way, `how` says
 * in words what differs there, `end` how it would have ended, as far as that can be told.
 */
export type WhatIf =
  | { readonly kind: 'same'; readonly events: number }
  | { readonly kind: 'diverges'; readonly at: number; readonly how: string; readonly end?: RunStatus }
  /** It would carry out something, `task`, that the run never did, and what would have come of it is not known. */
  | { readonly kind: 'needs'; readonly at: number; readonly task: string; readonly how: string }
  | { readonly kind: 'untold'; readonly why: string };

/** What became of it, and the run as it is then by the other definition; absent where it did not get anywhere. */
export type Held = { readonly whatIf: WhatIf; readonly run?: Run };

/**
 * Feeds what was recorded from outside, results, answers, signals, ends of other runs, timers and what people did, to
 * another definition, and has that decide anew whatever expressions decide. Where it would have somebody do something
 * else than was done, or wait for something else, that is told as well: `charts` are the definitions that the run was
 * recorded by. Times, workers and what an expression saw beside its result are not compared. `aside` is what the run
 * may read besides its journal; its blobs are added to. Throws BlobNeeded.
 */
export function whatIf(
  records: readonly JournalRecord[],
  chart: Chart,
  {
    charts,
    aside = { ...emptyAside, blobs: new Map() },
  }: { readonly charts: Charts; readonly aside?: Aside },
): WhatIf {
  const unknown = records.find(({ data }) => !charts.has(data.head.definition.hash))?.data.head.definition;
  if (unknown === undefined) return heldAgainst(records, chart, aside, charts).whatIf;

  return {
    kind: 'untold',
    why: `${unknown.id} v${unknown.version}, which it was recorded by, is not at hand`,
  };
}

/** The same, with the run that it comes to. Without `charts` only the way that it takes is compared. */
export function heldAgainst(
  records: readonly JournalRecord[],
  chart: Chart,
  aside: Aside,
  charts?: Charts,
): Held {
  const [first] = records;
  if (first === undefined) return { whatIf: { kind: 'untold', why: 'nothing was recorded' } };
  const forked = cannotFork(first, chart);
  if (forked !== undefined) return { whatIf: { kind: 'untold', why: forked } };
  const input = inputDifference(first, chart, aside);
  if (input !== undefined) return { whatIf: { kind: 'diverges', at: 1, how: input } };
  const along = alongside(newRun(chart, aside), records, charts);
  const { run, left, difference, apart } = along;
  if (difference === undefined) {
    const same = { kind: 'same', events: records.length } as const;
    return { whatIf: apart === undefined ? same : { kind: 'diverges', ...apart }, run };
  }
  if (lacksSecrets(run)) return { whatIf: withoutSecrets(along, difference) };
  // What did not even begin cannot go on.
  if (run.sequence === 0) return { whatIf: { kind: 'diverges', ...difference } };
  const gone = onward(run, records, left);

  return { whatIf: verdict(along, difference, gone), run: gone.run };
}

function onward(run: Run, records: readonly JournalRecord[], left: readonly JournalRecord[]): Onward {
  const isOver = isFinal(records.at(-1)?.data.head.status ?? 'RUNNING');

  return goOn(run, left.map(eventOf), isOver ? undefined : lastStates(records));
}

/** What secrets decide is not known without them; what somebody else would have done before is. */
function withoutSecrets({ apart }: Alongside, { how }: Difference): WhatIf {
  if (apart !== undefined) return { kind: 'diverges', ...apart };

  return { kind: 'untold', why: `${how}; but its secret inputs are not kept any more` };
}

/** How it ends is not told where something else would have been done before: other results may come of that. */
function verdict({ apart }: Alongside, difference: Difference, { run, missing }: Onward): WhatIf {
  const { at, how } = apart !== undefined && apart.at < difference.at ? apart : difference;
  const { status } = run.state;
  if (missing !== undefined)
    return { kind: 'needs', at, task: missing.task, how: `${how}; ${missing.what} was never recorded` };
  const isTold = apart === undefined && (isFinal(status) || status === 'PAUSED');

  return { kind: 'diverges', at, how, ...(isTold ? { end: status } : {}) };
}

function lastStates(records: readonly JournalRecord[]): ReadonlyMap<string, string> {
  const states = new Map<string, string>();
  for (const { data } of records) {
    for (const { task, to } of data.transitions) if (task !== undefined) states.set(task, to);
  }

  return states;
}

/**
 * How far a run goes the way that was recorded: `difference` says at which event it does not and why. `run` went its
 * own way there, `left` is what was recorded and it did not take. `apart` is the first event that fits its way but may
 * not have come of what it asks for; nothing is known of it where `charts` are not given.
 */
type Alongside = {
  readonly run: Run;
  readonly left: readonly JournalRecord[];
  readonly difference?: Difference;
  readonly apart?: Difference | undefined;
};

type Difference = { readonly at: number; readonly how: string };

/** Takes a run along its records for as long as it comes to the same facts and transitions. Throws BlobNeeded. */
function alongside(begun: Run, records: readonly JournalRecord[], charts?: Charts): Alongside {
  let run = begun;
  let was: Run | undefined;
  let apart: Difference | undefined;
  for (const [index, record] of records.entries()) {
    const at = record.sequence;
    const left = records.slice(index);
    const then = charts && recorded({ was, aside: begun.aside }, record, charts);
    const late = overdue(run, record, { before: records[index - 1], was: then?.before });
    if (late !== undefined)
      return { run: runAfterTimer(run, late), left, difference: tooLate(at, late), apart };
    const taken = take(run, record, then?.transitions);
    apart ??= othersAt(then, run, taken);
    was = then?.run;
    run = taken.run;
    if (taken.how === undefined) continue;
    return {
      run,
      left: run.sequence > index ? left.slice(1) : left,
      difference: { at, how: taken.how },
      apart,
    };
  }
  if (was !== undefined) apart ??= differenceAt(records.length, otherWait({ was, now: run }));

  return { run, left: [], apart };
}

/** What an event tells of the definition besides its way, and what begins with it. */
function othersAt(recorded: Recorded | undefined, now: Run, taken: Taken): Difference | undefined {
  if (recorded === undefined || recorded.before.chart.ref.hash === now.chart.ref.hash) return undefined;
  const { before, run, fact, transitions } = recorded;
  // What follows from a way that is another one says nothing of the work.
  const how =
    otherwise({ was: before, now }, fact) ??
    (taken.how === undefined ? beginsOtherwise({ was: run, now: taken.run }, transitions) : undefined);

  return differenceAt(run.sequence, how);
}

function differenceAt(at: number, how: string | undefined): Difference | undefined {
  return how === undefined ? undefined : { at, how };
}

type Taken = { readonly run: Run; readonly how?: string | undefined };

function take(run: Run, record: JournalRecord, all: readonly Transition[] | undefined): Taken {
  const { fact: stored, ...of } = eventOf(record);
  const fact = openedFact(run, stored);
  const input = fact.type === 'run.started' ? filledIn(fact.data.input, run.chart) : undefined;
  const command = commandOf(run, fact);
  const early = tooEarly(command, record) ?? otherChild(run, fact);
  if (early !== undefined) return { run, how: early };
  const told =
    command === undefined
      ? { ok: false as const, message: 'nothing waits for it' }
      : tell(run, input === undefined ? command : { ...command, ...{ input } }, { ...of, told: stored });
  if (!told.ok && beside.has(fact.type)) return { run: { ...run, sequence: run.sequence + 1 } };
  if (!told.ok) return { run, how: `${factWords(fact)} means nothing any more: ${told.message}` };
  // A record lists no more than so many, and nothing is hidden today that was shown then.
  const { transitions, omitted } = all === undefined ? record.data : { transitions: all, omitted: 0 };
  const [was, is] = [stored, told.fact].map((each) => redactFact(each, run.aside.hidden)) as [Fact, Fact];
  const how = factDifference(was, is) ?? transitionDifference(transitions, told.transitions, omitted);

  return { run: told.run, how };
}

type Inputs = Readonly<Record<string, Json>>;

/** Why the run could not have been started by the definition, in words; undefined where it could. */
function inputDifference(first: JournalRecord, { definition }: Chart, aside: Aside): string | undefined {
  const fact = openedFact({ aside }, eventOf(first).fact);
  if (fact.type !== 'run.started') return undefined;
  const checked = checkInput(definition, fact.data.input);
  if (checked.ok) return undefined;
  // The journal does not show what is secret, so that nothing can be said of it but that it was given.
  const problems = checked.problems.filter(
    ({ name, code }) =>
      code === 'input.missing' || code === 'input.unknown' || !isHidden(definition.input[name]),
  );

  return problems.length === 0
    ? undefined
    : `the input does not fit: ${problems.map(({ message }) => message).join('; ')}`;
}

/** The input of a run as it would have been started by the definition: with the defaults of that. */
function filledIn(input: Inputs, { definition }: Chart): Inputs {
  const missing = Object.entries(definition.input).flatMap(([name, { default: preset }]): [string, Json][] =>
    preset === undefined || Object.hasOwn(input, name) ? [] : [[name, preset]],
  );

  return missing.length === 0 ? input : { ...input, ...Object.fromEntries(missing) };
}

/** Why nothing can be told of a run that goes on from another one; undefined where something can. */
function cannotFork(first: JournalRecord, { initial, ref }: Chart): string | undefined {
  const { fact } = eventOf(first);
  if (fact.type !== 'run.forked' || fact.data.definition.hash === ref.hash) return undefined;
  const { tasks } = fact.data.state as unknown as RunState;
  const isAlike = Object.keys(tasks).sort().join() === Object.keys(initial.tasks).sort().join();
  const { run, at } = fact.data.from;
  if (isAlike && Object.values(tasks).every(({ body }) => body === undefined)) return undefined;

  return `it goes on from event ${at} of run ${run}, in the middle of another definition; look at that run instead`;
}

/** Whether expressions may have missed a secret that is not kept any more. */
function lacksSecrets({ chart, state, aside }: Run): boolean {
  return Object.entries(chart.definition.input).some(
    ([name, { secret }]) => secret && state.input[name] === '***' && aside.secretInput[name] === undefined,
  );
}

function isHidden(property: Chart['definition']['input'][string] | undefined): boolean {
  return property?.secret === true;
}

/** What a run was started for is recorded, so that it can be seen whether it would have been another one. */
function otherChild(run: Run, fact: Fact): string | undefined {
  if (fact.type !== 'child.started') return undefined;
  const { task: address, definition, input } = fact.data;
  const task = run.chart.plan.get(localId(address))?.task;
  const wanted = task?.type === 'SUB_WORKFLOW' ? parseDefinitionName(task.workflow) : definition;
  if (wanted.id !== definition.id) {
    return `${address} starts a run of ${wanted.id} instead of ${definition.id}`;
  }
  if (wanted.version !== undefined && wanted.version !== definition.version)
    return `${address} starts a run of ${wanted.id}@${wanted.version} instead of ${definition.id}@${definition.version}`;
  // What a person put in its place is no business of the definition.
  if (taskAt(run.state, address)?.input !== undefined) return undefined;
  const rendered = renderInput(run, address);
  if (!rendered.ok) return `${address} cannot be started: ${rendered.error.message}`;
  const [shown, was] = [rendered.value, input].map((each) => redact(each, run.aside.hidden));
  const [given, then] = [isMapping(shown) ? Object.entries(shown) : [], isMapping(was) ? was : {}];
  const other = given.find(([name, value]) => then[name] !== '***' && !isSame(then[name], value));

  return other === undefined
    ? undefined
    : `${address} starts its run with ${other[0]} ${JSON.stringify(other[1])} instead of ${JSON.stringify(then[other[0]] ?? null)}`;
}

/** Large values stand as references in the journal: that they are others shows where they are read. */
function isSame(recorded: Json | undefined, now: Json): boolean {
  return recorded !== undefined && (isBlobRef(recorded) || canonicalJson(recorded) === canonicalJson(now));
}
