import type { Expression, Statement } from 'acorn';
import type { Cel } from '../cel/tree.ts';
import type { Segment } from '../source/path.ts';

/** What `$` is in a script: the inputs of its task. */
export type Inputs = {
  /** The value at `$.a.b[0]`. */
  readonly read: (path: readonly Segment[]) => Cel;
  readonly whole: () => Cel;
};

/** What a script can name at one place. */
export type ScriptNames = {
  readonly inputs: Inputs;
  readonly locals: ReadonlyMap<string, Cel>;
  readonly functions: ReadonlyMap<string, ScriptFunction>;
  /** Values that Conductor puts into the text before it is a script, by the name that stands for them. */
  readonly placeholders: ReadonlyMap<string, Cel>;
  /** How deep calls of functions are nested. */
  readonly depth: number;
  /** Statements that may still be followed: each `if` doubles what comes after it. */
  readonly work: { left: number };
};

export type ScriptFunction = {
  readonly params: readonly string[];
  readonly body: readonly Statement[] | Expression;
};

/** The two halves of the translator, for those parts that need both. */
export type Translator = {
  readonly expression: (node: Expression, env: ScriptNames) => Cel;
  readonly body: (code: ScriptFunction, env: ScriptNames) => Cel;
};

export function withLocals(env: ScriptNames, locals: Iterable<readonly [string, Cel]>): ScriptNames {
  return { ...env, locals: new Map([...env.locals, ...locals]) };
}
