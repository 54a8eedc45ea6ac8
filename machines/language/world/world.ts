import type { Json } from '../../../events/canonical-json.ts';
import type { Level } from '../../agents/declared-agent.ts';
import type { Definition } from '../../definition.ts';
import type { ValueType } from '../../expressions/typing/typing.ts';

/** What `uses:` may name: a built-in action, or one of the program that the engine is in. */
export type KnownAction = {
  /** JSON Schema of the input. */
  readonly input: JsonSchema;
  /** The members of what it gives, each with its type; no others are there. Absent: it may give anything. */
  readonly outputs?: Readonly<Record<string, ValueType>>;
  /** The codes of errors that it raises by itself. Absent: it may raise any. */
  readonly errors?: readonly string[];
};

/** As much of JSON Schema as the inputs of actions need. */
export type JsonSchema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

export type KnownAgent = {
  readonly name: string;
  readonly level: Level;
  /** Absent: only its workers say. */
  readonly skills?: readonly string[];
};

export type KnownContract = {
  readonly id: string;
  readonly version: number;
  /** Absent: it has errors. */
  readonly definition?: Definition;
};

/** What is known of a version, whose text may have errors. */
export function contractOf(
  { id, version }: Pick<KnownContract, 'id' | 'version'>,
  loaded: { readonly definition: Definition } | undefined,
): KnownContract {
  return { id, version, ...(loaded === undefined ? {} : { definition: loaded.definition }) };
}

/** What a file says of the definition in it. One that cannot be read has its name all the same. */
export function contractOfFile({
  named,
  loaded,
}: {
  readonly named?: { readonly id: string; readonly version: number | undefined };
  readonly loaded?: { readonly ref: Pick<KnownContract, 'id' | 'version'>; readonly definition: Definition };
}): readonly KnownContract[] {
  const { id, version } = loaded?.ref ?? named ?? {};

  return id === undefined ? [] : [contractOf({ id, version: version ?? 1 }, loaded)];
}

/** Findings that something which the files of a project do not say may take away. */
export const mayBeElsewhere: readonly string[] = [
  'definition.unknown-workflow',
  'definition.unknown-agent',
  'definition.unknown-skill',
  'definition.agent-level',
];

/**
 * What there is around a definition, as a plain value: the shell looks, the checks only compare. A member that is left
 * out was not looked at, and nothing is said of it.
 */
export type KnownWorld = {
  readonly actions?: Readonly<Record<string, KnownAction>>;
  /** Those of agents.yaml, and those that have workers now. Left out where agents.yaml declares none: any may come. */
  readonly agents?: readonly KnownAgent[];
  /** What is given by whoever has a skill, as `returns` of a task would say it. */
  readonly skills?: Readonly<Record<string, Json>>;
  /** Left out where none are declared: everybody may do everything. */
  readonly principals?: readonly { readonly name: string; readonly level: Level }[];
  readonly definitions?: readonly KnownContract[];
  /** Those of models.yaml. */
  readonly models?: readonly { readonly name: string; readonly isPriced: boolean; readonly about?: string }[];
  /** The names of those that are set. */
  readonly secrets?: readonly string[];
  /** Of the shells that `run:` may ask for: those that are installed. */
  readonly shells?: readonly string[];
};
