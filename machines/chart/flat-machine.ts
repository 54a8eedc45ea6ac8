import { type AnyActorScope, createMachine } from 'xstate';
import type { ConfigPart } from './patches.ts';

/** The transition function of one XState machine without nested states. */
export type FlatMachine<Context, Event> = {
  /**
   * The next state and context, and the custom actions on the way, in order; undefined when the state does not
   * take the event.
   */
  readonly take: (
    at: { readonly state: string; readonly context: Context },
    event: Event,
  ) => Taken<Context> | undefined;
};

/** The result of an event. */
export type Taken<Context> = {
  readonly state: string;
  readonly context: Context;
  readonly actions: readonly string[];
};

type Config = {
  readonly id?: string;
  readonly initial: string;
  readonly states: Readonly<Record<string, ConfigPart>>;
  readonly on?: ConfigPart;
};
type AnySnapshot = { readonly value: unknown; readonly context: unknown };
/** An action as it stands in a configuration: a change of the context, or a word for others. */
type Action<Context, Event> = {
  readonly type: string;
  readonly assigns?: (args: { readonly context: Context; readonly event: Event }) => Context;
};
/** What a transition comes to, whatever the context is. */
type Step<Context, Event> = {
  readonly state: string;
  readonly changes: readonly NonNullable<Action<Context, Event>['assigns']>[];
  readonly words: readonly string[];
};
type StateNode<Context, Event> = {
  readonly key: string;
  readonly entry: readonly Action<Context, Event>[];
  readonly exit: readonly unknown[];
  readonly always?: readonly unknown[] | undefined;
};
type Transition<Context, Event> = {
  readonly source: unknown;
  readonly target: readonly StateNode<Context, Event>[] | undefined;
  readonly reenter: boolean;
  readonly actions: readonly Action<Context, Event>[];
};

/**
 * XState's pure `transition()` builds an actor and computes the initial snapshot anew on every call, which costs more
 * than the transition (DESIGN.md, Facts). Here the snapshot of each state is resolved once, only the context is put in
 * each time, and XState chooses the transition. What follows from it is the same each time and found once: without
 * nested states that is what the transition does and what is done on entry. Where a state is left again at once,
 * XState goes all the way, with a scope that does nothing.
 */
export function flatMachine<Context, Event>(config: Config): FlatMachine<Context, Event> {
  // The configuration is put together from parts whose types XState cannot see through.
  const machine = createMachine({ ...config, context: {} } as never);
  const snapshots = new Map<string, AnySnapshot>(
    Object.keys(config.states).map((state) => [
      state,
      machine.resolveState({ value: state, context: {} } as never),
    ]),
  );
  const steps = new Map<string, Map<unknown, Step<Context, Event> | 'more'>>();
  const actions: string[] = [];
  const scope = inertScope((type) => actions.push(type));

  function stepFor(state: string, chosen: Transition<Context, Event>): Step<Context, Event> | 'more' {
    const ofState = steps.get(state) ?? new Map<unknown, Step<Context, Event> | 'more'>();
    const step = ofState.get(chosen) ?? stepOf(machine.states[state] as never, chosen);
    steps.set(state, ofState.set(chosen, step));

    return step;
  }

  function takeMore(state: string, context: Context, event: Event): Taken<Context> | undefined {
    const before = { ...snapshots.get(state), context } as AnySnapshot;
    actions.length = 0;
    const after: AnySnapshot = machine.transition(before as never, event as never, scope as never);
    // XState answers an event that no state handles with the very same snapshot.
    if (after === before) return undefined;

    return { state: String(after.value), context: after.context as Context, actions: [...actions] };
  }

  return {
    take: ({ state, context }, event) => {
      // Of a snapshot, this is what XState needs to find the transition and to ask its guards.
      const [chosen] = machine.getTransitionData({ machine, value: state, context } as never, event as never);
      if (chosen === undefined) return undefined;
      const step = stepFor(state, chosen as unknown as Transition<Context, Event>);
      if (step === 'more') return takeMore(state, context, event);
      if (step.state === state && step.changes.length === 0) return undefined;
      let next = context;
      for (const change of step.changes) next = change({ context: next, event });

      return { state: step.state, context: next, actions: step.words };
    },
  };
}

function stepOf<Context, Event>(
  from: StateNode<Context, Event>,
  { source, target, reenter, actions }: Transition<Context, Event>,
): Step<Context, Event> | 'more' {
  const [to] = target ?? [];
  if (from.exit.length > 0 || (to?.always ?? []).length > 0) return 'more';
  const enters = to !== undefined && (to !== source || reenter);
  const all = enters ? [...actions, ...to.entry] : actions;

  return {
    state: (to ?? from).key,
    changes: all.flatMap(({ assigns }) => assigns ?? []),
    words: all.flatMap(({ assigns, type }) => (assigns === undefined ? [type] : [])),
  };
}

/** What an actor would give a machine that is moved on without one. */
export function inertScope(onAction: (type: string) => void): AnyActorScope {
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
    actionExecutor: ({ type }: { readonly type: string }) => onAction(type),
  };

  return scope as unknown as AnyActorScope;
}
