import type { JournalRecord } from '../../../events/record.ts';
import { type Chart, compileChart } from '../../../machines/chart/chart.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { isSigned } from '../../../machines/run/record/create-record.ts';
import type { Run } from '../../../machines/run/run.ts';
import { type DefinitionStore, DefinitionUnreadable } from '../../ports/definitions/definition-store.ts';

/** Compiled definitions by content hash, each compiled once. */
export type Charts = {
  /** Rejects with DefinitionMissing. */
  readonly byHash: (hash: string) => Promise<Chart>;
};

/**
 * The definition of a run is not in the store, or not readable by this version. The reaction: the run is left
 * alone.
 */
export class DefinitionMissing extends Error {
  override readonly name = 'DefinitionMissing';
  readonly code = 'definition.missing';
}

/** The most charts that are kept; the one used longest ago is dropped. */
const chartsMax = 200;

export function createCharts(store: DefinitionStore): Charts {
  const charts = new Map<string, Promise<Chart>>();

  return {
    byHash: (hash) => {
      const chart = charts.get(hash) ?? compile(store, hash);
      charts.delete(hash);
      charts.set(hash, chart);
      chart.catch(() => charts.delete(hash));
      const [oldest] = charts.keys();
      if (charts.size > chartsMax && oldest !== undefined) charts.delete(oldest);

      return chart;
    },
  };
}

async function compile(store: DefinitionStore, hash: string): Promise<Chart> {
  const stored = await store.byHash(hash).catch(asMissing);
  if (stored === undefined) throw new DefinitionMissing(`no definition with the hash ${hash} is stored`);
  const result = loadDefinition({ file: stored.file, content: stored.text });
  if (!result.ok) {
    const [first] = result.problems;
    throw new DefinitionMissing(
      `the stored definition ${stored.ref.id} version ${stored.ref.version} cannot be read by this version: ${first?.message ?? ''}`,
    );
  }
  if (result.loaded.ref.hash !== hash) {
    throw new DefinitionMissing(`the definition stored under ${hash} has the hash ${result.loaded.ref.hash}`);
  }

  return compileChart(result.loaded.definition, stored.ref);
}

/** Reading it again does not help. */
function asMissing(error: unknown): never {
  if (error instanceof DefinitionUnreadable) throw new DefinitionMissing(error.message, { cause: error });

  throw error;
}

/**
 * The run as it takes a record: from the one that migrated it on, it goes by the version that its head names. `body` is
 * its text where it was not verified yet: what an altered record names is not looked for. Rejects with
 * DefinitionMissing.
 */
export async function chartForRecord(
  run: Run,
  { record, body }: { readonly record: JournalRecord; readonly body?: string },
  charts: Charts,
): Promise<Run> {
  const { hash } = record.data.head.definition;
  if (record.type !== 'run.migrated' || hash === run.chart.ref.hash) return run;
  if (body !== undefined && !isSigned(body, record.hash)) return run;

  return { ...run, chart: await charts.byHash(hash) };
}
