import { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import type { KnownAction } from '../../../machines/language/world/world.ts';
import { defineAction, invalidOutput } from '../../actions/action.ts';
import { createActions } from '../../actions/registry.ts';
import type { Attempt, Handler, Performers } from '../../ports/work/handler.ts';

/** What an action is told besides its input. */
export type ActionContext = {
  readonly run: string;
  /** The address of the task: its id, or more inside of a FORK or a loop. */
  readonly task: string;
  /** From 1. */
  readonly attempt: number;
  /** The same for all attempts of the task: what the action calls can tell a repetition by it. */
  readonly idempotencyKey: string;
  /** Aborts when the attempt timed out, was cancelled, or its run ended. */
  readonly signal: AbortSignal;
  /** Says that the attempt is alive, where the task has a `heartbeat_timeout`. */
  readonly heartbeat: Attempt['heartbeat'];
};

type Given<Input> = unknown extends Input ? Readonly<Record<string, Json>> : Input;

/** The actions of a program, by the names that `uses:` gives. `Inputs` and `Outputs` follow from their schemas. */
export type EmbeddedActions<Inputs, Outputs> = {
  readonly [Name in keyof Inputs]: {
    /** What it takes; absent: whatever the definition gives it. */
    readonly input?: z.ZodType<Inputs[Name]>;
    readonly run: (input: Given<Inputs[Name]>, context: ActionContext) => unknown;
  };
} & {
  readonly [Name in keyof Outputs]: {
    /** What it gives; absent: any JSON. */
    readonly output?: z.ZodType<Outputs[Name]>;
    readonly run: (...given: never[]) => NoInfer<Outputs[Name]> | Promise<NoInfer<Outputs[Name]>>;
  };
};

/** An action as it is carried out, its schemas no longer known to the compiler. */
export type EmbeddedAction = {
  readonly input?: z.ZodType | undefined;
  readonly output?: z.ZodType | undefined;
  readonly run: (input: never, context: ActionContext) => unknown;
};

/** An action of the program cannot be had. The reaction: correct it. */
export class ActionRefused extends Error {
  override readonly name = 'ActionRefused';
  readonly code: 'action.name-taken' | 'action.invalid';

  constructor(code: ActionRefused['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Those of the program, ready to be carried out. Throws ActionRefused. */
export function handlersOf(actions: Readonly<Record<string, EmbeddedAction>>): ReadonlyMap<string, Handler> {
  const shipped = createActions();

  return new Map(
    Object.entries(actions).map(([name, action]): readonly [string, Handler] => {
      if (shipped.has(name))
        throw new ActionRefused(
          'action.name-taken',
          `the action "${name}" is taken: this release ships one of that name; give yours another, such as "my.${name}"`,
        );
      if (name.trim() === '' || typeof action?.run !== 'function')
        throw new ActionRefused(
          'action.invalid',
          `the action ${JSON.stringify(name)} cannot be: expected a name, and { run: async (input, context) => ... }`,
        );
      return [name, handlerOf(name, action)];
    }),
  );
}

function handlerOf(name: string, { input = z.unknown(), output, run }: EmbeddedAction): Handler {
  const act = run as (input: unknown, context: ActionContext) => unknown;

  return defineAction(name, { input, outputs: {}, errors: [] }, async (attempt, given) => {
    const made = await act(given, contextOf(attempt));
    const checked = output?.safeParse(made);
    if (checked?.success === false) throw invalidOutput(name, checked.error);

    return (checked === undefined ? made : checked.data) as Json;
  });
}

function contextOf(attempt: Attempt): ActionContext {
  const { run, task, key, heartbeat } = attempt;

  return {
    ...{ run, task, attempt: attempt.attempt, idempotencyKey: key, heartbeat },
    get signal() {
      return attempt.signal;
    },
  };
}

/** The same with the actions of a program among those that tasks may use. */
export function withActions(performers: Performers, actions: ReadonlyMap<string, Handler>): Performers {
  return {
    ...performers,
    find: (task) => {
      const name =
        task.type === 'SIMPLE' && task.performer.kind === 'uses' ? task.performer.action : undefined;
      const handler = name === undefined ? undefined : actions.get(name);

      return name === undefined || handler === undefined ? performers.find(task) : { worker: name, handler };
    },
  };
}

/** All names that `uses:` may give here, to find those that are not there; what each takes is not looked at. */
export function knownActions(actions: ReadonlyMap<string, Handler>): Readonly<Record<string, KnownAction>> {
  const anything: KnownAction = { input: {}, outputs: {}, errors: [] };

  return Object.fromEntries([...createActions().keys(), ...actions.keys()].map((name) => [name, anything]));
}
