import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { Problem } from '../../../machines/language/problem.ts';
import type { ImportedDefinition } from '../../ports/definition-import.ts';
import type { JsonMap } from './source/json.ts';
import type { Surroundings } from './workflow/build-context.ts';
import { convertWorkflow } from './workflow/convert-workflow.ts';

/** A definition of Conductor that is to be converted, under the name that it has among the others. */
export type Queued = {
  readonly raw: JsonMap;
  readonly pointer: string;
  readonly name: string;
  readonly version: number;
};

const attemptsMax = 4;

/**
 * Converts until the checker is content. Conductor lets a task read any other: where the checker knows no way from one
 * to the other, it is read with care. What else the checker refuses of a script, an agent has to do.
 */
export function convertChecked(
  { raw, pointer, name, version }: Queued,
  file: string,
  around: Surroundings,
): ImportedDefinition {
  const hidden = new Set<string>();
  const refused = new Map<string, string>();
  for (let attempt = 1; ; attempt += 1) {
    const { yaml, entries, ids } = convertWorkflow({ raw, name, version, pointer, hidden, refused }, around);
    const checked = loadDefinition({ file: `${file}${pointer === '' ? '' : `#${pointer}`}`, content: yaml });
    const problems = checked.ok ? [] : checked.problems.filter(({ severity }) => severity === 'error');
    const more = unreachable(problems, ids).filter((ref) => !hidden.has(ref));
    const bad = refusedTasks(problems, ids).filter(([ref]) => !refused.has(ref));
    if (more.length + bad.length === 0 || attempt === attemptsMax) {
      return { name, id: around.workflowId(name), version, yaml, entries, problems };
    }
    for (const ref of more) hidden.add(ref);
    for (const [ref, message] of bad) refused.set(ref, message);
  }
}

function unreachable(problems: readonly Problem[], ids: ReadonlyMap<string, string>): readonly string[] {
  const refs = new Map([...ids].map(([ref, id]) => [id, ref]));

  return problems
    .filter(({ code }) => code === 'definition.not-yet-run')
    .flatMap(({ message }) => refs.get(/"([^"]+)"/.exec(message)?.[1] ?? '') ?? []);
}

/** A script whose expression does not pass the checker has no equivalent. */
function refusedTasks(
  problems: readonly Problem[],
  ids: ReadonlyMap<string, string>,
): readonly (readonly [string, string])[] {
  const refs = new Map([...ids].map(([ref, id]) => [id, ref]));

  return problems
    .filter(({ code }) => code !== 'definition.not-yet-run')
    .flatMap(({ path, message }) => {
      const ref = refs.get(
        [...path.matchAll(/(?:^|\.)(?:tasks|branches\[\d+\])\.([^.]+)/g)].at(-1)?.[1] ?? '',
      );
      return ref === undefined ? [] : [[ref, message] as const];
    });
}
