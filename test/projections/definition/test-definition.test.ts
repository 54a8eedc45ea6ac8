// A scenario in which an expression fails by itself is no success, though the engine goes exactly that way. Method: a
// definition that divides by an input, tested on the real engine, with the bound of the input wrong and right.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { createRehearsals } from '../../../src/compose/rehearsal.ts';
import { testDefinition } from '../../../src/projections/definition/test-definition.ts';
import { failedScenarios, isSound } from '../../../src/projections/definition/tested-definition.ts';
import { definitionText } from '../../support/definition-text.ts';

async function tested(minimum: number) {
  const head = `input: {properties: {n: {type: integer, minimum: ${minimum}}}, required: [n]}`;
  const content = definitionText(
    '- {id: share, type: TRANSFORM, output: {v: "${100 / workflow.input.n}"}}',
    head,
  );
  const result = loadDefinition({ file: 'share.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));

  return await testDefinition(
    { file: 'share.yaml', path: 'share.yaml', loaded: result.loaded, cases: [] },
    { rehearsals: createRehearsals(), scenesMax: 500, now: () => 0 },
  );
}

test('a scenario fails in which an expression fails and nothing else does', async () => {
  const result = await tested(0);
  const [failed] = failedScenarios(result);

  expect(isSound(result)).toBe(false);
  expect(failed?.rehearsed).toMatchObject({
    message: expect.stringContaining('an expression of share fails although nothing else failed'),
    found: { type: 'task.failed' },
  });
});

test('none fails where the input cannot do that', async () => {
  expect(isSound(await tested(1))).toBe(true);
});
