import type { AnyActorScope, StateValue } from 'xstate';
import type { Chart } from '../chart.ts';
import { endOfPass } from '../chart-event.ts';
import { withOrphans } from '../patches.ts';
import { childRunsOf } from '../run/run-exit.ts';
import type { Item, RunState, TaskState } from '../run/run-state.ts';
import { bodyOf, bodyPrefix, keptPass, type Owner, passOf, withBody } from '../task-at.ts';
import { isOpenBody } from '../task-status.ts';
import { itemsOf, withBodyItem } from '../tasks/body.ts';
import type { ActionEffect, Implementations, StatechartMachine } from './implementations.ts';
import {
  type MachineArgs,
  type MachineContext,
  type MachineEvent,
  nowOf,
  type PassConfiguration,
  passTo,
  taskIn,
} from './machine-context.ts';
import { type RegionsTree, regionsValue } from './regions-tree.ts';

/** The machine of a body, of which every pass is an instance. */
export type BodyMachine = {
  readonly machine: StatechartMachine;
  readonly tree: RegionsTree;
  /** The machines of the bodies in it. */
  readonly bodies: ReadonlyMap<string, BodyMachine>;
};

type Bodies = ReadonlyMap<string, BodyMachine>;
const scope = inertScope();

/**
 * What a machine does with the passes through the bodies of its tasks. XState has no regions whose number is known
 * at run time only: a pass is a configuration of the body's own machine, kept in the context of the one that it is
 * inside of, and moved on by that machine's transition function.
 */
export function addPassActions(chart: Chart, bodies: Bodies, { action, guards }: Implementations): void {
  // Named guards of the machine, called for with the task that owns the body.
  Object.assign(guards, {
    'is inside': (args: MachineArgs, { task }: { readonly task: string }) => isInside(bodies, args, task),
  });
  action('deliver', (args, { task = '' }) => {
    const owner = passTo(args, task);
    return owner === undefined ? {} : moved(chart, bodies, args, owner, args.event);
  });
  action('open passes', (args, { task = '' }) =>
    isSilent(args) || nextPass(args.context, task) === undefined
      ? {}
      : { raise: [{ type: `enter.${task}` }] },
  );
  action('enter later', (_args, { task = '' }) => ({ raise: [{ type: `enter.${task}` }], again: true }));
  action('enter pass', (args, { task = '' }) => {
    const index = nextPass(args.context, task);
    if (index === undefined) return {};
    const owner = { id: task, attempt: taskIn(args.context, task).attempt, index };
    const effect = moved(chart, bodies, args, owner, { type: 'begin' });
    return { ...effect, raise: [...(effect.raise ?? []), { type: `enter.${task}` }] };
  });
  action('restore passes', ({ context }, { task = '' }) => ({
    context: {
      passes: {
        ...Object.fromEntries(
          Object.entries(context.passes).filter(([prefix]) => !isPassOf(context, prefix, task)),
        ),
        ...passesOf(bodies, context.run.tasks, task, context.prefix),
      },
    },
  }));
}

/** The configurations that the kept passes through the bodies of these tasks are in. */
function allPasses(
  bodies: Bodies,
  tasks: RunState['tasks'],
  prefix: string,
): Readonly<Record<string, PassConfiguration>> {
  const found = [...bodies.keys()].map((id) => passesOf(bodies, tasks, id, prefix));

  return Object.assign({}, ...found);
}

function isSilent({ event }: MachineArgs): boolean {
  return event.type === 'restored' || event.type === 'xstate.init';
}

function isPassOf({ prefix }: MachineContext, text: string, id: string): boolean {
  return text.startsWith(`${prefix}${id}[`) || text.startsWith(`${prefix}${id}:`);
}

function passesOf(
  bodies: Bodies,
  tasks: RunState['tasks'],
  id: string,
  prefix: string,
): Readonly<Record<string, PassConfiguration>> {
  const body = bodies.get(id);
  const task = tasks[id];
  if (body === undefined || task === undefined) return {};
  const attempts = [...Object.keys(task.earlier ?? {}).map(Number), task.attempt];
  const found = attempts.flatMap((attempt) => {
    const kept = bodyOf(task, attempt);
    const items = kept === undefined ? [] : [...itemsOf(kept)];
    return items.flatMap(([index, item]): [string, PassConfiguration][] =>
      item.tasks === undefined
        ? []
        : [configurationOf(body, item, bodyPrefix(prefix, { id, attempt, index }))],
    );
  });

  return Object.fromEntries(found);
}

function configurationOf(
  { tree, bodies }: BodyMachine,
  item: Item,
  prefix: string,
): [string, PassConfiguration] {
  const { state, tasks = {} } = item;

  return [
    prefix,
    {
      value: { pass: state, ...regionsValue(tree, tasks) },
      passes: allPasses(bodies, tasks, prefix),
    },
  ];
}

/** The first pass that was opened and not entered yet. */
function nextPass(context: MachineContext, id: string): number | undefined {
  const task = taskIn(context, id);
  if (task.body === undefined || !isOpenBody(task)) return undefined;
  for (const [index, item] of itemsOf(task.body)) {
    const prefix = bodyPrefix(context.prefix, { id, attempt: task.attempt, index });
    if (item.state === 'open' && !Object.hasOwn(context.passes, prefix)) return index;
  }

  return undefined;
}

function isInside(bodies: Bodies, args: MachineArgs, id: string): boolean {
  const owner = passTo(args, id);
  if (owner === undefined) return false;
  const { run } = args.context;
  const task = taskIn(args.context, id);
  const open = isOpenBody(task) && passOf(task, owner)?.state === 'open';
  if (!open && run.phase !== 'compensating') return false;

  return snapshotOf(bodies, args, owner)?.snapshot.can(args.event) ?? false;
}

function snapshotOf(bodies: Bodies, args: MachineArgs, owner: Owner) {
  const { context } = args;
  const body = bodies.get(owner.id);
  const item = keptPass(context.run.tasks[owner.id], owner);
  if (body === undefined || item?.tasks === undefined) return undefined;
  const prefix = bodyPrefix(context.prefix, owner);
  const [, fresh] = configurationOf(body, item, prefix);
  const { value, passes } = context.passes[prefix] ?? fresh;
  const inner: MachineContext = {
    ...context,
    run: { ...context.run, tasks: item.tasks },
    prefix,
    now: nowOf(args),
    passes,
    told: [],
    sunk: null,
  };
  const snapshot = body.machine.resolveState({ value, context: inner });

  return { machine: body.machine, snapshot, item, prefix };
}

/** Has a pass take an event, and tells what became of it. */
function moved(
  chart: Chart,
  bodies: Bodies,
  args: MachineArgs,
  owner: Owner,
  event: MachineEvent,
): ActionEffect {
  const found = snapshotOf(bodies, args, owner);
  if (found === undefined) return {};
  const { context } = args;
  const { machine, snapshot, item, prefix } = found;
  const after = machine.transition(snapshot, event, scope);
  const { run: inner, passes, told, sunk } = after.context;
  const task = taskIn(context, owner.id);
  const written = withItem(task, owner, { ...item, tasks: inner.tasks });
  const isUnderWay = item.state === 'open' && task.attempt === owner.attempt;
  const end = passEnd(after.value);
  const ends = isUnderWay && end !== undefined && !told.some(({ type }) => type.startsWith('ended.'));
  const { undoable, orphans } = inner;
  const run: RunState = {
    ...context.run,
    ...(undoable === undefined ? {} : { undoable }),
    ...(orphans === undefined ? {} : { orphans }),
    tasks: { ...context.run.tasks, [owner.id]: written },
  };
  const closes = ends && chart.delegates && run.phase !== 'compensating';

  return {
    context: {
      run: closes ? withOrphans(run, childRunsOf(inner.tasks, prefix, 'cancel')) : run,
      passes: { ...context.passes, [prefix]: { value: after.value, passes } },
    },
    raise: [
      ...told,
      ...(ends ? [passEnded(owner, inner.tasks, end === 'failed' ? sunk : null)] : []),
      ...(run.phase === 'compensating' ? [{ type: 'undo.next' }] : []),
    ],
  };
}

function passEnd(value: StateValue): string | undefined {
  const pass = typeof value === 'string' ? undefined : value['pass'];

  return pass === 'completed' || pass === 'failed' ? pass : undefined;
}

function passEnded({ id, index }: Owner, tasks: RunState['tasks'], sunk: string | null): MachineEvent {
  return { type: `pass.ended.${id}`, ...endOfPass(index, tasks, sunk ?? undefined) };
}

function withItem(task: TaskState, owner: Owner, item: Item): TaskState {
  const body = bodyOf(task, owner.attempt);

  return body === undefined ? task : withBody(task, owner.attempt, withBodyItem(body, owner.index, item));
}

/** What an actor would give a machine that is moved on without one. */
function inertScope(): AnyActorScope {
  const nothing = () => undefined;
  const scope = {
    id: 'run',
    sessionId: 'run',
    self: { send: nothing },
    system: { _sendInspectionEvent: nothing, _relay: nothing, get: nothing },
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: nothing,
  };

  return scope as unknown as AnyActorScope;
}
