import { type Chart, compileChart } from '../../../machines/chart/chart.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import { type Charts, DefinitionMissing } from '../../../src/engine/run-reader/charts.ts';
import type { StoredDefinition } from '../../../src/ports/definitions/definition-store.ts';

/** Compiled once for all seeds: what a hash stands for never changes. */
const compiled = new Map<string, Chart>();
const newer = new Map<string, LoadedDefinition>();

/** The chart of a definition that is registered; undefined for one that is not. */
export function chartOf(registered: readonly StoredDefinition[], hash: string): Chart | undefined {
  const stored = registered.find(({ ref }) => ref.hash === hash);
  if (stored === undefined) return undefined;
  const known = compiled.get(hash);
  if (known !== undefined) return known;
  const chart = compileChart(loaded(stored.text).definition, stored.ref);
  compiled.set(hash, chart);

  return chart;
}

export function chartsOf(registered: readonly StoredDefinition[]): Charts {
  return {
    byHash: async (hash) => {
      const chart = chartOf(registered, hash);
      if (chart === undefined) throw new DefinitionMissing(`no definition with the hash ${hash} is stored`);

      return chart;
    },
  };
}

/** The next version of a definition, which says the same. */
export function upgradeOf({ ref, text }: LoadedDefinition): LoadedDefinition {
  const known = newer.get(ref.hash);
  if (known !== undefined) return known;
  const upgraded = loaded(text.replace(`version: ${ref.version}`, `version: ${ref.version + 1}`));
  newer.set(ref.hash, upgraded);

  return upgraded;
}

function loaded(text: string): LoadedDefinition {
  const result = loadDefinition({ file: 'simulated.yaml', content: text });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('; '));

  return result.loaded;
}
