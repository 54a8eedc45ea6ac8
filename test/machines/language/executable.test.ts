// What the checker accepts and the engine cannot carry out yet is refused by name at start, never ignored.
import { expect, test } from 'vitest';
import { notExecutable } from '../../../machines/language/executable.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText } from '../../support/definition-text.ts';

test.each([
  ['{id: t, type: JOIN, join_on: u}', 'tasks.t.type', 'a task of type JOIN'],
  ['{id: t, type: FORK, branches: [[{id: v}]]}', 'tasks.t.type', 'a task of type FORK'],
  ['{id: t, type: DO_WHILE, items: [1], tasks: [{id: v}]}', 'tasks.t.type', 'a task of type DO_WHILE'],
  ['{id: t, type: WAIT, duration: 1s}', 'tasks.t.type', 'a task of type WAIT'],
  ['{id: t, type: SUB_WORKFLOW, workflow: x}', 'tasks.t.type', 'a task of type SUB_WORKFLOW'],
  ['{id: t, type: EVENT, event: {type: x}}', 'tasks.t.type', 'a task of type EVENT'],
  ['{id: t, type: HTTP, request: {url: "http://example.test"}}', 'tasks.t.type', 'a task of type HTTP'],
  ['{id: t, type: SET_VARIABLE, variables: {}}', 'tasks.t.type', 'a task of type SET_VARIABLE'],
  ['{id: t, type: TERMINATE, status: FAILED}', 'tasks.t.type', 'a task of type TERMINATE'],
  ['{id: t, catch: [{errors: E, next: u}]}', 'tasks.t.catch', 'catch'],
  ['{id: t, compensate: u}', 'tasks.t.compensate', 'compensate'],
  [
    '{id: t, circuit_breaker: {failures: 1, window: 1m, open_for: 1m}}',
    'tasks.t.circuit_breaker',
    'circuit_breaker',
  ],
  [
    '{id: t, retry_policy: {on_exhausted: pause}}',
    'tasks.t.retry_policy.on_exhausted',
    'on_exhausted: pause',
  ],
])('%s is an error', (task, path, what) => {
  const message = `${what} is accepted by the checker, but cannot be carried out yet`;
  expect(refusals(definitionText(`- ${task}\n- {id: u}`))).toEqual([
    { code: 'definition.not-executable', severity: 'error', message, path },
  ]);
});

test('concurrency of runs is an error, what happens around a run a warning', () => {
  const head = 'concurrency: {limit: 1}\nfailure_workflow: x\nmonitoring: {}\ntriggers: [{on: a.b}]';
  expect(refusals(definitionText('- {id: a}', head)).map((each) => [each.path, each.severity])).toEqual([
    ['concurrency', 'error'],
    ['failure_workflow', 'warning'],
    ['triggers', 'warning'],
    ['monitoring', 'warning'],
  ]);
});

test('everything else can be carried out', () => {
  const tasks = [
    '- {id: a, timeout_policy: alert, retry_policy: {max_attempts: 2}, fallback: f, output_to: a.json}',
    '- {id: f, optional: true}',
    '- {id: d, type: DECISION, depends_on: a, decision_param: "1", decision_cases: {}, default: h}',
    '- {id: h, type: HUMAN}',
    '- {id: t, type: TRANSFORM, output: {}, depends_on: [a, h], join: any}',
    '- {id: n, type: NOOP, parallel_with: t, when: "true"}',
  ];
  expect(refusals(definitionText(tasks.join('\n'), 'timeout: 1h'))).toEqual([]);
});

function refusals(content: string) {
  const result = loadDefinition({ file: 'w.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));

  return notExecutable(result.loaded.definition);
}
