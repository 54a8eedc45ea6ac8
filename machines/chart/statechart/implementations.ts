import { and, enqueueActions, or, setup, stateIn } from 'xstate';
import type { MachineArgs, MachineContext, MachineEvent } from './machine-context.ts';

/** JSON that a configuration consists of. */
export type ConfigJson =
  | string
  | number
  | boolean
  | null
  | readonly ConfigJson[]
  | { readonly [key: string]: ConfigJson };
export type ConfigObject = { readonly [key: string]: ConfigJson };

/** Which part of the run has to be under way for an event to count. */
export type Gate =
  /** Facts about tasks, while tasks may change. */
  | 'active'
  /** What regions tell each other, until the run turns to its end. */
  | 'hearing';

export type Params = Readonly<Record<string, string>>;
export type GuardRule = (args: MachineArgs, params: Params) => boolean;
/** What an action changes in the context, and what it raises. */
export type ActionEffect = {
  readonly context?: Partial<MachineContext>;
  readonly raise?: readonly MachineEvent[];
  /** It only comes back to an event that has to wait: nothing new was said. */
  readonly again?: true;
};
export type ActionRule = (args: MachineArgs, params: Params) => ActionEffect;

/** The named guards and actions of one machine, as its configuration calls for them. */
export type Implementations = {
  /** The name of a guard of its own for the rule; the same rule keeps its name. */
  readonly guard: (label: string, rule: GuardRule, gate?: Gate) => string;
  readonly action: (name: string, rule: ActionRule) => void;
  readonly guards: Readonly<Record<string, unknown>>;
  readonly actions: Readonly<Record<string, unknown>>;
};

/** `gates` are the configurations in which an event counts. */
export function createImplementations(
  gates: Readonly<Record<Gate, readonly ConfigObject[]>>,
  isUndoing: GuardRule,
): Implementations {
  const guards: Record<string, unknown> = {};
  const actions: Record<string, unknown> = {};
  const open = (gate: Gate) =>
    or([...gates[gate].map((value) => stateIn(value as never)), isUndoing as never]);

  return {
    guards,
    actions,
    guard: (label, rule, gate) => {
      let name = label;
      for (let number = 2; Object.hasOwn(guards, name); number += 1) name = `${label} ${number}`;
      guards[name] = gate === undefined ? rule : and([open(gate), rule as never]);
      return name;
    },
    action: (name, rule) => {
      actions[name] = enqueueActions<
        MachineContext,
        MachineEvent,
        Params | undefined,
        MachineEvent,
        never,
        never,
        never,
        never,
        never
      >(({ context, event, enqueue }, params) => {
        const effect = rule({ context, event }, params ?? {});
        const raised = effect.raise ?? [];
        const spoke = effect.again === true ? 0 : raised.length;
        const said = context.said + spoke;
        if (effect.context !== undefined || spoke > 0) enqueue.assign({ ...effect.context, said });
        for (const each of raised) enqueue.raise({ ...each, said });
      });
    },
  };
}

/** The machine of a run, or of a body. */
export type StatechartMachine = ReturnType<typeof machineOf>;

export function machineOf(
  config: ConfigObject,
  context: MachineContext,
  { guards, actions }: Pick<Implementations, 'guards' | 'actions'>,
) {
  const named = { guards, actions } as object;
  const types: { readonly context: MachineContext; readonly events: MachineEvent } = {
    context,
    events: init,
  };

  // The configuration is put together from parts that XState's types cannot see through.
  return setup({ types, ...named }).createMachine({ ...config, context } as never);
}

const init: MachineEvent = { type: 'init' };
