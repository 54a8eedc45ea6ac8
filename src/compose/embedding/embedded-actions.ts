import { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import type { ValueType } from '../../../machines/expressions/typing/typing.ts';
import type { JsonSchema, KnownAction } from '../../../machines/language/world/world.ts';
import { type Action, defineAction, promised } from '../../actions/action.ts';
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

export type GivenInput<Input> = unknown extends Input ? Readonly<Record<string, Json>> : Input;

/** The actions of a program, by the names that `uses:` gives. `Inputs` and `Outputs` follow from their schemas. */
export type EmbeddedActions<Inputs, Outputs> = {
  readonly [Name in keyof Inputs]: {
    /** What it takes; absent: whatever the definition gives it. */
    readonly input?: z.ZodType<Inputs[Name]>;
    readonly run: (input: GivenInput<Inputs[Name]>, context: ActionContext) => unknown;
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
export function handlersOf(actions: Readonly<Record<string, EmbeddedAction>>): ReadonlyMap<string, Action> {
  const shipped = createActions();

  return new Map(
    Object.entries(actions).map(([name, action]): readonly [string, Action] => {
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

function handlerOf(name: string, { input = z.unknown(), output, run }: EmbeddedAction): Action {
  const act = run as (input: unknown, context: ActionContext) => unknown;

  return defineAction(name, { input, ...outputsOf(output) }, async (attempt, given) =>
    promised(name, output, await act(given, contextOf(attempt))),
  );
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

const valueTypes: Readonly<Record<string, ValueType>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  array: 'list',
  object: 'map',
  null: 'null',
};

/** What it gives, where that is an object whose members are all named. */
function outputsOf(output: z.ZodType | undefined): Pick<KnownAction, 'outputs'> {
  const schema =
    output === undefined ? {} : (z.toJSONSchema(output, { unrepresentable: 'any' }) as JsonSchema);
  if (schema.properties === undefined || schema.additionalProperties !== false) return {};
  const { required = [] } = schema;
  const outputs = Object.entries(schema.properties).map(([name, { type }]): [string, ValueType] => {
    // One that may be left out is of no type for sure.
    const known = typeof type === 'string' && required.includes(name) ? valueTypes[type] : undefined;
    return [name, known ?? 'any'];
  });

  return { outputs: Object.fromEntries(outputs) };
}

/** All that `uses:` may name here, with what each takes and gives. */
export function knownActions(actions: ReadonlyMap<string, Action>): Readonly<Record<string, KnownAction>> {
  return Object.fromEntries([...createActions(), ...actions].map(([name, action]) => [name, action.known()]));
}
