import type { JournalRecord } from '../../../events/record.ts';
import { type Chart, compileChart } from '../../../machines/chart/chart.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { isSigned } from '../../../machines/run/record/record-text.ts';
import type { Run } from '../../../machines/run/run.ts';
import { type DefinitionStore, DefinitionUnreadable } from '../../ports/definitions/definition-store.ts';

/** Charts by the content hash of their definitions, each compiled once. */
export type Charts = {
  /** Rejects with DefinitionMissing. */
  readonly byHash: (hash: string) => Promise<Chart>;
};

/**
 * The definition of a run is missing in the store, or not readable by this version. The reaction: leave the run
 * alone.
 */
export class DefinitionMissing extends Error {
  override readonly name = 'DefinitionMissing';
  readonly code = 'definition.missing';
}

/** The most cached charts; the least recently used is dropped. */
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
  const result = loadDefinition({ file: stored.file, content: stored.text, isAccepted: true });
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

/** An error that repeats: reading again does not help. */
function asMissing(error: unknown): never {
  if (error instanceof DefinitionUnreadable) throw new DefinitionMissing(error.message, { cause: error });

  throw error;
}

/**
 * The chart for a record: from a migration on, that of the version named in the head. `body` is the record's text if
 * it was not verified yet: an altered record must not make us look for a definition. Rejects with DefinitionMissing.
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
