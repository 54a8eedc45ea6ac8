import { dump } from 'js-yaml';
import type { z } from 'zod';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblems, orderProblems, type Problem } from '../../../machines/language/problem.ts';
import type { taskSchemas } from '../../../machines/language/schema/task-types.ts';
import type { workflow } from '../../../machines/language/schema/workflow.ts';
import { register } from '../../engine/publishing.ts';
import {
  type ReferredDefinitions,
  referredDefinitions,
} from '../../operations/definitions/referred-definitions.ts';
import {
  type DefinitionSources,
  type ResolvedDefinition,
  refuseUnlessExecutable,
  resolveDefinition,
  usableResult,
} from '../../operations/definitions/resolve-definition.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import { DefinitionRefused } from '../../ports/definitions/definition-refused.ts';
import { createProjectDefinitions } from '../../project/project-definitions.ts';
import type { ProjectSession } from '../session/open-session.ts';
import { systemClock } from '../system-clock.ts';
import type { knownActions } from './embedded-actions.ts';

/** What a YAML text says, as a value. */
export type DefinitionValue = {
  readonly workflow: { readonly id: string } & Readonly<Record<string, unknown>>;
};

/** What a program gives for a definition: a text, a value, or the id of one that is registered. */
export type GivenDefinition = string | DefinitionValue;

/** A definition that a run can be started of, with those that it starts runs of. */
type Startable = { readonly found: ResolvedDefinition; readonly referred: ReferredDefinitions };

export type EmbeddedDefinitions = {
  /** Rejects with DefinitionRefused. */
  readonly of: (given: GivenDefinition) => Promise<Startable>;
  /** All that is wrong with it, with the actions that are here. Rejects with DefinitionRefused where there is none. */
  readonly check: (given: GivenDefinition) => Promise<readonly Problem[]>;
  /** Rejects with DefinitionRefused, RequestRefused. */
  readonly register: (given: readonly GivenDefinition[], actor: string) => Promise<void>;
};

type Parts = Pick<ProjectSession, 'workflows' | 'engine'> & {
  readonly projectDir: string;
  readonly known: ReturnType<typeof knownActions>;
};

/** How long the version that an id means is remembered. */
const nameMs = 1_000;
const rememberedMax = 1_000;
/** What a text is called in messages. */
const textFile = 'definition';

/** Reads each text once, and asks what an id means once a second at most: starting a run has to be quick. */
export function createDefinitions({ workflows, engine, projectDir, known }: Parts): EmbeddedDefinitions {
  const files = createProjectDefinitions({ projectDir });
  const sources: DefinitionSources = { registered: workflows, files, fileAt: files.at };
  const texts = new Map<string, Promise<Startable>>();
  const names = new Map<string, { readonly startable: Promise<Startable>; readonly atMs: number }>();

  async function startable(found: ResolvedDefinition): Promise<Startable> {
    refuseUnlessExecutable(found);

    return { found, referred: await referredDefinitions(sources, found) };
  }

  function checked(text: string, file = textFile): ReturnType<typeof loadDefinition> {
    return loadDefinition({ file, content: text, world: { actions: known } });
  }

  async function ofText(text: string): Promise<Startable> {
    return startable({ ...usableResult(checked(text), textFile), origin: 'file' });
  }

  function ofName(name: string): Promise<Startable> {
    const nowMs = systemClock.steady();
    const remembered = names.get(name);
    if (remembered !== undefined && nowMs - remembered.atMs < nameMs) return remembered.startable;
    const resolved = resolveDefinition(sources, name).then(startable);

    return put(names, name, { startable: resolved, atMs: nowMs }).startable;
  }

  function of(given: GivenDefinition): Promise<Startable> {
    const text = definitionText(given);
    if (!isDefinitionText(text)) return ofName(text);

    return texts.get(text) ?? put(texts, text, ofText(text).catch(refused));
  }

  return {
    of,
    check: async (given) => {
      const text = definitionText(given);
      const { loaded, file } = isDefinitionText(text)
        ? { loaded: { text }, file: textFile }
        : await resolveDefinition(sources, text);
      const result = checked(loaded.text, file);

      return result.ok ? orderProblems([...result.warnings, ...result.misfits]) : result.problems;
    },
    register: async (given, actor) => {
      for (const each of given) {
        const { found, referred } = await of(each);
        for (const { loaded, file } of [...referred.found, found]) {
          const refusal = await register(engine, { definition: loaded, file }, actor);
          if (refusal !== undefined) throw new RequestRefused(refusal);
        }
      }
    },
  };
}

/** The text of a definition, or its id. */
export function definitionText(given: GivenDefinition): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

/** An id has neither lines nor members. */
export function isDefinitionText(given: string): boolean {
  return /[\n:{]/.test(given);
}

/** A program shows the message alone: it says the first thing that is wrong. */
export function withFirstProblem(error: unknown): unknown {
  if (!(error instanceof DefinitionRefused || error instanceof RequestRefused)) return error;
  const [problem] = error.problems ?? [];
  if (problem !== undefined)
    error.message += `: ${formatProblems([{ ...problem, file: problem.file ?? textFile } as Problem]).trim()}`;

  return error;
}

function refused(error: unknown): never {
  throw withFirstProblem(error);
}

function put<Value>(map: Map<string, Value>, key: string, value: Value): Value {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > rememberedMax && oldest !== undefined) map.delete(oldest);

  return value;
}

type Named<Id extends string> = NoInfer<Id>;
type NamedTasks<Id extends string> = Named<Id> | readonly Named<Id>[];
type Next<Id extends string> = { readonly next?: NamedTasks<Id>; readonly next_tasks?: NamedTasks<Id> };

/** The keys of a task that hold ids of tasks, or tasks. */
type OfTasks<Id extends string> = {
  readonly id: Id;
  readonly depends_on: NamedTasks<Id>;
  readonly parallel_with: NamedTasks<Id>;
  readonly fallback: NamedTasks<Id>;
  readonly join_on: NamedTasks<Id>;
  readonly compensate: Named<Id>;
  readonly catch: readonly (Omit<WrittenCatch, 'next'> & { readonly next: Named<Id> })[];
  readonly on_change: Named<Id> | { readonly task: Named<Id>; readonly max?: number };
  readonly decision_cases: Readonly<Record<string, Next<Id> & { readonly condition?: string }>>;
  readonly default: NamedTasks<Id> | Next<Id>;
  readonly default_case: NamedTasks<Id> | Next<Id>;
  readonly task: TaskValue<Id>;
  readonly tasks: readonly TaskValue<Id>[];
  readonly branches: readonly (readonly TaskValue<Id>[])[];
};

type Schemas = typeof taskSchemas;
type Written<Schema extends z.ZodType> = z.input<Schema>;
type WrittenCatch = NonNullable<Written<Schemas['SIMPLE']>['catch']>[number];

/** A task as YAML has it. Ids that it names are those of tasks of the definition. */
export type TaskValue<Id extends string> = {
  [Type in keyof Schemas]: {
    readonly [Key in keyof Written<Schemas[Type]>]: Key extends keyof OfTasks<Id>
      ? OfTasks<Id>[Key]
      : Written<Schemas[Type]>[Key];
  };
}[keyof Schemas];

/** What stands below `workflow:` in YAML. */
export type WorkflowValue<Id extends string> = Omit<Written<typeof workflow>, 'tasks'> & {
  readonly tasks: readonly TaskValue<Id>[];
};

/**
 * A definition in TypeScript: the same keys as in YAML. A key that there is none of, and a task that there is none of,
 * do not compile; the rest is checked at once. Throws DefinitionRefused.
 */
export function defineWorkflow<Id extends string>(definition: WorkflowValue<Id>): DefinitionValue {
  const value = { workflow: definition } as DefinitionValue;
  const file = `${definition.id}.ts`;
  try {
    usableResult(loadDefinition({ file, content: JSON.stringify(value) }), file);
  } catch (error) {
    throw withFirstProblem(error);
  }

  return value;
}

/** The same in YAML, for a file of the project. */
export function toYaml(definition: DefinitionValue): string {
  return dump(definition, { noRefs: true, lineWidth: 120 });
}
