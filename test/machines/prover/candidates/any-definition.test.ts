// Whatever a definition is made of, an exploration of it has to have something to begin with, soon. Method: definitions
// of every type of task, nested and joined at random, and what holds for the candidates of each.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileChart } from '../../../../machines/chart/chart.ts';
import { checkInput } from '../../../../machines/language/check-input.ts';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { candidatesOf } from '../../../../machines/prover/candidates/candidates-of.ts';
import { taskTypes } from '../../../../machines/task.ts';
import { definitionOf } from '../../../support/random-definition.ts';
import { recipes } from '../../../support/random-recipe.ts';

test('any definition has candidates for all that comes from outside, and inputs that it takes', () => {
  let loaded = 0;
  fc.assert(
    fc.property(recipes(2), (recipe) => {
      const content = JSON.stringify({ workflow: definitionOf(recipe, taskTypes) });
      const result = loadDefinition({ file: 'random.yaml', content });
      if (!result.ok) return;
      loaded += 1;
      const { definition, ref } = result.loaded;
      const chart = compileChart(definition, ref);
      const candidates = candidatesOf(definition, chart);

      for (const input of candidates.inputs) expect(checkInput(definition, input).ok).toBe(true);
      for (const id of chart.plan.keys()) {
        const lists = [candidates.results(id), candidates.signals(id), candidates.answers(id)];
        for (const list of lists) expect(list.length).toBeGreaterThan(0);
        for (const reader of candidates.readers(id)) expect(chart.plan.has(reader)).toBe(true);
      }
    }),
    { numRuns: 60, seed: 7 },
  );

  expect(loaded).toBeGreaterThan(20);
});
