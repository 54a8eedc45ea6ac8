import type { Json } from '../../../events/canonical-json.ts';
import type { DefinitionValue, GivenDefinition } from './embedded-definitions.ts';

/** What a definition takes and gives, and the signals that its runs wait for, by name with what comes with them. */
export type WorkflowTypes = {
  readonly input: object;
  readonly output: unknown;
  readonly signals: object;
};

/** Of a definition of which nothing is known. */
export type AnyWorkflow = {
  readonly input: Readonly<Record<string, Json>>;
  readonly output: Json;
  readonly signals: Readonly<Record<string, Json>>;
};

/**
 * The definitions of a project by their ids. It is empty here: the file that `workflow types` writes declares it once
 * more in the program that it is part of, and the compiler merges both.
 */
// biome-ignore lint/suspicious/noEmptyInterface: only an interface is merged with what programs declare.
export interface ProjectWorkflows {}

/** The ids of the definitions that the compiler knows. */
export type WorkflowId = keyof ProjectWorkflows & string;

/** What is known of what is given as a definition. */
export type TypesOf<Of> = [Of] extends [never]
  ? AnyWorkflow
  : Of extends WorkflowId
    ? ProjectWorkflows[Of] extends infer Known extends WorkflowTypes
      ? Known
      : AnyWorkflow
    : AnyWorkflow;

/** What is no id, but the text of a definition. */
type DefinitionText = `${string}${'\n' | ':' | '{'}${string}`;

/**
 * What a run can be started of. Where the compiler knows definitions, a literal is the id of one of them, one of its
 * versions, or a text; of any other text nothing is known.
 */
export type Startable<Of extends GivenDefinition> = Of extends DefinitionValue
  ? Of
  : [WorkflowId] extends [never]
    ? Of
    : string extends Of
      ? Of
      : Of extends WorkflowId | `${WorkflowId}@${number}` | DefinitionText
        ? Of
        : WorkflowId;

/** A value, which may be left out where nothing in it has to be given, and options. */
export type WithOptions<Value, Options> =
  IsNeeded<Value> extends true ? [value: Value, options?: Options] : [value?: Value, options?: Options];

// biome-ignore lint/complexity/noBannedTypes: whether nothing would do is the question.
type IsNeeded<Value> = null extends Value ? false : {} extends Value ? false : true;
