// Which tasks may name which. A list of tasks, the body of a FORK or loop, and the branches of a FORK each have their
// own rule, and what breaks it would wait for ever in a run. Method: small definitions, each with every problem it must
// give, as `line:column code`, and the message where it is the way out.
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText } from '../../support/definition-text.ts';

const branches = '- {id: f, type: FORK, branches: [[{id: a}, {id: b}], [{id: c}]]}\n';
const body = '- {id: f, type: FORK, for_each: "[1]", tasks: [{id: a}, {id: b, depends_on: a}]}\n';
const loop = '- {id: l, type: DO_WHILE, items: [1], tasks: [{id: a}]}\n';

describe('a task may wait for', () => {
  test.each([
    ['a task of a branch', `${branches}- {id: d, depends_on: [b, c]}`],
    ['tasks of branches, as a JOIN', `${branches}- {id: j, type: JOIN, join_on: [a, c]}`],
    [
      'a task of a branch of a FORK in a branch',
      '- {id: f, type: FORK, branches: [[{id: g, type: FORK, branches: [[{id: a}]]}]]}\n- {id: d, depends_on: a}',
    ],
    [
      'a task of a branch beside it in the same body',
      '- {id: l, type: DO_WHILE, items: [1], tasks: [{id: f, type: FORK, branches: [[{id: a}]]}, {id: d, depends_on: a}]}',
    ],
    ['a FORK over items, as a JOIN', `${body}- {id: j, type: JOIN, join_on: f}`],
  ])('%s', (_, tasks) => {
    expect(errorsOf(tasks)).toEqual([]);
  });
});

describe('a task may not wait for', () => {
  test.each([
    [
      'a task that is carried out for every item',
      `${body}- {id: d, depends_on: b}`,
      '6:27 definition.foreign-task the task "b" is inside "f", which may carry it out many times; name "f" instead',
    ],
    [
      'a task that is carried out for every item, as a JOIN',
      `${body}- {id: j, type: JOIN, join_on: [a]}`,
      '6:37 definition.foreign-task the task "a" is inside "f", which may carry it out many times; name "f" instead',
    ],
    [
      'a task of a loop, as a JOIN',
      `${loop}- {id: j, type: JOIN, join_on: a}`,
      '6:36 definition.foreign-task the task "a" is inside "l", which may carry it out many times; name "l" instead',
    ],
    [
      'a task outside of the loop it is in',
      '- {id: a}\n- {id: l, type: DO_WHILE, items: [1], tasks: [{id: b, depends_on: a}]}',
      '6:71 definition.foreign-task the task "a" is outside of "l", in which this task is; let "l" wait for it, with depends_on there',
    ],
    [
      'a task outside of its branch',
      '- {id: a}\n- {id: f, type: FORK, branches: [[{id: b, depends_on: a}]]}',
      '6:59 definition.foreign-task the task "a" is outside of "f", in which this task is; let "f" wait for it, with depends_on there',
    ],
    [
      'a task of another branch',
      '- {id: f, type: FORK, branches: [[{id: a}], [{id: b, depends_on: a}]]}',
      '5:70 definition.foreign-task the task "a" is outside of this list, inside "f"',
    ],
    [
      'a task of a branch, where that waits for it',
      '- {id: f, type: FORK, depends_on: d, branches: [[{id: a}]]}\n- {id: d, depends_on: a}',
      '5:39 definition.cycle the tasks wait for each other: f -> d -> a -> f',
    ],
  ])('%s', (_, tasks, problem) => {
    expect(errorsOf(tasks, true)).toEqual([problem]);
  });
});

describe('what stands in for a task or undoes it', () => {
  test.each([
    ['fallback', '- {id: f, type: FORK, branches: [[{id: x, fallback: t}]]}\n- {id: t}', '5:57'],
    [
      'compensate',
      '- {id: l, type: DO_WHILE, items: [1], tasks: [{id: x, compensate: t}]}\n- {id: t}',
      '5:71',
    ],
    [
      'catch',
      '- {id: x, catch: [{errors: E, next: t}]}\n- {id: f, type: FORK, for_each: "[1]", task: {id: t}}',
      '5:41',
    ],
  ])('is in the same list: %s', (_, tasks, place) => {
    expect(errorsOf(tasks)).toEqual([`${place} definition.foreign-task`]);
  });

  test('stands aside of the sequence of a branch, and comes before it', () => {
    const branch =
      '{id: a, fallback: f, catch: [{errors: E, next: c}], compensate: u}, {id: f}, {id: c}, {id: u}, {id: b}';
    const result = loadDefinition({
      file: 'w.yaml',
      content: definitionText(`- {id: x, type: FORK, branches: [[${branch}]]}`),
    });
    const [fork] = result.ok ? result.loaded.definition.tasks : [];
    const tasks = fork?.type === 'FORK' ? (fork.branches?.[0] ?? []) : [];
    expect(tasks.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
      ['u', []],
      ['f', []],
      ['c', []],
      ['a', []],
      ['b', ['a']],
    ]);
  });

  test.each([
    [
      'waits for nobody when it undoes',
      '- {id: a, compensate: u}\n- {id: b}\n- {id: u, depends_on: b}',
      ['7:27 definition.bad-combination'],
    ],
    [
      'is started by nobody else when it undoes',
      '- {id: a, compensate: u, fallback: u}\n- {id: u}',
      ['6:12 definition.bad-combination'],
    ],
    [
      'is not undone itself when it undoes',
      '- {id: a, compensate: u}\n- {id: u, compensate: v}\n- {id: v}',
      ['6:27 definition.bad-combination'],
    ],
    [
      'waits for nothing that waits for the failed task',
      '- {id: a, fallback: f}\n- {id: b, depends_on: a}\n- {id: f, depends_on: b}',
      ['7:27 definition.unstartable'],
    ],
    [
      'does not wait for the failed task to complete',
      '- {id: a, catch: [{errors: E, next: c}]}\n- {id: c, depends_on: a}',
      ['6:27 definition.unstartable'],
    ],
  ])('%s', (_, tasks, problems) => {
    expect(errorsOf(tasks)).toEqual(problems);
  });

  test.each([
    ['waits for another task, too', '- {id: a, fallback: f}\n- {id: x}\n- {id: f, depends_on: x}'],
    ['waits for one of two', '- {id: a, fallback: f}\n- {id: x}\n- {id: f, depends_on: [a, x], join: any}'],
    [
      'waits for whatever becomes of the task that it follows',
      '- {id: a, catch: [{errors: E, next: c}]}\n- {id: c, depends_on: a, join: all_done}',
    ],
  ])('may stand in when it %s', (_, tasks) => {
    expect(errorsOf(tasks)).toEqual([]);
  });
});

function errorsOf(tasks: string, messages = false): readonly string[] {
  const result = loadDefinition({ file: 'w.yaml', content: definitionText(tasks) });
  const problems = result.ok ? [] : result.problems.filter((each) => each.severity === 'error');

  return problems.map(
    ({ line, column, code, message }) => `${line}:${column} ${code}${messages ? ` ${message}` : ''}`,
  );
}
