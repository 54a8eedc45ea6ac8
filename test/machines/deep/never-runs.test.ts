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
