import type { Chart } from '../chart.ts';
import type { Patch } from '../region-event.ts';
import { forkConcerned, standsIn } from '../run/task-change.ts';
import { isSettled } from '../task-status.ts';
import { withFact } from '../tasks/arrival.ts';
import {
  type ConfigObject,
  createImplementations,
  type GuardRule,
  type Implementations,
  machineOf,
  type StatechartMachine,
} from './implementations.ts';
import { addressedTo, type MachineContext, nowOf, taskIn } from './machine-context.ts';
import { addPassActions, type BodyMachine } from './passes.ts';
import { regionsConfig, regionsTree } from './regions-tree.ts';
import { runPhases } from './run-phases.ts';
import { addRegionActions, type RegionBuild, taskRegion } from './task-region.ts';

/** A definition as one XState machine. */
export type Statechart = {
  /** Runs with XState's `createActor`; its context is the state of a run. */
  readonly machine: StatechartMachine;
  /** What the machine was created from: plain JSON, in the form that XState and Stately's editor take. */
  readonly config: ConfigObject;
  /** The machines of the bodies of its tasks, by the ids of these tasks. */
  readonly bodies: ReadonlyMap<string, BodyMachine>;
};

/**
 * The one XState machine of a compiled definition: a parallel state of the phase of the run and one region for each
 * task. It takes the facts of the journal as events, under their descriptors, and raises what the regions tell each
 * other.
 */
export function statechartOf(chart: Chart): Statechart {
  const implementations = createImplementations(
    {
      active: [{ phase: 'running' }, { phase: 'paused' }, { phase: 'compensating' }],
      hearing: [{ phase: 'queued' }, { phase: 'running' }, { phase: 'paused' }, { phase: 'compensating' }],
    },
    () => false,
  );
  implementations.action('take', (args) =>
    args.event.fact === undefined
      ? {}
      : { context: { now: nowOf(args), run: withFact(args.context.run, args.event.fact) } },
  );
  const { parts, bodies } = levelOf(chart, undefined, implementations);
  const config: ConfigObject = {
    id: chart.definition.id,
    version: String(chart.definition.version),
    type: 'parallel',
    states: { phase: runPhases(chart, implementations), ...parts },
  };
  const context: MachineContext = { ...initialContext, run: chart.initial };

  return { machine: machineOf(config, context, implementations), config, bodies };
}

const initialContext: Omit<MachineContext, 'run'> = {
  prefix: '',
  now: null,
  said: 0,
  passes: {},
  told: [],
  sunk: null,
};

/** The regions of the run, or of the passes through the body of `owner`. */
function levelOf(chart: Chart, owner: string | undefined, implementations: Implementations) {
  const build: RegionBuild = { chart, implementations, patches: new Map<string, Patch>() };
  const places = [...chart.plan].filter(([, place]) => place.owner === owner);
  const bodies = new Map(
    places.flatMap(([id]): [string, BodyMachine & { readonly config: ConfigObject }][] =>
      chart.bodyRoots.has(id) ? [[id, bodyMachine(chart, id)]] : [],
    ),
  );
  const tree = regionsTree(chart.plan, owner);
  const regions = new Map(
    places.map(([id, place]) => [id, taskRegion(build, id, place, bodies.get(id)?.config)]),
  );
  addRegionActions(build);
  addPassActions(chart, bodies, implementations);
  addLevelActions(implementations);

  return { parts: regionsConfig(tree, (id) => regions.get(id) ?? {}), bodies, tree };
}

function addLevelActions({ action, guards }: Implementations): void {
  const isAt: GuardRule = ({ context }, { task = '', state = '' }) => taskIn(context, task).state === state;
  Object.assign(guards, { 'is at': isAt });
  action('tell', (_args, { event = '' }) => ({ raise: [{ type: event }] }));
  action('tell all settled', () => ({ raise: [{ type: 'all.settled' }] }));
}

/** The machine of a body: a parallel state of the pass and one region for each task in it. */
function bodyMachine(chart: Chart, owner: string): BodyMachine & { readonly config: ConfigObject } {
  const open = [{ pass: 'open' }];
  const implementations = createImplementations(
    { active: open, hearing: open },
    ({ context }) => context.run.phase === 'compensating',
  );
  implementations.action('take', () => ({}));
  const { parts, bodies, tree } = levelOf(chart, owner, implementations);
  const config: ConfigObject = {
    id: owner,
    type: 'parallel',
    states: { pass: passPhases(chart, implementations), ...parts },
  };
  const context: MachineContext = {
    ...initialContext,
    run: { ...chart.initial, tasks: chart.plan.get(owner)?.body?.tasks ?? {} },
  };

  return { machine: machineOf(config, context, implementations), config, tree, bodies };
}

/** How far a pass is: it ends when all of its tasks are settled, or one of them takes it down. */
function passPhases(chart: Chart, { guard, action }: Implementations): ConfigObject {
  const takesThePass: GuardRule = ({ context, event: { of = '' } }) => {
    const place = chart.plan.get(of.slice(context.prefix.length));
    return forkConcerned(place) === undefined && !standsIn(place, context.run.tasks);
  };
  const allSettled: GuardRule = ({ context }) => Object.values(context.run.tasks).every(isSettled);
  const isReopened: GuardRule = (args, params) => {
    const to = addressedTo(args.event)?.slice(args.context.prefix.length) ?? '';
    return Object.hasOwn(args.context.run.tasks, to) && allSettled(args, params);
  };
  action('blame', ({ context, event: { of = '' } }) => ({
    context: { sunk: of.slice(context.prefix.length) },
  }));
  action('pass on', ({ context, event }) => ({ context: { told: [...context.told, event] } }));
  const passOn = [{ type: 'pass on' }];

  return {
    initial: 'open',
    states: {
      open: {
        on: {
          'sunk.*': {
            guard: guard('sunk(pass)', takesThePass),
            target: 'failed',
            actions: [{ type: 'blame' }],
          },
          'ended.*': { target: 'ended', actions: passOn },
          'exhausted.*': { actions: passOn },
          'all.settled': { guard: guard('all settled(pass)', allSettled), target: 'completed' },
          reopened: { guard: guard('reopened(pass)', isReopened), target: 'completed' },
        },
      },
      completed: { type: 'final' },
      failed: { type: 'final' },
      ended: { type: 'final' },
    },
  };
}
