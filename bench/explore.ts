import { readFile } from 'node:fs/promises';
import { compileChart } from '../machines/chart/chart.ts';
import { type LoadedDefinition, loadDefinition } from '../machines/language/load-definition.ts';
import { candidatesOf } from '../machines/prover/candidates/candidates-of.ts';
import { chooseScenarios } from '../machines/prover/coverage/choose.ts';
import { type Explored, explore } from '../machines/prover/explore/explore.ts';
import { evolve } from '../machines/run/record/evolve.ts';
import { definitionFiles, definitionsAt } from '../src/files/local-definitions.ts';
import { shippedPath } from '../src/files/package-path.ts';
import { retried } from './definitions.ts';
import { median } from './statistics.ts';

/** What it takes to explore definitions and to choose their scenarios. */
export type ExploreCost = {
  readonly fork: ExploredCost;
  /** All definitions that are shipped, together. */
  readonly library: ExploredCost & { readonly definitions: number };
};

/** `ms` in all; `scenes` looked at; `scenarios` chosen. */
export type ExploredCost = {
  readonly ms: number;
  readonly scenes: number;
  readonly scenarios: number;
  /** To plainly folding as many events as its moves led to. */
  readonly toFolding: number;
};

const rounds = 3;
const scenesMax = 20_000;

/** Needs no server: it is the core alone. */
export async function measureExplore(): Promise<ExploreCost> {
  const library = await shippedDefinitions();
  const forks = medianOf(() => exploreAll([retried(16)]));
  const shipped = medianOf(() => exploreAll(library));

  return { fork: forks, library: { ...shipped, definitions: library.length } };
}

function medianOf(once: () => ExploredCost): ExploredCost {
  const all = Array.from({ length: rounds }, once);
  const of = (pick: (each: ExploredCost) => number): number => median(all.map(pick));

  return {
    ms: of(({ ms }) => ms),
    scenes: of(({ scenes }) => scenes),
    scenarios: of(({ scenarios }) => scenarios),
    toFolding: of(({ toFolding }) => toFolding),
  };
}

function exploreAll(definitions: readonly LoadedDefinition[]): ExploredCost {
  let [ms, foldMs, scenes, scenarios] = [0, 0, 0, 0];
  for (const { definition, ref } of definitions) {
    const began = performance.now();
    const chart = compileChart(definition, ref);
    const candidates = candidatesOf(definition, chart);
    const explored = explore(chart, candidates, { scenesMax });
    scenarios += chooseScenarios(chart, candidates, explored).scenarios.length;
    ms += performance.now() - began;
    scenes += explored.scenes.size;
    foldMs += foldingMs(explored);
  }

  return { ms, scenes, scenarios, toFolding: ms / foldMs };
}

/** Every move once more, with all that was decided beforehand. */
function foldingMs({ scenes }: Explored): number {
  const began = performance.now();
  for (const { scene, edges } of scenes.values()) {
    for (const { events } of edges) {
      let { run } = scene;
      for (const { event } of events) run = evolve(run, event).run;
    }
  }

  return performance.now() - began;
}

async function shippedDefinitions(): Promise<readonly LoadedDefinition[]> {
  const found = await definitionsAt(await definitionFiles(shippedPath('definitions')));

  return Promise.all(
    found.map(async ({ path: file }) => {
      const result = loadDefinition({ file, content: await readFile(file, 'utf8') });
      if (!result.ok) throw new Error(`${file}: ${result.problems[0]?.message}`);
      return result.loaded;
    }),
  );
}
