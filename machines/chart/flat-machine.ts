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

/**
 * XState's pure `transition()` builds an actor and computes the initial snapshot anew on every call, which costs more
 * than the transition (DESIGN.md, Facts). Here one scope that does nothing serves every call, and the snapshot of each
 * state is resolved once; only the context is put in each time.
 */
export function flatMachine<Context, Event>(config: Config): FlatMachine<Context, Event> {
  // The configuration is put together from parts whose types XState cannot see through.
  const machine = createMachine({ ...config, context: {} } as never);
  const actions: string[] = [];
  const scope = inertScope((type) => actions.push(type));
  const snapshots = new Map<string, AnySnapshot>(
    Object.keys(config.states).map((state) => [
      state,
      machine.resolveState({ value: state, context: {} } as never),
    ]),
  );

  return {
    take: ({ state, context }, event) => {
      const before = { ...snapshots.get(state), context };
      actions.length = 0;
      const after: AnySnapshot = machine.transition(before as never, event as never, scope as never);
      // XState answers an event that no state handles with the very same snapshot.
      if (after === (before as unknown)) return undefined;

      return { state: String(after.value), context: after.context as Context, actions: [...actions] };
    },
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
