// Loops and recursion that nothing but a limit ends. Method: each defect beside the definition that just avoids it.
import { expect, test } from 'vitest';
import { deepOf } from './deep-of.ts';

const loop = (condition: string, set: string, more = '') => `
  - id: again
    type: DO_WHILE
    loop_condition: ${condition}
    ${more}
    retry_policy: {max_attempts: 1}
    tasks:
      - {id: count, type: SET_VARIABLE, variables: {n: "${set}"}}`;

test('a loop whose condition never becomes false is an error, and shows the way into its limit', () => {
  const { said, of } = deepOf(
    loop('workflow.variables.n < 5', '${workflow.variables.n - 1}'),
    'variables: {n: 0}',
  );

  expect(said).toEqual(['error deep.unbounded: again']);
  expect(of('deep.unbounded').counterexample?.end).toMatchObject({
    status: 'FAILED',
    error: { code: 'loop.max-iterations' },
  });
});

test('a loop that only a break ends is no endless one; how often is enough it has to say', () => {
  const until = (more: string) =>
    deepOf(`
    - id: again
      type: DO_WHILE
      retry_policy: {max_attempts: 1}
      ${more}
      tasks:
        - {id: look, assigned_to: CRITIC, output: [good], retry_policy: {max_attempts: 1}}
        - {id: good, type: TERMINATE, depends_on: look, when: look.output.good == true, scope: loop, status: COMPLETED}`);

  expect(until('max_iterations: 3').said).toEqual([]);
  expect(until('').said).toEqual(['warning deep.unbounded: again']);
});

test('a loop that counts to its end is no finding', () => {
  const { said } = deepOf(
    loop('workflow.variables.n < 5', '${workflow.variables.n + 1}'),
    'variables: {n: 0}',
  );

  expect(said).toEqual([]);
});

test('a loop whose results decide needs no limit of its own where it can end, and is told where it has none', () => {
  const refine = (more: string) =>
    deepOf(`
    - id: improve
      type: DO_WHILE
      loop_condition: review.output.score < 8
      retry_policy: {max_attempts: 1}
      ${more}
      tasks: [{id: review, assigned_to: CRITIC, output: [score]}]`);

  expect(refine('max_iterations: 3').said).toEqual([]);
  expect(refine('').said).toEqual(['warning deep.unbounded: improve']);
});

test('a loop that was not followed to its end is no finding but a note', () => {
  const { said, noted } = deepOf(`
  - id: again
    type: DO_WHILE
    loop_condition: loop.iteration < 20
    max_iterations: 50
    tasks: [{id: work, uses: notify, optional: true}]
  - {id: after, uses: notify, optional: true, depends_on: again}`);

  expect(said).toEqual([]);
  expect(noted).toEqual(expect.arrayContaining(['deep.unbounded: again', 'deep.never-runs: after']));
});

test('a loop whose condition holds with every guessed result is a warning that asks for an example', () => {
  const { said } = deepOf(`
    - id: again
      type: DO_WHILE
      max_iterations: 3
      loop_condition: '!review.output.code.endsWith("q7") || size(review.output.code) % 7 != 3'
      retry_policy: {max_attempts: 1}
      tasks: [{id: review, assigned_to: CRITIC, output: [code]}]`);

  expect(said).toEqual(['warning deep.unbounded: again']);
});

test('a definition that starts itself on every way to its end never comes to one', () => {
  const again = (when: string) => `
    - {id: work, assigned_to: ANA, optional: true, output: [more]}
    - {id: again, type: SUB_WORKFLOW, workflow: under-test, depends_on: work, optional: true${when}}`;

  expect(deepOf(again('')).said).toEqual(['error deep.unbounded: again']);
  expect(deepOf(again(', when: work.status == "COMPLETED" && work.output.more == true')).said).toEqual([]);
});

test('a run that waits for a run which waits for its place is a deadlock', () => {
  const again = `
    - {id: work, assigned_to: ANA, optional: true, output: [more]}
    - {id: again, type: SUB_WORKFLOW, workflow: under-test, depends_on: work, optional: true, when: work.status == "COMPLETED" && work.output.more == true}`;

  expect(deepOf(again, 'concurrency: {limit: 1}').said).toEqual(['error deep.deadlock: again']);
  expect(deepOf(again, 'concurrency: {limit: 4}').said).toEqual(['warning deep.deadlock: again']);
  expect(deepOf(again, 'concurrency: {limit: 1, on_limit: refuse}').said).toEqual([]);
});
