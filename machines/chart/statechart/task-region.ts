import { type Chart, regionFor } from '../chart.ts';
import { forksAround } from '../downstream.ts';
import type { ConfigPart } from '../patches.ts';
import { withOrphans } from '../patches.ts';
import type { TaskPlace } from '../plan.ts';
import type { Guard, Patch } from '../region-event.ts';
import { becameUndoable, forkConcerned, orphansOf, standsIn } from '../run/task-change.ts';
import { withEarlier } from '../task-at.ts';
import { isOpenBody } from '../task-status.ts';
import { withUndoable } from '../tasks/arrival.ts';
import type {
  ActionEffect,
  ConfigJson,
  ConfigObject,
  Gate,
  GuardRule,
  Implementations,
} from './implementations.ts';
import {
  addressedTo,
  endsOrphan,
  isEnd,
  type MachineArgs,
  type MachineContext,
  type MachineEvent,
  regionEvent,
  taskIn,
} from './machine-context.ts';
import { type DeclaredTransition, declared, eachOf, ruleOf, transitionsOf, wordOf } from './run-phases.ts';
import { metaOf } from './state-meta.ts';

/** What the regions of one machine are made with. */
export type RegionBuild = {
  readonly chart: Chart;
  readonly implementations: Implementations;
  /** The changes of tasks by the names that actions call them by. */
  readonly patches: Map<string, Patch>;
};

type Transition = DeclaredTransition<Guard>;
/** An event of the machine that a declared one stands for, and when it counts. */
type Heard = {
  readonly type: string;
  readonly kind: 'fact' | 'told' | 'heard';
  readonly gate: Gate;
  readonly when: GuardRule;
  readonly label: string;
};

/** The region of a task in the machine, made of its declaration. `body`: the configuration of its passes. */
export function taskRegion(
  build: RegionBuild,
  id: string,
  place: TaskPlace,
  body: ConfigObject | undefined,
): ConfigObject {
  const isOwner = body !== undefined;
  const region = regionFor(place, build.chart.plan);
  const names = namesIn(build, id);
  const states = Object.entries(region.states).map(([name, part]): [string, ConfigObject] => {
    const state = declared<Guard>(part);
    const exits =
      name === 'open' && place.branches !== undefined ? { exit: [announcement('closing', id)] } : {};
    const opens = isOwner && isOpenBody({ state: name, attempt: 0 });
    return [
      name,
      {
        ...(isEnd(name) ? { type: 'final' } : {}),
        entry: [
          ...eachOf(state.entry).map((each) => entryAction(build, id, name, each)),
          ...(opens ? [{ type: 'open passes', params: { task: id } }] : []),
          ...(place.retreat !== undefined && isEnd(name)
            ? [{ type: 'retreated', params: { task: id } }]
            : []),
        ],
        ...exits,
        ...on(transitions(build, id, place, names, state)),
        ...metaOf(place, name, Object.keys(state.on ?? {}), opens ? body : undefined),
      },
    ];
  });
  const anywhere = transitions(build, id, place, names, declared<Guard>({ on: region.on }));

  return {
    meta: { task: id },
    initial: region.initial,
    states: Object.fromEntries(states),
    on: {
      ...anywhere,
      ...(place.branches === undefined ? {} : closing(build, id)),
      ...(isOwner ? inside(id, names) : {}),
      ...(place.retreat === undefined ? {} : retreated(id, names)),
      restored: Object.keys(region.states).map((state) => ({
        guard: { type: 'is at', params: { task: id, state } },
        target: `.${state}`,
        ...(isOwner ? { actions: [{ type: 'restore passes', params: { task: id } }] } : {}),
      })),
    },
  };
}

function announcement(word: string, task: string): ConfigObject {
  return { type: 'announce', params: { word, task } };
}

/** The actions that the configurations of all regions call for. */
export function addRegionActions({ chart, implementations, patches }: RegionBuild): void {
  const change = (args: MachineArgs, id: string, patch: Patch | undefined): ActionEffect => {
    if (patch === undefined || isSilent(args.event)) return {};
    const { run, prefix } = args.context;
    const event = regionEvent(args, id);
    const from = taskIn(args.context, id);
    const place = chart.plan.get(id);
    const to = withEarlier(place, from, patch(from, event));
    const changed = { id, from, to };
    const undoable = becameUndoable(place, changed) ? [prefix + id] : [];
    const next = withUndoable({ ...run, tasks: { ...run.tasks, [id]: to } }, undoable);

    return {
      context: { run: chart.delegates ? withOrphans(next, orphansOf(changed, prefix, event.fact)) : next },
    };
  };
  implementations.action('enter', (args, { task = '', state = '' }) =>
    change(args, task, patches.get(`${task}/${state}`)),
  );
  implementations.action('change', (args, { task = '', by = '' }) =>
    change(args, task, patches.get(`${task}:${by}`)),
  );
  implementations.action('announce', (args, { word = '', task = '' }) =>
    isSilent(args.event) ? {} : { raise: announced(chart, args.context, word, task) },
  );
  implementations.action('retreated', ({ event }, { task = '' }) =>
    isSilent(event) ? {} : { raise: [{ type: `retreated.${task}` }] },
  );
  implementations.action('retreated later', (_args, { task = '' }) => ({
    raise: [{ type: `retreated.${task}` }],
    again: true,
  }));
  implementations.action('open branches', (args, { task = '' }) =>
    isSilent(args.event)
      ? {}
      : { raise: [{ type: `reset.${task}` }, ...announced(chart, args.context, 'opened', task)] },
  );
}

/**
 * What regions await is raised for one of them after the other, in the order of the definition, so that each sees what
 * the one before made of it. XState would have all of them look at the same moment.
 */
function announced(
  { awaiting }: Chart,
  context: MachineContext,
  word: string,
  task: string,
): readonly MachineEvent[] {
  const { prefix, run } = context;
  const type = `${word}.${task}`;
  const cause = word === 'sunk' ? taskIn(context, task).error : undefined;
  const event = { type, of: prefix + task, ...(cause === undefined ? {} : { cause }) };
  const isAwaited = word === 'settled' || word === 'recover' || word === 'opened' || word === 'chosen';
  if (!isAwaited) return [event];

  return [
    ...(run.phase === 'compensating' ? [event] : []),
    ...(awaiting.get(type) ?? []).map((id) => ({ ...event, to: prefix + id })),
  ];
}

/** A region that is brought to where it was before, or that begins with its machine, has nothing to say. */
function isSilent({ type }: MachineEvent): boolean {
  return type === 'restored' || type === 'xstate.init';
}

type Names = {
  readonly guard: (transition: Transition, heard: Heard) => string;
  readonly own: (label: string, rule: GuardRule) => string;
};

function namesIn({ implementations }: RegionBuild, id: string): Names {
  const known = new Map<unknown, Map<string, string>>();

  return {
    own: (label, rule) => implementations.guard(`${label}(${id})`, rule, 'hearing'),
    guard: ({ guard, target }, { kind, label, gate, when }) => {
      const key = `${kind} ${label}`;
      const names = known.get(guard) ?? new Map<string, string>();
      known.set(guard, names);
      const name = guard?.name || (target === undefined || guard === undefined ? '' : `to ${target}`);
      const text = [label, name].filter((each) => each !== '').join(': ');
      const found =
        names.get(key) ??
        implementations.guard(
          `${text === '' ? 'any' : text}(${id})`,
          (args) => when(args, {}) && (guard === undefined || guard(regionArgs(args, id))),
          gate,
        );
      names.set(key, found);
      return found;
    },
  };
}

function regionArgs(args: MachineArgs, id: string): Parameters<Guard>[0] {
  return { context: { task: taskIn(args.context, id) }, event: regionEvent(args, id) };
}

function transitions(
  build: RegionBuild,
  id: string,
  place: TaskPlace,
  names: Names,
  state: ReturnType<typeof declared<Guard>>,
): Readonly<Record<string, readonly ConfigObject[]>> {
  const found: Record<string, ConfigObject[]> = {};
  for (const [descriptor, each] of transitionsOf(state)) {
    for (const heard of heardFor(build, descriptor, id, place)) {
      const list = each.map((transition): ConfigObject => {
        const { target, reenter, actions } = transition;
        const changes = eachOf(actions).map((part) => {
          const word = wordOf(part);
          return word === undefined ? changeAction(build, id, part) : announcement(word, id);
        });
        return {
          guard: names.guard(transition, heard),
          ...(target === undefined ? {} : { target }),
          ...(reenter === true ? { reenter } : {}),
          actions: [
            ...(heard.gate === 'active' ? [{ type: 'take' }] : []),
            ...changes,
            ...more(build, id, target),
          ],
        };
      });
      found[heard.type] = [...(found[heard.type] ?? []), ...list];
    }
  }

  return found;
}

/** A pass that ended may make room for another one. */
function more({ chart }: RegionBuild, id: string, target: string | undefined): readonly ConfigObject[] {
  return target === undefined && chart.bodyRoots.has(id)
    ? [{ type: 'open passes', params: { task: id } }]
    : [];
}

function heardFor(build: RegionBuild, descriptor: string, id: string, place: TaskPlace): readonly Heard[] {
  const { plan } = build.chart;
  const forMe: GuardRule = ({ context, event }) => addressedTo(event) === context.prefix + id;
  const always: GuardRule = () => true;
  const told = (word: string): Heard => ({
    type: `${word}.${id}`,
    kind: 'told',
    gate: 'hearing',
    when: forMe,
    label: '',
  });
  const hears = (type: string, when: GuardRule = always, label = ''): Heard => ({
    type,
    kind: 'heard',
    gate: 'hearing',
    when,
    label,
  });
  switch (descriptor) {
    case 'run.started':
      return [hears('begin')];
    case 'look':
    case 'undo':
    case 'signal.received':
      return [told(descriptor)];
    case 'run.resumed':
      return [told('resumed')];
    case 'pass.ended':
      return [hears(`pass.ended.${id}`)];
    case 'cancel':
      return place.branch === undefined ? [] : [hears(`cancel.${place.branch.of}`)];
    case 'reset':
      return forksAround(plan, id).map((fork, depth) =>
        hears(`reset.${fork}`, beginsAnew(id, fork, depth === 0), `${fork} begins`),
      );
    case 'part.failed':
      return (place.branches ?? []).flat().flatMap((part): readonly Heard[] => {
        if (forkConcerned(plan.get(part)) !== id) return [];
        const falls: GuardRule = ({ context }) => !standsIn(plan.get(part), context.run.tasks);
        return [hears(`sunk.${part}`, falls, `${part} failed`)];
      });
    default:
  }
  if (/^(settled|recover|opened|chosen)\./.test(descriptor))
    return [{ ...hears(descriptor, forMe), kind: 'told' }];
  const isAbout: GuardRule = (args, params) =>
    args.event.fact !== undefined && forMe(args, params) && !endsOrphan(args);

  return [{ type: descriptor, kind: 'fact', gate: 'active', when: isAbout, label: '' }];
}

/** An error is left of an attempt before. Without one, somebody may have settled tasks of the branches by hand. */
function beginsAnew(id: string, fork: string, isDirect: boolean): GuardRule {
  return ({ context }) => {
    const { state } = taskIn(context, id);
    const again = taskIn(context, fork).error !== undefined;

    return (isDirect && state === 'standby') || (again && state !== 'waiting');
  };
}

function entryAction(build: RegionBuild, id: string, state: string, part: ConfigPart): ConfigObject {
  const word = wordOf(part);
  // What stood in a branch begins anew before it looks whether it may start.
  if (word === 'opened') return { type: 'open branches', params: { task: id } };
  if (word !== undefined) return announcement(word, id);
  const patch = ruleOf<Patch>(part, 'patch');
  if (patch !== undefined) build.patches.set(`${id}/${state}`, patch);

  return { type: 'enter', params: { task: id, state } };
}

function changeAction({ patches }: RegionBuild, id: string, part: ConfigPart): ConfigObject {
  const patch = ruleOf<Patch>(part, 'patch');
  const label = patch?.name || 'change';
  let by = label;
  for (let number = 2; patches.has(`${id}:${by}`) && patches.get(`${id}:${by}`) !== patch; number += 1) {
    by = `${label} ${number}`;
  }
  if (patch !== undefined) patches.set(`${id}:${by}`, patch);

  return { type: 'change', params: { task: id, by } };
}

/** The branches of a FORK end with it, after everybody has heard how it ended. */
function closing({ implementations }: RegionBuild, id: string): ConfigObject {
  const guard = implementations.guard(`any(${id})`, () => true, 'hearing');

  return { [`closing.${id}`]: { guard, actions: [announcement('cancel', id)] } };
}

/** What undoes a branch may settle after all the work: once everybody has heard of it, the run may be done. */
function retreated(id: string, names: Names): ConfigObject {
  const hasSaid = names.own('more was said', ({ context, event }) => event.said !== context.said);
  const isHeard = names.own('everybody has heard', () => true);

  return {
    [`retreated.${id}`]: [
      { guard: hasSaid, actions: [{ type: 'retreated later', params: { task: id } }] },
      { guard: isHeard, actions: [{ type: 'tell all settled' }] },
    ],
  };
}

/** What is for a task inside of the body goes to its pass; passes that were opened are entered. */
function inside(id: string, names: Names): ConfigObject {
  const hasSaid = names.own('more was said', ({ context, event }) => event.said !== context.said);
  const mayEnter = names.own('a pass is to be entered', () => true);

  return {
    [`enter.${id}`]: [
      { guard: hasSaid, actions: [{ type: 'enter later', params: { task: id } }] },
      { guard: mayEnter, actions: [{ type: 'enter pass', params: { task: id } }] },
    ],
    '*': {
      guard: { type: 'is inside', params: { task: id } },
      actions: [{ type: 'take' }, { type: 'deliver', params: { task: id } }],
    },
  };
}

function on(found: ConfigObject): ConfigObject {
  return Object.keys(found).length === 0 ? {} : { on: found as ConfigJson };
}
