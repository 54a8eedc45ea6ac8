import { localId } from '../compile/address.ts';
import { planOf } from '../compile/plan.ts';
import type { Definition } from '../definition.ts';
import type { Finding } from '../language/finding.ts';
import { didYouMean } from '../language/suggest.ts';
import type { Path } from '../language/yaml-node.ts';
import type { Task } from '../task.ts';
import type { TestCase } from './test-case.ts';

/** Under which key a case says what becomes of a task; undefined where nobody outside is asked about it. */
type Asked = 'results' | 'answers' | 'children' | undefined;

/** The tasks, signals and inputs that cases name and the definition does not have, or has otherwise. */
export function misfits(definition: Definition, cases: readonly TestCase[]): readonly Finding[] {
  const tasks = new Map([...planOf(definition)].map(([id, { task }]) => [id, task]));

  return cases.flatMap((each, index) => {
    const at = ['test', 'cases', index];
    const expected = Object.keys(each.expect.tasks ?? {});
    const path = each.expect.path ?? [];

    return [
      ...namesAmong(Object.keys(definition.input), 'input', { names: Object.keys(each.input), at }),
      ...namesAmong(signalsOf(tasks), 'signals', { names: Object.keys(each.signals), at }),
      ...(['results', 'answers', 'children'] as const).flatMap((key) =>
        Object.keys(each[key]).flatMap((name) => misnamed(tasks, name, { key, path: [...at, key, name] })),
      ),
      ...expected.flatMap((name) => misnamed(tasks, name, { path: [...at, 'expect', 'tasks', name] })),
      ...path.flatMap((name, place) =>
        misnamed(tasks, name, { path: [...at, 'expect', 'path', place], isValue: true }),
      ),
    ];
  });
}

const wordFor = { input: 'input', signals: 'task that waits for the signal' };

function namesAmong(
  known: readonly string[],
  key: keyof typeof wordFor,
  { names, at }: { readonly names: readonly string[]; readonly at: Path },
): readonly Finding[] {
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      code: 'definition.unknown-name',
      message: `the definition has no ${wordFor[key]} "${name}"${didYouMean(name, known)}`,
      path: [...at, key, name],
      at: 'key',
    }));
}

function misnamed(
  tasks: ReadonlyMap<string, Task>,
  name: string,
  { key, path, isValue = false }: { readonly key?: Asked; readonly path: Path; readonly isValue?: boolean },
): readonly Finding[] {
  const place = { path, at: isValue ? 'value' : 'key' } as const;
  const task = tasks.get(localId(name));
  if (task === undefined) {
    const message = `the definition has no task "${name}"${didYouMean(localId(name), tasks.keys())}`;
    return [{ code: 'definition.unknown-task', message, ...place }];
  }
  const right = askedFor(task);
  if (key === undefined || key === right) return [];
  const how = right === undefined ? 'it gets no result from outside' : `say it under "${right}"`;

  return [{ code: 'definition.wrong-key', message: `${name} is a ${task.type} task: ${how}`, ...place }];
}

function askedFor({ type }: Task): Asked {
  switch (type) {
    case 'SIMPLE':
    case 'HTTP':
    case 'EVENT':
      return 'results';
    case 'HUMAN':
      return 'answers';
    case 'SUB_WORKFLOW':
      return 'children';
    default:
      return undefined;
  }
}

function signalsOf(tasks: ReadonlyMap<string, Task>): readonly string[] {
  return [...tasks.values()].flatMap((task) =>
    task.type === 'WAIT' && task.signal !== undefined ? [task.signal] : [],
  );
}
