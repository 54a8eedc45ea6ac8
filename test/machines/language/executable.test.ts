// What the checker accepts and the engine cannot carry out yet is refused by name at start, never ignored.
import { expect, test } from 'vitest';
import { notExecutable } from '../../../machines/language/executable.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText } from '../../support/definition-text.ts';

test('a file cannot be written by a TERMINATE, wherever it stands', () => {
  const end = (id: string) => `{id: ${id}, type: TERMINATE, status: FAILED, output_to: a.json}`;
  const message = 'output_to on a TERMINATE, which ends the run, cannot be carried out';
  const tasks = `
    - ${end('plain')}
    - {id: f, type: FORK, branches: [[${end('in_branch')}]]}
    - {id: e, type: FORK, for_each: "[1]", task: ${end('in_body')}}
    - {id: l, type: DO_WHILE, items: [1], tasks: [${end('in_loop')}]}
  `;
  expect(refusals(definitionText(tasks))).toEqual(
    ['plain', 'in_branch', 'in_body', 'in_loop'].map((id) => ({
      code: 'definition.not-executable',
      severity: 'error',
      message,
      path: `tasks.${id}.output_to`,
    })),
  );
});

test('everything else can be carried out', () => {
  const tasks = `
    - {id: a, timeout_policy: alert, retry_policy: {max_attempts: 2, on_exhausted: pause}, output_to: a.json}
    - {id: b, optional: true, fallback: f, catch: [{errors: E, next: c}], compensate: u}
    - {id: f, circuit_breaker: {failures: 1, window: 1m, open_for: 1m}}
    - {id: c}
    - {id: u}
    - {id: d, type: DECISION, depends_on: a, decision_param: "1", decision_cases: {}, default: h}
    - {id: h, type: HUMAN, output_to: h.json}
    - {id: t, type: TRANSFORM, output: {}, depends_on: [a, h], join: any}
    - {id: n, type: NOOP, parallel_with: t, when: "true"}
    - {id: k, type: FORK, branches: [[{id: k1}]], output_to: k.json}
    - {id: j, type: JOIN, join_on: k1}
    - {id: l, type: DO_WHILE, items: [1], tasks: [{id: l1}]}
    - {id: w, type: WAIT, duration: 1s}
    - {id: s, type: SUB_WORKFLOW, workflow: x}
    - {id: e, type: EVENT, event: {type: x}}
    - {id: q, type: HTTP, request: {url: "http://example.test"}}
    - {id: v, type: SET_VARIABLE, variables: {}}
    - {id: z, type: TERMINATE, status: FAILED, depends_on: w}
  `;
  expect(
    refusals(
      definitionText(tasks, 'timeout: 1h\nconcurrency: {limit: 1}\nmonitoring: {}\ntriggers: [{on: a.b}]'),
    ),
  ).toEqual([]);
});

function refusals(content: string) {
  const result = loadDefinition({ file: 'w.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));

  return notExecutable(result.loaded.definition);
}
