import { type LoadedDefinition, loadDefinition } from '../machines/language/load-definition.ts';

/** `count` tasks one after another. */
export function sequential(count: number): LoadedDefinition {
  return load(
    `sequential-${count}`,
    Array.from({ length: count }, (_, index) => taskLine(`t${index}`, index === 0 ? [] : [`t${index - 1}`])),
  );
}

/** `count` tasks side by side, and one that waits for them all. */
export function forkJoin(count: number): LoadedDefinition {
  const branches = Array.from({ length: count }, (_, index) => `branch${index}`);

  return load(`fork-${count}-join`, [...branches.map((id) => taskLine(id, [])), taskLine('join', branches)]);
}

function taskLine(id: string, dependsOn: readonly string[]): string {
  return `    - {id: ${id}, uses: noop, depends_on: [${dependsOn.join(', ')}]}`;
}

function load(id: string, tasks: readonly string[]): LoadedDefinition {
  const content = `workflow:\n  id: ${id}\n  version: 1\n  tasks:\n${tasks.join('\n')}\n`;
  const result = loadDefinition({ file: `${id}.yaml`, content });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));

  return result.loaded;
}
