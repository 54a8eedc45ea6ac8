import { createMachine } from 'xstate';
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
/** An action as it stands in a configuration: a change of the context, or a word for others. */
type Action<Context, Event> = {
  readonly type: string;
  readonly assigns?: (args: Args<Context, Event>) => Context;
};
type Args<Context, Event> = { readonly context: Context; readonly event: Event };
/** States and transitions as XState has read them from the configuration. */
type StateNode<Context, Event> = {
  readonly key: string;
  readonly entry: readonly Action<Context, Event>[];
  readonly exit: readonly unknown[];
  readonly always?: readonly Transition<Context, Event>[] | undefined;
};
type Transition<Context, Event> = {
  readonly guard?: ((args: Args<Context, Event>) => boolean) | undefined;
  readonly source: unknown;
  readonly target: readonly StateNode<Context, Event>[] | undefined;
  readonly reenter: boolean;
  readonly actions: readonly Action<Context, Event>[];
};
/** What a transition comes to, whatever the context is. */
type Sequel<Context, Event> = {
  readonly to: StateNode<Context, Event>;
  readonly changes: readonly NonNullable<Action<Context, Event>['assigns']>[];
  readonly words: readonly string[];
};

/**
 * XState's pure `transition()` builds an actor and computes the initial snapshot anew on every call, which costs more
 * than the transition (DESIGN.md, Facts), and what follows from a transition it computes for machines of any shape.
 * Here XState reads the configuration and chooses the transition; what follows from it is found once: without nested
 * states that is what the transition does, and what is done on entry of its target.
 */
export function flatMachine<Context, Event>(config: Config): FlatMachine<Context, Event> {
  // The configuration is put together from parts whose types XState cannot see through.
  const machine = createMachine({ ...config, context: {} } as never);
  const states = machine.states as unknown as Readonly<Record<string, StateNode<Context, Event>>>;
  for (const { key, exit } of Object.values(states))
    if (exit.length > 0)
      throw new TypeError(`the state ${key} does something on exit, which is not looked at`);
  const sequels = new Map<string, Map<unknown, Sequel<Context, Event>>>();

  function sequelBy(state: string, chosen: Transition<Context, Event>): Sequel<Context, Event> | undefined {
    const from = states[state];
    if (from === undefined) return undefined;
    const ofState = sequels.get(state) ?? new Map<unknown, Sequel<Context, Event>>();
    const sequel = ofState.get(chosen) ?? sequelOf(from, chosen);
    sequels.set(state, ofState.set(chosen, sequel));

    return sequel;
  }

  return {
    take: ({ state, context }, event) => {
      // Of a snapshot, this is what XState needs to find the transition and to ask its guards.
      const [chosen] = machine.getTransitionData({ machine, value: state, context } as never, event as never);
      let sequel = chosen && sequelBy(state, chosen as unknown as Transition<Context, Event>);
      if (sequel === undefined || (sequel.to.key === state && sequel.changes.length === 0)) return undefined;
      let next = context;
      const words: string[] = [];
      for (let at = sequel.to; ; at = sequel.to) {
        for (const change of sequel.changes) next = change({ context: next, event });
        words.push(...sequel.words);
        const onward = at.always?.find(({ guard }) => guard?.({ context: next, event }) !== false);
        sequel = onward && sequelBy(at.key, onward);
        if (sequel === undefined) return { state: at.key, context: next, actions: words };
      }
    },
  };
}

function sequelOf<Context, Event>(
  from: StateNode<Context, Event>,
  { source, target, reenter, actions }: Transition<Context, Event>,
): Sequel<Context, Event> {
  const [to] = target ?? [];
  const enters = to !== undefined && (to !== source || reenter);
  const all = enters ? [...actions, ...to.entry] : actions;

  return {
    to: to ?? from,
    changes: all.flatMap(({ assigns }) => assigns ?? []),
    words: all.flatMap(({ assigns, type }) => (assigns === undefined ? [type] : [])),
  };
}
