import type { Json } from '../../events/canonical-json.ts';
import { digestsIn } from '../../machines/audit/check-blobs.ts';
import type { ExportSource } from '../../machines/audit/export-format.ts';
import { type Audits, NoSuchEvent } from '../ports/audits.ts';
import { BlobDamaged, type BlobStore } from '../ports/blob-store.ts';
import { type Damage, RunQuarantined } from '../ports/damage.ts';
import { type DefinitionStore, DefinitionUnreadable } from '../ports/definition-store.ts';
import type { Journal, Stored } from '../ports/journal.ts';
import type { Snapshots } from '../ports/snapshots.ts';
import { RunNotFound, type Workflows } from '../ports/workflows.ts';
import type { Charts } from './charts.ts';
import type { KeptRuns } from './kept-runs.ts';
import { loadRun } from './load-run.ts';
import { readOrQuarantine } from './quarantine.ts';
import { toView } from './questions.ts';

type Sources = {
  readonly journal: Journal;
  readonly definitions: DefinitionStore;
  readonly charts: Charts;
  /** Large values are left out without. */
  readonly blobs?: BlobStore | undefined;
  readonly snapshots?: Snapshots | undefined;
  readonly kept?: KeptRuns | undefined;
};

/** Answers what can be asked of the past of runs, from the journal. */
export function createAudits(sources: Sources): Audits & Pick<Workflows, 'viewAt'> {
  const { journal, charts, snapshots, kept } = sources;

  return {
    auditSource: (run) => auditSource(sources, run),
    viewAt: async (id, at) => {
      // Its latest events are looked at most: a snapshot made before them is as good here as for the run itself.
      const { run, time } = await readOrQuarantine({ journal, charts, snapshots }, id, (from) =>
        from !== undefined && kept !== undefined
          ? kept.load(id, at)
          : loadRun(journal, charts, id, { until: at, snapshots: from }),
      );
      if (run.sequence !== at) throw new NoSuchEvent(at, run.sequence);

      return toView(run, new Date(time).toISOString());
    },
  };
}

async function auditSource({ journal, definitions, blobs }: Sources, run: string): Promise<ExportSource> {
  const stored: Stored[] = [];
  for await (const each of journal.read(run)) stored.push(each);
  const records = stored.flatMap((each) => (each.kind === 'record' ? [each.record] : []));
  const last = records.at(-1);
  const [first] = stored;
  if (first === undefined) throw new RunNotFound(run);
  if (last === undefined) throw new RunQuarantined(unreadable(first));
  const hashes = new Set(records.map(({ data }) => data.head.definition.hash));
  const found = await Promise.all([...hashes].map((hash) => readDefinition(definitions, hash)));
  const digests = new Set(records.flatMap(({ data }) => digestsIn(data.fact as Json)));
  const values =
    blobs === undefined ? [] : await Promise.all([...digests].map((each) => readBlob(blobs, each)));

  return {
    run,
    definitions: found.flat(),
    records: stored.map(({ body }) => body),
    ...(digests.size === 0 ? {} : { blobs: Object.fromEntries(values.flat()) }),
    last,
  };
}

/** Not one of the messages is a record. */
function unreadable({ position, ...first }: Stored): Damage {
  const message = first.kind === 'foreign' ? first.reason : 'no record can be read';

  return { code: 'journal.foreign', sequence: 1, position, message };
}

/** One that is not stored any more is left out: whoever verifies the export is told of it. */
async function readDefinition(store: DefinitionStore, hash: string): Promise<ExportSource['definitions']> {
  try {
    const found = await store.byHash(hash);
    return found === undefined ? [] : [{ ref: found.ref, text: found.text }];
  } catch (error) {
    if (error instanceof DefinitionUnreadable) return [];
    throw error;
  }
}

async function readBlob(store: BlobStore, digest: string): Promise<readonly (readonly [string, string])[]> {
  try {
    const text = await store.get(digest);
    return text === undefined ? [] : [[digest, text]];
  } catch (error) {
    if (error instanceof BlobDamaged) return [];
    throw error;
  }
}
