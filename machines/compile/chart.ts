import type { DefinitionRef } from '../../events/run-events.ts';
import type { Definition } from '../definition.ts';
import type { CompiledExpression } from '../expressions/condition.ts';
import type { CompiledTemplate } from '../expressions/template.ts';
import type { ChartEvent } from './chart-event.ts';
import type { Region } from './config.ts';
import { decisionRegion } from './decision.ts';
import { doWhileRegion } from './do-while.ts';
import { eventRegion } from './event.ts';
import { type FlatMachine, flatMachine } from './flat-machine.ts';
import { forkRegion } from './fork.ts';
import { httpRegion } from './http.ts';
import { humanRegion } from './human.ts';
import { joinRegion } from './join-task.ts';
import { noopRegion } from './noop.ts';
import { bodyTasks, type Place, planOf, unbegun } from './plan.ts';
import { awaited } from './region.ts';
import type { RegionEvent } from './region-event.ts';
import { rootConfig } from './root.ts';
import type { RunState, TaskState } from './run-state.ts';
import { setVariableRegion } from './set-variable.ts';
import { simpleRegion } from './simple.ts';
import { subWorkflowRegion } from './sub-workflow.ts';
import { parsedExpression, parsedTemplate, type TaskTemplates, templatesOf } from './templates.ts';
import { terminateRegion } from './terminate.ts';
import { transformRegion } from './transform.ts';
import { waitRegion } from './wait.ts';

/** A compiled definition. Made once and shared by all its runs. */
export type Chart = {
  readonly definition: Definition;
  readonly ref: DefinitionRef;
  readonly plan: ReadonlyMap<string, Place>;
  readonly templates: ReadonlyMap<string, TaskTemplates>;
  /** The variables a run starts with. */
  readonly variables: CompiledTemplate;
  /** What the runs that share the concurrency limit have in common, where the definition says so. */
  readonly concurrencyKey?: CompiledExpression;
  /** The output of the run, where it is made of expressions. */
  readonly output?: CompiledTemplate;
  /** The state of a run before its first event. */
  readonly initial: RunState;
  readonly root: FlatMachine<{ readonly run: RunState }, ChartEvent>;
  readonly regions: ReadonlyMap<string, FlatMachine<{ readonly task: TaskState }, RegionEvent>>;
  /** The tasks that begin with the run, in the order of the definition. */
  readonly roots: readonly string[];
  /** The tasks that begin with each pass through the body of a task, by the id of that task. */
  readonly bodyRoots: ReadonlyMap<string, readonly string[]>;
  /** Who awaits an announcement (`settled.<task>`, `recover.<task>`), in the order of the definition. */
  readonly awaiting: ReadonlyMap<string, readonly string[]>;
  /** Whether some task can be undone; whether some task is carried out by another run. */
  readonly compensates: boolean;
  readonly delegates: boolean;
  readonly hasSecrets: boolean;
  /** Whether some task waits for a signal. */
  readonly waitsForSignals: boolean;
};

/** Compiles a checked definition to its statechart. */
export function compileChart(definition: Definition, ref: DefinitionRef): Chart {
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
    initial: initialState(ref, plan),
    root: flatMachine(rootConfig(definition, plan)),
    regions: new Map(places.map(([id, place]) => [id, flatMachine(regionFor(place, plan))])),
    roots: rootsOf(places, undefined),
    bodyRoots: bodyRootsOf(places),
    awaiting: awaitingIn(places),
    compensates: places.some(([, { task }]) => task.compensate !== undefined),
    hasSecrets: Object.values(definition.input).some(({ secret }) => secret),
    delegates: places.some(([, { task }]) => task.type === 'SUB_WORKFLOW'),
    waitsForSignals: places.some(([, { task }]) => task.type === 'WAIT' && task.signal !== undefined),
  };
}

/** The region of a task by its type. */
export function regionFor(place: Place, plan: ReadonlyMap<string, Place>): Region {
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

type Places = readonly (readonly [string, Place])[];

/** What only undoes other tasks, or waits for others, does not begin by itself. */
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
    for (const announcement of new Set([...awaited(place), ...partsAwaited(place)])) {
      awaiting.set(announcement, [...(awaiting.get(announcement) ?? []), id]);
    }
  }

  return awaiting;
}

/**
 * A task in recovery waits for what stands in for it, which may have settled before, for another task. A FORK waits
 * for the tasks of its branches.
 */
function partsAwaited({ task, branches }: Place): readonly string[] {
  const parts =
    branches === undefined ? [] : [`opened.${task.id}`, ...branches.flat().map((id) => `settled.${id}`)];
  if (task.fallback.length === 0) return parts;

  return [...parts, `recover.${task.id}`, ...task.fallback.map((id) => `settled.${id}`)];
}

function initialState(ref: DefinitionRef, plan: ReadonlyMap<string, Place>): RunState {
  const ofRun = [...plan].filter(([, { owner }]) => owner === undefined);

  return {
    run: '',
    definition: ref,
    phase: 'created',
    status: 'RUNNING',
    input: {},
    variables: {},
    startedAt: '',
    tasks: Object.fromEntries(
      ofRun.map(([id, { undoes, aside }]) => [id, unbegun(undoes || aside === true)]),
    ),
  };
}
