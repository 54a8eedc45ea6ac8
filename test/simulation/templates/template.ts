import type { Json } from '../../../events/canonical-json.ts';
import type { Level } from '../../../machines/agents/declared-agent.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Random } from '../kernel/random.ts';

/** What workers give, by the task's id in its definition. */
export type Results = Readonly<Record<string, Readonly<Record<string, Json>>>>;

/** An agent, and the worker processes that it has. */
export type AgentPlan = {
  readonly agent: string;
  readonly workers: number;
  /** How many items each of them works on at a time. */
  readonly capacity: number;
  readonly skills?: readonly string[];
  readonly level?: Level;
  /** They come only then. */
  readonly comesAfterMs?: number;
};

/** A workflow that is run again and again while everything goes wrong, and how it has to end. */
export type Template = {
  readonly name: string;
  /** Started by people; those that follow are started by it, or stand beside it. */
  readonly definitions: readonly LoadedDefinition[];
  readonly input: (random: Random) => Readonly<Record<string, Json>>;
  /** What is wrong with the end of a run that nobody interfered with; undefined when it is right. */
  readonly wrong: (run: Run) => string | undefined;
  /** Its time-outs are short enough that what goes wrong in the world may let them pass. */
  readonly isTimed: boolean;
  /** How many of its runs may be under way at once. */
  readonly limit?: number;
  readonly mayBeRefused?: boolean;
  /** What workers give besides a token that names the attempt. */
  readonly results?: Results;
  /** Who carries its tasks out, besides the engines themselves. */
  readonly agents?: readonly AgentPlan[];
};

/** A definition, from its id on. */
export function flow(idAndRest: string): string {
  const [id = '', ...rest] = idAndRest.split('\n');

  return `workflow:\n  id: ${id}\n  version: 1\n${rest.join('\n')}\n`;
}

export function template(
  name: string,
  texts: readonly string[],
  more: Partial<Omit<Template, 'name' | 'definitions'>> & Pick<Template, 'wrong'>,
): Template {
  const definitions = texts.map((content) => {
    const result = loadDefinition({ file: `${name}.yaml`, content });
    if (!result.ok) throw new Error(`${name}: ${result.problems.map(({ message }) => message).join('; ')}`);
    return result.loaded;
  });

  return { name, definitions, input: () => ({}), isTimed: false, ...more };
}

/** The run has this status, and these of its tasks these states. */
export function endsWith(status: string, tasks: Readonly<Record<string, string>> = {}) {
  return ({ state }: Run): string | undefined => {
    if (state.status !== status)
      return `it is ${state.status}, not ${status} (${state.error?.message ?? ''})`;
    for (const [id, wanted] of Object.entries(tasks)) {
      const found = state.tasks[id]?.state;
      if (found !== wanted) return `${id} is ${found}, not ${wanted}`;
    }

    return undefined;
  };
}
