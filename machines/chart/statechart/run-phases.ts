import { assignmentsIn } from '../../../events/catalogue.ts';
import { TaskAssigned } from '../../../events/task-events.ts';
import type { Chart } from '../chart.ts';
import { descriptorOf } from '../chart-event.ts';
import { continueFrom, cutOf, takesChange } from '../continuation.ts';
import type { ConfigPart } from '../patches.ts';
import { rootConfig } from '../run/root.ts';
import { answerRefused, type RootArgs } from '../run/root-patches.ts';
import { isToUndo, outcomeOf, settleUndoing } from '../run/run-exit.ts';
import type { RunState } from '../run/run-state.ts';
import { forkConcerned, standsIn } from '../run/task-change.ts';
import { isUnderWay, localId, openTasks, parseAddress, taskAt } from '../task-at.ts';
import { isSettled } from '../task-status.ts';
import type { ConfigObject, GuardRule, Implementations } from './implementations.ts';
import { endsOrphan, type MachineArgs, type MachineEvent, nowOf, rootArgs } from './machine-context.ts';

type RootGuard = (args: RootArgs) => boolean;

type Next = (run: RunState, event: RootArgs['event']) => RunState;

type Transition = DeclaredTransition<RootGuard>;

/** The phases in which a run is over: it may go on from there, so they stand in one state that takes that. */
const overPhases = ['completed', 'failed', 'timed_out', 'terminated', 'compensation_failed'];

/** The region of the run itself, made of the declaration of the root. */
export function runPhases(chart: Chart, implementations: Implementations): ConfigObject {
  const root = rootConfig(chart.definition, chart.plan);
  const states: Readonly<Record<string, ConfigPart>> = root.states;
  const build = { chart, implementations, changes: new Map<string, Next>() };
  const stateOf = (name: string): ConfigObject => phaseState(build, name, declared<RootGuard>(states[name]));
  const names = Object.keys(states);
  const { on: again, ...first } = stateOf(overPhases[0] ?? '');
  const ends = overPhases.map((name): [string, ConfigObject] => {
    const { on: _on, ...end } = name === overPhases[0] ? { on: again, ...first } : stateOf(name);
    return [name, { ...end, type: 'final' }];
  });
  addPhaseActions(build);
  return {
    initial: root.initial,
    states: {
      ...Object.fromEntries(
        names.filter((name) => !overPhases.includes(name)).map((name) => [name, stateOf(name)]),
      ),
      over: { initial: 'completed', states: Object.fromEntries(ends), on: again ?? {} },
    },
    on: anywhere(chart, implementations),
  };
}

/** What is taken whatever the phase. */
function anywhere(chart: Chart, implementations: Implementations): ConfigObject {
  const hasBegun = implementations.guard('has begun(run)', ({ context }) => context.run.phase !== 'created');
  const isAsked = implementations.guard(
    'takes a change(run)',
    ({ context: { run }, event: { fact } }) =>
      fact?.type === 'approval.change-requested' && takesChange(chart, run, fact.data.task),
  );

  return {
    // What an attempt printed changes nothing.
    'task.logged.*': { guard: hasBegun, actions: [{ type: 'take' }] },
    // The run goes back to a task before, as it does with a rerun.
    'approval.change-requested.*': { guard: isAsked, actions: [{ type: 'take' }, { type: 'reopen' }] },
    // No region is about an answer that did not count: it may come when there is none left.
    'approval.refused.*': { guard: hasBegun, actions: [{ type: 'take' }, { type: 'note refused answer' }] },
    'tasks.assigned': {
      guard: implementations.guard('all can be assigned(run)', allAssignable(chart)),
      actions: [{ type: 'take' }, { type: 'assign each' }],
    },
  };
}

type Build = {
  readonly chart: Chart;
  readonly implementations: Implementations;
  readonly changes: Map<string, Next>;
};

function phaseState(build: Build, name: string, state: ReturnType<typeof declared<RootGuard>>): ConfigObject {
  const rules = eachOf(state.entry).flatMap((part) => ruleOf<Next>(part, 'next') ?? []);
  for (const rule of rules) build.changes.set(name, rule);
  const always =
    state.always === undefined ? {} : { left: transitionsFrom(build, name, 'left', state.always) };
  const heard = transitionsOf(state).map(([descriptor, each]): [string, readonly ConfigObject[]] => [
    renamed(descriptor),
    transitionsFrom(build, name, descriptor, each),
  ]);

  return {
    entry: [
      ...(rules.length === 0 ? [] : [{ type: 'enter phase', params: { phase: name } }]),
      ...(name === 'leaving' ? [tell('restored'), tell('left')] : []),
      ...(overPhases.includes(name) ? [tell('restored')] : []),
      ...(name === 'compensating' ? [tell('undo.next')] : []),
    ],
    on: {
      ...Object.fromEntries(heard),
      ...always,
      ...(name === 'compensating' ? undoing(build.implementations) : {}),
    },
  };
}

/** What the run as a whole hears of its tasks is heard of every task. */
function renamed(descriptor: string): string {
  if (descriptor === 'orphan.ended') return 'child.ended.*';

  return ['sunk', 'ended', 'exhausted'].includes(descriptor) ? `${descriptor}.*` : descriptor;
}

const raised = new Set(['sunk', 'ended', 'exhausted', 'all.settled', 'undone', 'left']);

function transitionsFrom(
  build: Build,
  state: string,
  descriptor: string,
  each: readonly Transition[],
): readonly ConfigObject[] {
  return each.map((transition, index): ConfigObject => {
    const { target, actions } = transition;
    const changes = eachOf(actions).flatMap((part) => {
      const next = ruleOf<Next>(part, 'next');
      if (next === undefined) return [];
      const by = `${descriptor}${each.length > 1 ? ` ${index + 1}` : ''}`;
      build.changes.set(`${state}:${by}`, next);
      return [{ type: 'change run', params: { in: state, by } }];
    });
    return {
      ...guardOf(build, descriptor, transition),
      ...(target === undefined ? {} : { target: overPhases.includes(target) ? `over.${target}` : target }),
      actions: [
        ...(raised.has(descriptor) ? [] : [{ type: 'take' }]),
        ...changes,
        ...(afterwards[descriptor]?.(target) ?? []),
      ],
    };
  });
}

function tell(event: string): ConfigObject {
  return { type: 'tell', params: { event } };
}

/** What a fact about the run means for the tasks. */
const afterwards: Readonly<Record<string, (target: string | undefined) => readonly ConfigObject[]>> = {
  'run.started': (target) => (target === 'running' ? [tell('begin')] : []),
  // Its tasks may have ended in the queue, where a run waits that goes on after it had ended.
  'run.admitted': () => [tell('begin'), tell('all.settled')],
  'run.resumed': (target) => (target === 'running' ? [{ type: 'resume exhausted' }] : []),
  'run.retried': () => [{ type: 'reopen' }],
  'run.rerun': () => [{ type: 'reopen' }],
  'run.forked': () => [{ type: 'reopen' }],
  'run.migrated': () => [tell('restored')],
  'signal.received': () => [{ type: 'tell who waits' }],
};

function guardOf(build: Build, descriptor: string, { guard, target }: Transition): ConfigObject {
  const { chart, implementations } = build;
  const beside: Readonly<Record<string, GuardRule>> = {
    sunk: ({ context, event }) => takesTheRun(chart, context.run, event),
    'orphan.ended': (args) => endsOrphan(args),
    'signal.received': (args) => allAwait(args),
    'all.settled': ({ context }) => Object.values(context.run.tasks).every(isSettled),
  };
  const also = beside[descriptor];
  if (guard === undefined && also === undefined) return {};
  const label = guard?.name || (also === undefined ? `to ${target ?? ''}` : descriptor);
  const name = implementations.guard(
    `${label}(run)`,
    (args, params) => (also?.(args, params) ?? true) && (guard?.(rootArgs(args)) ?? true),
  );

  return { guard: name };
}

/** The failure of a fallback, or of a part of a FORK, is not the business of the run. */
function takesTheRun({ plan }: Chart, { tasks }: RunState, { of = '' }: MachineEvent): boolean {
  const place = plan.get(of);

  return forkConcerned(place) === undefined && !standsIn(place, tasks);
}

/** A signal is taken if all take it that it is said to be for. */
function allAwait({ context, event: { fact } }: MachineArgs): boolean {
  if (fact?.type !== 'signal.received') return false;
  const { tasks } = fact.data;

  return (
    new Set(tasks).size === tasks.length &&
    tasks.every((address) => taskAt(context.run, address)?.state === 'awaiting')
  );
}

/** Attempts are assigned together if each of them could be alone. */
function allAssignable({ plan }: Chart): GuardRule {
  const isAttempted = (task: string) =>
    ['SIMPLE', 'HTTP', 'EVENT'].includes(plan.get(localId(task))?.task.type ?? '');

  return ({ context: { run }, event: { fact } }) => {
    if (fact === undefined || !['running', 'paused', 'compensating'].includes(run.phase)) return false;

    return assignmentsIn(fact).every(({ task, attempt }) => {
      const address = parseAddress(task);
      const found = taskAt(run, task);
      const isOpen = found?.state === 'scheduled' || found?.state === 'in_progress';
      if (!isOpen || found.attempt !== attempt || address === undefined || !isAttempted(task)) return false;
      return run.phase === 'compensating' || isUnderWay(run, address);
    });
  };
}

/** What a run did is undone one after another, the last first. One that fails hinders none of those that follow. */
function undoing({ guard }: Implementations): ConfigObject {
  const next = ({ context: { run } }: MachineArgs) => {
    const [address] = run.undoing?.left ?? [];
    return { address, task: address === undefined ? undefined : taskAt(run, address) };
  };
  const more = guard('more was said(run)', ({ context, event }) => event.said !== context.said);
  const isDone = guard('nothing is left to undo(run)', (args) => next(args).address === undefined);
  const standsBy = guard('stands by(run)', (args) => {
    const { task } = next(args);
    return task !== undefined && isToUndo(task);
  });
  const settled = guard('is settled(run)', (args) => {
    const { task } = next(args);
    return task === undefined || isSettled(task);
  });

  return {
    'undo.next': [
      { guard: more, actions: [{ type: 'undo later' }] },
      { guard: isDone, actions: [tell('undone')] },
      { guard: standsBy, actions: [{ type: 'undo' }, tell('undo.next')] },
      { guard: settled, actions: [{ type: 'settle undoing' }, tell('undo.next')] },
    ],
    'settled.*': { actions: [tell('undo.next')] },
    'ended.*': { actions: [tell('undo.next')] },
  };
}

function addPhaseActions({ chart, implementations: { action }, changes }: Build): void {
  const change = (args: MachineArgs, name: string) => {
    const next = changes.get(name);
    return next === undefined ? {} : { context: { run: next(args.context.run, rootArgs(args).event) } };
  };
  action('enter phase', (args, { phase = '' }) => change(args, phase));
  action('change run', (args, { in: state = '', by = '' }) => change(args, `${state}:${by}`));
  action('note refused answer', (args) => ({
    context: { run: { ...args.context.run, ...answerRefused(args.context.run, rootArgs(args).event) } },
  }));
  action('tell who waits', ({ event: { fact } }) => ({
    raise: fact?.type === 'signal.received' ? toEach('signal.received', fact.data.tasks) : [],
  }));
  action('assign each', ({ event: { fact, ...of } }) => ({
    raise: (fact === undefined ? [] : assignmentsIn(fact)).map((data) => {
      const each = TaskAssigned.of(data);
      return { ...of, fact: each, type: descriptorOf(each) };
    }),
  }));
  action('resume exhausted', ({ context: { run } }) => ({ raise: toEach('resumed', exhausted(run)) }));
  action('reopen', (args) => {
    const { fact, time } = nowOf(args);
    const cut = cutOf(fact);
    if (cut === undefined) return {};
    const reopened = continueFrom(cut, chart, args.context.run, time);
    return {
      context: { run: reopened.run },
      raise: [{ type: 'restored' }, ...toEach('look', reopened.waiting), ...openPasses(reopened.run)],
    };
  });
  action('undo', ({ context: { run } }) => ({ raise: toEach('undo', run.undoing?.left.slice(0, 1) ?? []) }));
  action('undo later', () => ({ raise: [{ type: 'undo.next' }], again: true }));
  action('settle undoing', ({ context: { run } }) => {
    const [address] = run.undoing?.left ?? [];
    return address === undefined
      ? {}
      : { context: { run: settleUndoing(run, address, outcomeOf(taskAt(run, address))) } };
  });
}

function toEach(word: string, addresses: readonly string[]): readonly MachineEvent[] {
  return addresses.map((to) => ({ type: `${word}.${localId(to)}`, to }));
}

function exhausted(run: RunState): readonly string[] {
  return [...openTasks(run.tasks)].flatMap(([address, { state }]) =>
    state === 'exhausted' ? [address] : [],
  );
}

/** A pass may be done: a TERMINATE in it had ended the run, and nothing else is left to do in it. */
function openPasses(run: RunState): readonly MachineEvent[] {
  const inside = [...openTasks(run.tasks)].flatMap(([to]) =>
    (parseAddress(to)?.owners.length ?? 0) > 0 ? [{ type: 'reopened', to }] : [],
  );

  return inside;
}

/** A transition as the declaration of a region, or of the root, writes it down. */
export type DeclaredTransition<Guard> = {
  readonly guard?: Guard;
  readonly target?: string;
  readonly actions?: ConfigPart | readonly ConfigPart[];
  readonly reenter?: boolean;
};

type DeclaredState<Guard> = {
  readonly entry?: ConfigPart | readonly ConfigPart[];
  readonly on?: Readonly<Record<string, DeclaredTransition<Guard> | readonly DeclaredTransition<Guard>[]>>;
  readonly always?: readonly DeclaredTransition<Guard>[];
};

/** A declared state. The parts of declarations are typed where they become a machine: here, and in flat-machine.ts. */
export function declared<Guard>(part: ConfigPart | undefined): DeclaredState<Guard> {
  return (part ?? {}) as DeclaredState<Guard>;
}

/** The transitions of a state by their descriptors, in the order in which they are tried. */
export function transitionsOf<Guard>({
  on = {},
}: DeclaredState<Guard>): readonly (readonly [string, readonly DeclaredTransition<Guard>[]])[] {
  return Object.entries(on).map(([descriptor, each]) => [descriptor, eachOf(each)]);
}

export function eachOf<T>(each: T | readonly T[] | undefined): readonly T[] {
  if (each === undefined) return [];

  return Array.isArray(each) ? each : [each as T];
}

/** The rule that an action was made of, if it is one that changes something. */
export function ruleOf<Rule>(part: ConfigPart, key: 'patch' | 'next'): Rule | undefined {
  return part[key] as Rule | undefined;
}

/** What the action announces, if that is what it does. */
export function wordOf(part: ConfigPart): string | undefined {
  const { type } = part;

  return typeof type === 'string' && ruleOf(part, 'patch') === undefined ? type : undefined;
}
