import type { Finding } from '../finding.ts';
import type { Outline } from '../outline.ts';
import { didYouMean } from '../suggest.ts';
import type { KnownWorld } from './world.ts';

/** The models that tasks ask are there, and have a price where the run has a budget of money. */
export function checkModels({ sites, definition }: Outline, { models }: KnownWorld): readonly Finding[] {
  if (models === undefined) return [];
  const needsPrice = definition.budget?.most.money !== undefined;

  return sites.flatMap(({ task: { performer }, path }): readonly Finding[] => {
    if (performer.kind !== 'model') return [];
    const { alias } = performer.model;
    const model = models.find(({ name }) => name === alias);
    const names = models.map(({ name }) => name);
    if (model === undefined) {
      const rest = didYouMean(alias, names) || `; there are ${names.join(', ') || 'none'}. Declare it there`;
      const message = `there is no model "${alias}" in models.yaml${rest}`;
      return [{ code: 'definition.unknown-model', message, path: [...path, 'model'] }];
    }
    if (!needsPrice || model.isPriced) return [];
    const message = `the workflow has a budget of money, and models.yaml says no price of "${alias}": what is not known never counts as nothing`;

    return [{ code: 'definition.unpriced-model', message, path: [...path, 'model'] }];
  });
}
