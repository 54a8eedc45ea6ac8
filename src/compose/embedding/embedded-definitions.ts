import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblems } from '../../../machines/language/problem.ts';
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

  async function ofText(text: string): Promise<Startable> {
    const result = loadDefinition({ file: textFile, content: text, world: { actions: known } });
    // What its actions take and give is known to the compiler of the program, not here.
    const misfits = result.ok
      ? result.misfits.filter(({ code }) => code === 'definition.unknown-action')
      : [];

    return startable({
      ...usableResult(result.ok ? { ...result, misfits } : result, textFile),
      origin: 'file',
    });
  }

  function ofName(name: string): Promise<Startable> {
    const nowMs = systemClock.steady();
    const remembered = names.get(name);
    if (remembered !== undefined && nowMs - remembered.atMs < nameMs) return remembered.startable;
    const resolved = resolveDefinition(sources, name).then(startable);

    return put(names, name, { startable: resolved, atMs: nowMs }).startable;
  }

  function of(given: GivenDefinition): Promise<Startable> {
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    // An id has neither lines nor members.
    if (!/[\n:{]/.test(text)) return ofName(text);

    return texts.get(text) ?? put(texts, text, ofText(text).catch(withFirstProblem));
  }

  return {
    of,
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

/** A program shows the message alone. */
function withFirstProblem(error: unknown): never {
  if (!(error instanceof DefinitionRefused)) throw error;
  const [problem] = error.problems ?? [];
  if (problem === undefined) throw error;
  const { code, message, fix, problems = [], text = '' } = error;
  const first = formatProblems([problem]).trim();
  throw new DefinitionRefused(code, `${message}: ${first}`, {
    ...{ problems, text },
    ...(fix === undefined ? {} : { fix }),
  });
}

function put<Value>(map: Map<string, Value>, key: string, value: Value): Value {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > rememberedMax && oldest !== undefined) map.delete(oldest);

  return value;
}
