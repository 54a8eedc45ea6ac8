import { isBlobRef } from '../../events/blob-ref.ts';
import type { Json } from '../../events/canonical-json.ts';
import type { DefinitionRef } from '../../events/run-events.ts';
import type { Definition } from '../definition.ts';
import type { CompiledCondition, CompiledExpression } from '../expressions/condition.ts';
import type { CompiledTemplate } from '../expressions/template.ts';
import { isMapping } from '../language/mapping.ts';
import type { DecisionTask, JoinTask } from '../task.ts';
import type { ChartEvent } from './chart-event.ts';
import { type FlatMachine, flatMachine } from './flat-machine.ts';
import { ended, enter, type Region } from './patches.ts';
import { bodyTasks, planOf, type TaskPlace, unbegun } from './plan.ts';
import { awaited, regionOf } from './region.ts';
import type { Guard, Patch, RegionEvent } from './region-event.ts';
import { rootConfig } from './run/root.ts';
import type { RunState, TaskState } from './run/run-state.ts';
import { type SealedParts, sealedParts } from './sealed-parts.ts';
import { isCompleted } from './task-status.ts';
import { tableOf } from './task-table.ts';
import { attemptedRegion } from './tasks/attempted.ts';
import { doWhileRegion } from './tasks/do-while.ts';
import { sinks } from './tasks/final-failure.ts';
import { forkRegion } from './tasks/fork.ts';
import { humanRegion } from './tasks/human.ts';
import { doneState, doneStates, shapedEnds, targetOfEnd } from './tasks/output-mapping.ts';
import { setVariableRegion } from './tasks/set-variable.ts';
import { subWorkflowRegion } from './tasks/sub-workflow.ts';
import { terminateRegion } from './tasks/terminate.ts';
import { transformRegion } from './tasks/transform.ts';
import { waitRegion } from './tasks/wait.ts';
import {
  parsedCondition,
  parsedExpression,
  parsedTemplate,
  type TaskTemplates,
  templatesOf,
} from './templates.ts';

const took =
  (value: string | undefined): Guard =>
  ({ event }) =>
    event.fact.type === 'decision.made' && event.fact.data.case === value;

const hasTaken =
  (value: string | undefined): Guard =>
  ({ context }) =>
    context.task.decision !== undefined && context.task.decision.case === value;

const decided: Patch = (task, event) => {
  if (event.fact.type !== 'decision.made') return task;
  const { value, case: taken, next } = event.fact.data;

  return {
    ...ended(task, event),
    decision: { value, next, ...(taken === undefined ? {} : { case: taken }) },
    output: { value, case: taken ?? 'NO_MATCH', next },
  };
};

/** A compiled definition, made once and shared by all its runs. */
export type Chart = {
  readonly definition: Definition;
  readonly ref: DefinitionRef;
  readonly plan: ReadonlyMap<string, TaskPlace>;
  readonly templates: ReadonlyMap<string, TaskTemplates>;
  /** The initial variables of a run. */
  readonly variables: CompiledTemplate;
  /** The key of the concurrency limit, if the definition has one. */
  readonly concurrencyKey?: CompiledExpression;
  /** The key by which runs take turns, if the definition has one. */
  readonly fairnessKey?: CompiledExpression;
  /** What runs are called in the business, and the labels that are made of their inputs. */
  readonly businessKey?: CompiledTemplate;
  readonly runLabels?: CompiledTemplate;
  /** The inputs that runs are found by. */
  readonly searchable: readonly string[];
  /** Whether some task is for agents. */
  readonly asksAgents: boolean;
  /** The events that cancel a run. */
  readonly cancelOn: readonly { readonly event: string; readonly when?: CompiledCondition }[];
  /** The output of the run, if it is made of expressions. */
  readonly output?: CompiledTemplate;
  /** The state of a run before its first event. */
  readonly initial: RunState;
  readonly root: FlatMachine<{ readonly run: RunState }, ChartEvent>;
  readonly regions: ReadonlyMap<string, FlatMachine<{ readonly task: TaskState }, RegionEvent>>;
  /** The tasks that begin with the run, in the order of the definition. */
  readonly roots: readonly string[];
  /** The tasks that begin with each pass through a body, by the id of the body's owner. */
  readonly bodyRoots: ReadonlyMap<string, readonly string[]>;
  /** The tasks that await an announcement (`settled.<task>`, `recover.<task>`), in the order of the definition. */
  readonly awaiting: ReadonlyMap<string, readonly string[]>;
  /** Whether some task can be undone; whether some task starts a child run. */
  readonly compensates: boolean;
  readonly delegates: boolean;
  readonly hasSecrets: boolean;
  /** What is recorded sealed; absent where nothing is. */
  readonly sealed?: SealedParts;
  /** Whose sealed values are, if the definition says so. */
  readonly erasureKey?: CompiledTemplate;
  /** Whether some task waits for an approval. */
  readonly asksPeople: boolean;
  /** Whether some task waits for a signal, or an event cancels runs. */
  readonly waitsForSignals: boolean;
};

/** Compiles a checked definition to its statechart. */
export function compileChart(definition: Definition, { hash, id, version }: DefinitionRef): Chart {
  // Every record names it, with its members in this order.
  const ref = { hash, id, version };
  const plan = planOf(definition);
  const places = [...plan];

  return {
    definition,
    ref,
    plan,
    templates: templatesOf([...plan.values()].map(({ task }) => task)),
    variables: parsedTemplate(definition.variables),
    ...(definition.output.kind === 'map' ? { output: parsedTemplate(definition.output.map) } : {}),
    ...(definition.concurrency?.key === undefined
      ? {}
      : { concurrencyKey: parsedExpression(definition.concurrency.key) }),
    ...(definition.fairness === undefined ? {} : { fairnessKey: parsedExpression(definition.fairness.key) }),
    ...searchTermsOf(definition),
    asksAgents: places.some(([, { task }]) => ['agent', 'skills'].includes(task.performer.kind)),
    ...sealingOf(definition, plan),
    cancelOn: (definition.cancelOn ?? []).map(({ event, when }) =>
      when === undefined ? { event } : { event, when: parsedCondition(when) },
    ),
    initial: initialState(ref, plan),
    root: flatMachine(rootConfig(definition, plan)),
    regions: new Map(places.map(([id, place]) => [id, flatMachine(regionFor(place, plan))])),
    roots: rootsOf(places, undefined),
    bodyRoots: bodyRootsOf(places),
    awaiting: awaitingIn(places),
    compensates: places.some(([, { task }]) => task.compensate !== undefined),
    hasSecrets: Object.values(definition.input).some(({ secret }) => secret),
    delegates: places.some(([, { task }]) => task.type === 'SUB_WORKFLOW'),
    asksPeople: places.some(([, { task }]) => task.type === 'HUMAN'),
    waitsForSignals:
      definition.cancelOn !== undefined ||
      places.some(([, { task }]) => task.type === 'WAIT' && task.signal !== undefined),
  };
}

/** The region of a task by its type. */
export function regionFor(place: TaskPlace, plan: ReadonlyMap<string, TaskPlace>): Region {
  const { task } = place;
  switch (task.type) {
    case 'SIMPLE':
      return simpleRegion(place);
    case 'DECISION':
      return decisionRegion({ ...place, task });
    case 'HUMAN':
      return humanRegion({ ...place, task });
    case 'TRANSFORM':
      return transformRegion(place);
    case 'NOOP':
      return noopRegion(place);
    case 'FORK':
      return forkRegion({ ...place, task });
    case 'JOIN':
      return joinRegion({ ...place, task }, plan);
    case 'DO_WHILE':
      return doWhileRegion({ ...place, task });
    case 'WAIT':
      return waitRegion({ ...place, task });
    case 'SUB_WORKFLOW':
      return subWorkflowRegion({ ...place, task });
    case 'EVENT':
      return eventRegion(place);
    case 'HTTP':
      return httpRegion(place);
    case 'SET_VARIABLE':
      return setVariableRegion(place);
    case 'TERMINATE':
      return terminateRegion({ ...place, task });
  }
}

function searchTermsOf({ key, runLabels, input }: Definition) {
  return {
    searchable: Object.keys(input).filter((name) => input[name]?.searchable === true),
    ...(key === undefined ? {} : { businessKey: parsedTemplate(key) }),
    ...(runLabels === undefined ? {} : { runLabels: parsedTemplate(runLabels) }),
  };
}

function sealingOf(definition: Definition, plan: ReadonlyMap<string, TaskPlace>) {
  const sealed = sealedParts(definition, plan);
  if (sealed === undefined) return {};
  const { erasureKey } = definition;

  return { sealed, ...(erasureKey === undefined ? {} : { erasureKey: parsedTemplate(erasureKey) }) };
}

type Places = readonly (readonly [string, TaskPlace])[];

/** Tasks that only undo others, or are started by others, do not begin by themselves. */
function rootsOf(places: Places, owner: string | undefined): readonly string[] {
  return places
    .filter(([, place]) => place.owner === owner && !place.undoes && awaited(place).length === 0)
    .map(([id]) => id);
}

function bodyRootsOf(places: Places): ReadonlyMap<string, readonly string[]> {
  const owners = places.filter(([, { task }]) => bodyTasks(task) !== undefined);

  return new Map(owners.map(([id]) => [id, rootsOf(places, id)]));
}

function awaitingIn(places: Places): ReadonlyMap<string, readonly string[]> {
  const awaiting = new Map<string, string[]>();
  for (const [id, place] of places) {
    const { lostTo = {}, after = [] } = place.retreat ?? {};
    const choices = Object.keys({ ...place.outrunBy, ...lostTo }).map((choice) => `chosen.${choice}`);
    const turns = after.map(({ id: before }) => `settled.${before}`);
    for (const announcement of new Set([...awaited(place), ...partsAwaited(place), ...choices, ...turns])) {
      const known = awaiting.get(announcement) ?? [];
      known.push(id);
      awaiting.set(announcement, known);
    }
  }

  return awaiting;
}

/**
 * A task in recovery waits for its fallbacks, which may have settled before, for another task. A FORK waits for the
 * tasks of its branches.
 */
function partsAwaited({ task, branches }: TaskPlace): readonly string[] {
  const parts =
    branches === undefined ? [] : [`opened.${task.id}`, ...branches.flat().map((id) => `settled.${id}`)];
  if (task.fallback.length === 0) return parts;

  return [...parts, `recover.${task.id}`, ...task.fallback.map((id) => `settled.${id}`)];
}

function initialState(ref: DefinitionRef, plan: ReadonlyMap<string, TaskPlace>): RunState {
  const ofRun = [...plan].filter(([, { owner }]) => owner === undefined);

  return {
    run: '',
    definition: ref,
    phase: 'created',
    status: 'RUNNING',
    input: {},
    variables: {},
    startedAt: '',
    tasks: tableOf(
      Object.fromEntries(ofRun.map(([id, { undoes, aside }]) => [id, unbegun(undoes || aside === true)])),
    ),
  };
}

/** One state per case, so that a path shows the chosen case. The tasks of the case read the decision itself. */
function decisionRegion(place: TaskPlace & { readonly task: DecisionTask }): Region {
  const { id } = place.task;
  const ends = caseStates(place.task);

  return regionOf(place, 'deciding', {
    deciding: {
      entry: enter('deciding'),
      on: {
        [`decision.made.${id}`]: ends.map(({ state, value }) => ({
          guard: took(value),
          target: targetOfEnd(place, state),
        })),
        [`task.failed.${id}`]: sinks(place, 'failed'),
      },
    },
    ...shapedEnds(
      place,
      decided,
      ends.map(({ state, value }) => ({ guard: hasTaken(value), target: state })),
    ),
  });
}

type CaseState = { readonly state: string; readonly value: string | undefined };

/** XState reads a dot in a state name as a path, so a case with a dot in its value is named by its number. */
function caseStates(task: DecisionTask): readonly CaseState[] {
  const cases = task.cases.map(({ value }, index) => ({
    state: /^[\w -]+$/.test(value) ? `case ${value}` : `case #${index + 1}`,
    value,
  }));
  const fallback = task.defaultNext === undefined ? [] : [{ state: 'default', value: 'default' }];

  return [...cases, ...fallback, { state: 'no_match', value: undefined }];
}

/** A business event: the task completes when the broker has it. */
function eventRegion(place: TaskPlace): Region {
  return attemptedRegion(place);
}

/** A request to a web server, sent once by each attempt. */
function httpRegion(place: TaskPlace): Region {
  return attemptedRegion(place);
}

/** Waits as its join rule says (see join.ts) and completes with what it waited for: a map from id to output. */
function joinRegion(
  place: TaskPlace & { readonly task: JoinTask },
  plan: ReadonlyMap<string, TaskPlace>,
): Region {
  const { joinOn, dependsOn } = place.task;
  const joined = (joinOn.length > 0 ? joinOn : dependsOn).map((id) => ({
    id,
    // A FORK with branches stands for the ends of its branches, whose outputs form its own.
    spread: plan.get(id)?.branches !== undefined,
  }));
  const join: Patch = (task, { time, run }) => ({
    ...task,
    endedAt: time,
    output: joinedOutput(joined.flatMap(({ id, spread }) => outputsOf(id, run.tasks[id], spread))),
  });

  return regionOf(place, doneState(place), doneStates(place, join));
}

type Joined = { readonly id: string; readonly output: Json; readonly spread: boolean };

function outputsOf(id: string, task: TaskState | undefined, spread: boolean): readonly Joined[] {
  return task === undefined || !isCompleted(task) ? [] : [{ id, output: task.output ?? null, spread }];
}

/** What the journal has elsewhere is spread when it is read. */
function joinedOutput(joined: readonly Joined[]): Json {
  if (joined.some(({ output, spread }) => spread && isBlobRef(output)))
    return { $blob: joined.map(({ id, output, spread }): Json => [id, spread ? output : { [id]: output }]) };

  return Object.fromEntries(
    joined.flatMap(({ id, output, spread }) =>
      spread && isMapping(output) ? Object.entries(output) : [[id, output] as const],
    ),
  );
}

/** Completes at once; fails only if an expression cannot be evaluated. */
function noopRegion(place: TaskPlace): Region {
  return regionOf(place, doneState(place), doneStates(place, ended));
}

/** Work of a command, an action or an agent. */
function simpleRegion(place: TaskPlace): Region {
  return attemptedRegion(place);
}
