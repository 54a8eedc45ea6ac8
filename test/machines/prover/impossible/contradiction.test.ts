// What is called impossible holds for no values at all. Method: random conditions over two small numbers, a word and a
// text; each is evaluated for every combination of values that the definition allows.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileChart } from '../../../../machines/chart/chart.ts';
import { compileExpression } from '../../../../machines/expressions/condition.ts';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { neverBegins } from '../../../../machines/prover/impossible/contradiction.ts';
import { definitionText } from '../../../support/definition-text.ts';

const numbers = fc.constantFrom('workflow.input.a', 'workflow.input.b', 'size(workflow.input.t)');
const sums = fc.oneof(
  numbers,
  fc.integer({ min: -2, max: 9 }).map(String),
  fc.tuple(numbers, fc.constantFrom('+', '-'), numbers).map((parts) => `(${parts.join(' ')})`),
  fc.tuple(numbers, fc.constantFrom('2', '3')).map(([of, by]) => `${of} * ${by}`),
  numbers.map((of) => `${of} % 3`),
);
const comparisons = fc.oneof(
  fc.tuple(sums, fc.constantFrom('<', '<=', '>', '>=', '==', '!='), sums).map((parts) => parts.join(' ')),
  fc.constantFrom('x', 'y', 'z').map((word) => `workflow.input.k == '${word}'`),
  fc.constantFrom('x', 'y').map((word) => `workflow.input.k != '${word}'`),
  fc.constantFrom("workflow.input.k in ['x', 'y']", 'workflow.input.ok', "workflow.input.t == 'pq'"),
);
const conditions = fc.letrec<{ whole: string }>((tie) => ({
  whole: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    comparisons,
    fc.tuple(tie('whole'), fc.constantFrom('&&', '||'), tie('whole')).map((parts) => `(${parts.join(' ')})`),
    tie('whole').map((of) => `!(${of})`),
    fc.tuple(comparisons, tie('whole'), tie('whole')).map(([when, yes, no]) => `(${when} ? ${yes} : ${no})`),
  ),
})).whole;

const head = `input:
  required: [a, b, k, t, ok]
  properties:
    a: {type: integer, minimum: 0, maximum: 4}
    b: {type: integer, minimum: -1, maximum: 2}
    k: {enum: [x, y, z]}
    t: {type: string, maxLength: 2}
    ok: {type: boolean}`;

const inputs = [0, 1, 2, 3, 4].flatMap((a) =>
  [-1, 0, 1, 2].flatMap((b) =>
    ['x', 'y', 'z'].flatMap((k) =>
      ['', 'p', 'pq'].flatMap((t) => [true, false].map((ok) => ({ a, b, k, t, ok }))),
    ),
  ),
);

function chartOf(condition: string) {
  const text = definitionText(`- {id: c, assigned_to: ANA, when: ${JSON.stringify(condition)}}`, head);
  const loaded = loadDefinition({ file: 'x.yaml', content: text, isAccepted: true });

  return loaded.ok ? compileChart(loaded.loaded.definition, loaded.loaded.ref) : undefined;
}

test('a condition that is called impossible holds for no input, and most that hold for none are', () => {
  const seen = { impossible: 0, unsatisfied: 0 };
  fc.assert(
    fc.property(conditions, (condition) => {
      const chart = chartOf(condition);
      const compiled = compileExpression(condition);
      if (chart === undefined || !compiled.ok) return;
      const isImpossible = neverBegins(chart, 'c');
      const holds = inputs.some((input) => {
        const result = compiled.expression.render({ workflow: { input } });
        return result.ok && result.value === true;
      });
      if (isImpossible) seen.impossible += 1;
      if (!holds) seen.unsatisfied += 1;
      expect(isImpossible && holds).toBe(false);
    }),
    { numRuns: 400, seed: 18 },
  );

  expect(seen.unsatisfied).toBeGreaterThan(20);
  expect(seen.impossible / seen.unsatisfied).toBeGreaterThan(0.7);
});
