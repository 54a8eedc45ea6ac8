import type { DefinitionRef } from '../../events/run-events.ts';
import type { Definition } from '../definition.ts';
import type { CompiledTemplate } from '../expressions/template.ts';
import type { Task } from '../task.ts';
import type { ChartEvent } from './chart-event.ts';
import type { Region } from './config.ts';
import { decisionRegion } from './decision.ts';
import { type FlatMachine, flatMachine } from './flat-machine.ts';
import { humanRegion } from './human.ts';
import { noopRegion } from './noop.ts';
import { type Place, planOf } from './plan.ts';
import { awaited, type RegionEvent } from './region.ts';
import { rootConfig } from './root.ts';
import type { RunState, TaskState } from './run-state.ts';
import { simpleRegion } from './simple.ts';
import { parsedTemplate, type TaskTemplates, templatesOf } from './templates.ts';
import { transformRegion } from './transform.ts';

/** A compiled definition. Made once and shared by all its runs. */
export type Chart = {
  readonly definition: Definition;
  readonly ref: DefinitionRef;
  readonly plan: ReadonlyMap<string, Place>;
  readonly templates: ReadonlyMap<string, TaskTemplates>;
  /** The variables a run starts with. */
  readonly variables: CompiledTemplate;
  /** The output of the run, where it is made of expressions. */
  readonly output?: CompiledTemplate;
  /** The state of a run before its first event. */
  readonly initial: RunState;
  readonly root: FlatMachine<{ readonly run: RunState }, ChartEvent>;
  readonly regions: ReadonlyMap<string, FlatMachine<{ readonly task: TaskState }, RegionEvent>>;
  /** The tasks that begin with the run, in the order of the definition. */
  readonly roots: readonly string[];
  /** Who awaits an announcement (`settled.<task>`, `recover.<task>`), in the order of the definition. */
  readonly awaiting: ReadonlyMap<string, readonly string[]>;
};

/** A definition holds a task whose type cannot be carried out. Callers ask `notExecutable` first. */
class NotExecutable extends Error {
  override readonly name = 'NotExecutable';
  readonly code = 'definition.not-executable';

  constructor(task: Task) {
    super(`task ${task.id}: the type ${task.type} cannot be carried out by this version`);
  }
}

/** Compiles a checked definition to its statechart. */
export function compileChart(definition: Definition, ref: DefinitionRef): Chart {
  const plan = planOf(definition);
  const places = [...plan];

  return {
    definition,
    ref,
    plan,
    templates: templatesOf(definition),
    variables: parsedTemplate(definition.variables),
    ...(definition.output.kind === 'map' ? { output: parsedTemplate(definition.output.map) } : {}),
    initial: initialState(definition, ref),
    root: flatMachine(rootConfig(definition)),
    regions: new Map(places.map(([id, place]) => [id, flatMachine(regionFor(place))])),
    roots: places.filter(([, place]) => awaited(place).length === 0).map(([id]) => id),
    awaiting: awaitingIn(places),
  };
}

/** The region of a task by its type. */
export function regionFor(place: Place): Region {
  const { task } = place;
  switch (task.type) {
    case 'SIMPLE':
      return simpleRegion({ ...place, task });
    case 'DECISION':
      return decisionRegion({ ...place, task });
    case 'HUMAN':
      return humanRegion({ ...place, task });
    case 'TRANSFORM':
      return transformRegion(place);
    case 'NOOP':
      return noopRegion(place);
    default:
      throw new NotExecutable(task);
  }
}

function awaitingIn(places: readonly (readonly [string, Place])[]): ReadonlyMap<string, readonly string[]> {
  const awaiting = new Map<string, string[]>();
  for (const [id, place] of places) {
    for (const announcement of new Set([...awaited(place), ...fallbacksAwaited(place)])) {
      awaiting.set(announcement, [...(awaiting.get(announcement) ?? []), id]);
    }
  }

  return awaiting;
}

/** A task in recovery waits for what stands in for it, which may have settled before, for another task. */
function fallbacksAwaited({ task }: Place): readonly string[] {
  if (task.fallback.length === 0) return [];

  return [`recover.${task.id}`, ...task.fallback.map((id) => `settled.${id}`)];
}

function initialState(definition: Definition, ref: DefinitionRef): RunState {
  return {
    run: '',
    definition: ref,
    phase: 'created',
    status: 'RUNNING',
    input: {},
    variables: {},
    startedAt: '',
    tasks: Object.fromEntries(definition.tasks.map(({ id }) => [id, { state: 'waiting', attempt: 0 }])),
  };
}
