// Tasks that no run begins. Method: each defect beside the definition that just avoids it.
import { expect, test } from 'vitest';
import { deepOf } from './deep-of.ts';

const mode =
  'input: {properties: {mode: {type: string, enum: [fast, slow]}, size: {type: integer}}, required: [mode, size]}';

test('a condition that contradicts itself keeps its task from running', () => {
  const task = (when: string) => deepOf(`- {id: only, uses: notify, optional: true, when: "${when}"}`, mode);

  expect(task('workflow.input.size > 5 && workflow.input.size < 3').said).toEqual([
    'error deep.never-runs: only',
  ]);
  expect(task('workflow.input.size > 3 && workflow.input.size < 5').said).toEqual([]);
});

test('a case that no value of an enum takes is named by the decision, once, with what follows from it', () => {
  const found = (value: string) =>
    deepOf(
      `
      - id: route
        type: DECISION
        decision_param: workflow.input.mode
        decision_cases: {fast: {next: quick}, ${value}: {next: rare}}
      - {id: quick, uses: notify, optional: true}
      - {id: rare, uses: notify, optional: true}
      - {id: after, uses: notify, optional: true, depends_on: rare}`,
      mode,
    );

  expect(found('medium').said).toEqual(['error deep.never-runs: rare after']);
  expect(found('medium').of('deep.never-runs').message).toContain(
    'route never takes a case that leads to it; nor can after',
  );
  expect(found('slow').said).toEqual([]);
});

test('what needs a value that nobody would guess is a warning that asks for an example', () => {
  const task = (head: string) =>
    deepOf(
      `
      - {id: read, assigned_to: ANA, optional: true, output: [code]}
      - {id: only, uses: notify, optional: true, depends_on: read, when: 'read.status == "COMPLETED" && size(read.output.code) % 7 == 3 && read.output.code.endsWith("q7")'}`,
      head,
    );

  const guessed = task('');
  expect(guessed.said).toEqual(['warning deep.never-runs: only']);
  expect(guessed.of('deep.never-runs').message).toContain('examples');
});

test('a fallback of a task that cannot fail never runs, one of a task that can does', () => {
  const found = (work: string) =>
    deepOf(`
      - {id: work, ${work}, fallback: instead}
      - {id: instead, uses: notify, optional: true}`).said;

  expect(found('type: TRANSFORM, output: {a: 1}')).toEqual(['error deep.never-runs: instead']);
  expect(found('uses: notify')).toEqual([]);
});

test('two conditions along one way that exclude each other are found', () => {
  const found = (second: string) =>
    deepOf(
      `
      - {id: one, uses: notify, optional: true, when: workflow.input.mode == "fast"}
      - {id: two, uses: notify, optional: true, depends_on: one, when: workflow.input.mode == "${second}"}`,
      mode,
    ).said;

  expect(found('slow')).toEqual(['error deep.never-runs: two']);
  expect(found('fast')).toEqual([]);
});

test('what only undoes is no finding: people may cancel a run at any time', () => {
  const { said } = deepOf(`
    - {id: only, uses: notify, optional: true, compensate: undo}
    - {id: undo, uses: notify}`);

  expect(said).toEqual([]);
});

test('a range narrower than one is reached, and none is called impossible for values that may be between', () => {
  const when = (condition: string) =>
    deepOf(`
      - {id: score, assigned_to: ANA, optional: true, output: [v, w]}
      - {id: only, uses: notify, optional: true, depends_on: score, when: '${condition}'}`).said;

  expect(when('score.output.v > 0.5 && score.output.v < 0.9')).toEqual([]);
  expect(when('score.output.v > "a" && score.output.v < "b"')).toEqual([]);
  expect(when('score.output.v > 1 && score.output.v < 1.0000001')).toEqual([]);
  expect(when('score.output.v > "a" && score.output.v < "a0"')).toEqual(['warning deep.never-runs: only']);
  expect(when('score.output.v > 1 && score.output.v < 2')).not.toContain('error deep.never-runs: only');
});

test('the grade between two bounds close to each other is given', () => {
  const { said } = deepOf(`
    - {id: score, assigned_to: ANA, optional: true, output: [v]}
    - id: route
      type: DECISION
      optional: true
      depends_on: score
      decision_param: 'score.output.v >= 0.9 ? "high" : score.output.v > 0.5 ? "mid" : "low"'
      decision_cases: {high: {next: a}, mid: {next: b}, low: {next: c}}
    - {id: a, uses: notify, optional: true}
    - {id: b, uses: notify, optional: true}
    - {id: c, uses: notify, optional: true}`);

  expect(said).toEqual([]);
});

test('what stands beside the end of the run is called impossible only where it contradicts itself', () => {
  const beside = (more: string) =>
    deepOf(`
      - {id: w, type: WAIT, signal: stop}
      - {id: t, type: TERMINATE, status: COMPLETED, depends_on: w}
      - {id: b, uses: notify, optional: true, output: [x]}
      - {id: c, uses: notify, optional: true, depends_on: b${more}}`).said;

  expect(beside('')).toEqual([]);
  expect(beside(', when: b.output.x == 1')).toEqual([]);
  expect(beside(', when: b.output.x == 1 && b.output.x == 2')).toEqual(['error deep.never-runs: c']);
  expect(beside(', when: size(b.output.x) == 1 && b.output.x == "ab"')).toEqual([
    'warning deep.never-runs: c',
  ]);
});

test('a case for what a variable holds in the order that was not explored is no error', () => {
  const found = (after: string) =>
    deepOf(
      `
      - {id: a, assigned_to: ANA, optional: true}
      - {id: s1, type: SET_VARIABLE, depends_on: a, variables: {n: 1}}
      - {id: b, assigned_to: BEN, optional: true}
      - {id: r, type: DECISION, depends_on: ${after}, decision_param: workflow.variables.n, decision_cases: {"1": {next: x}, "0": {next: y}}}
      - {id: x, uses: notify, optional: true}
      - {id: y, uses: notify, optional: true}`,
      'variables: {n: 0}',
    ).said;

  expect(found('b')).toContain('warning deep.race: s1 r');
  expect(found('b').filter((each) => each.startsWith('error'))).toEqual([]);
  expect(found('[b, s1]')).toEqual(['error deep.never-runs: y']);
});

test('what waits for a task that fails with every value that was guessed is a warning that asks for an example', () => {
  const { said, of } = deepOf(
    `
    - {id: number, type: TRANSFORM, optional: false, output: {n: '\${int(workflow.input.sku.replace("SKU-", ""))}'}}
    - {id: after, uses: notify, optional: true, depends_on: number}`,
    'input: {properties: {sku: {type: string}}, required: [sku]}',
  );

  expect(said).toEqual(['warning deep.expression-fails: number', 'warning deep.never-runs: after']);
  expect(of('deep.never-runs').message).toContain('examples');
});

test('what runs after a person skipped a task is no error', () => {
  const when = (condition: string) =>
    deepOf(`
      - {id: a, assigned_to: ANA, optional: true}
      - {id: only, uses: notify, optional: true, depends_on: a, join: all_done, when: '${condition}'}`).said;

  expect(when('a.status == "SKIPPED"')).toEqual(['warning deep.never-runs: only']);
  expect(when('a.status == "COMPLETED"')).toEqual([]);
});
