import type { Json } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { type WhatIf, whatIf } from '../../../machines/prover/what-if/what-if.ts';
import { BlobNeeded } from '../../../machines/run/record/claim-check.ts';
import { leftAlone, statusOfDamaged } from '../../../machines/run/record/damage-text.ts';
import { erasureKeyIn } from '../../../machines/run/record/sealing.ts';
import type { Aside } from '../../../machines/run/run.ts';
import { messageOf } from '../../lib/text.ts';
import { SecretUnreadable } from '../../ports/access/secret-errors.ts';
import type { ProjectSecrets, RunSecrets } from '../../ports/access/secrets.ts';
import type { SubjectKeys } from '../../ports/access/subject-keys.ts';
import { RunArchived } from '../../ports/runs/archive.ts';
import { BlobDamaged, type BlobStore } from '../../ports/runs/blob-store.ts';
import type { WhatIfReport } from '../../ports/runs/what-ifs.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import { runContextOf } from '../run/engine-deps.ts';
import type { RunReader } from '../run-reader/run-reader.ts';

export type WhatIfSources = {
  readonly reader: Pick<RunReader, 'charts' | 'checked' | 'archived' | 'runs'>;
  readonly runSecrets: RunSecrets;
  /** Large values, and the secrets of the project, are not at hand without. */
  readonly blobs?: BlobStore | undefined;
  readonly projectSecrets?: ProjectSecrets | undefined;
  readonly subjectKeys?: SubjectKeys | undefined;
};

const noSecrets: ProjectSecrets = { get: () => undefined, values: () => ({}), all: () => [] };

/** What a run would have done by the definition of the chart. Rejects with RunNotFound. */
export async function whatIfOf(sources: WhatIfSources, run: string, chart: Chart): Promise<WhatIfReport> {
  try {
    return await recordedWhatIf(sources, run, chart);
  } catch (error) {
    const archived = error instanceof RunArchived ? await sources.reader.archived(run) : undefined;
    if (archived === undefined) throw error;
    const { definition, status } = archived.head;
    return { run, definition, status, whatIf: { kind: 'untold', why: messageOf(error) } };
  }
}

async function recordedWhatIf(sources: WhatIfSources, run: string, chart: Chart): Promise<WhatIfReport> {
  const { records, damage } = await soundRecords(sources, run);
  const head = records.at(-1)?.data.head;
  const definition = head?.definition ?? { id: 'unknown', version: 1, hash: '' };
  const migratedAt = records.findLast(({ type }) => type === 'run.migrated')?.sequence;
  const about = {
    run,
    definition,
    status: damage === undefined ? (head?.status ?? '') : statusOfDamaged(damage),
    ...(migratedAt === undefined ? {} : { migratedAt }),
  };
  if (damage !== undefined)
    return { ...about, whatIf: { kind: 'untold', why: `it ${leftAlone(damage)}: ${damage.message}` } };

  return { ...about, whatIf: await told(sources, records, { chart, run }) };
}

function erasedWords(at: string): string {
  return `its values were erased${at === '' ? '' : ` at ${at}`}, and what they led to cannot be told without them`;
}

async function soundRecords({ reader }: WhatIfSources, run: string) {
  const records: JournalRecord[] = [];
  for await (const each of reader.checked(run)) {
    if (each.kind === 'damaged') return { records, damage: each.damage };
    records.push(each.stored.record);
  }
  if (records.length === 0) throw new RunNotFound(run);

  return { records };
}

async function told(
  sources: WhatIfSources,
  records: readonly JournalRecord[],
  { chart, run }: { readonly chart: Chart; readonly run: string },
): Promise<WhatIf> {
  const erasureKey = erasureKeyIn(records[0]?.data.fact ?? {});
  const aside = await secretsOf(sources, chart, { run, erasureKey });
  const erasedAt = aside.sealing?.erasedAt;
  if (erasedAt !== undefined) return { kind: 'untold', why: erasedWords(erasedAt) };
  const charts = await chartsOf(sources, records);
  const found = await withLargeValues(sources.blobs, aside.blobs as Map<string, Json>, () =>
    whatIf(records, chart, { charts, aside }),
  );

  return typeof found === 'string' ? { kind: 'untold', why: found } : found;
}

/** The definitions that the records were folded by, by their hashes. */
async function chartsOf({ reader: { charts } }: WhatIfSources, records: readonly JournalRecord[]) {
  const hashes = [...new Set(records.map(({ data }) => data.head.definition.hash))];

  return new Map(await Promise.all(hashes.map(async (hash) => [hash, await charts.byHash(hash)] as const)));
}

/** What `act` comes to once all large values that it reads are at hand, or what is wrong where one is lost. */
export async function withLargeValues<T extends object>(
  blobs: BlobStore | undefined,
  atHand: Map<string, Json>,
  act: () => T,
): Promise<T | string> {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof BlobNeeded)) throw error;
      const lost = await bring(blobs, atHand, error);
      if (lost !== undefined) return lost;
    }
  }
}

/** What is kept of a run may have been sealed with a key that is not here: then nothing is. */
async function secretsOf(
  sources: WhatIfSources,
  chart: Chart,
  of: { readonly run: string; readonly erasureKey: string | undefined },
): Promise<Aside> {
  const { runSecrets, projectSecrets = noSecrets, subjectKeys } = sources;
  try {
    return await runContextOf({ runSecrets, projectSecrets, subjectKeys }, chart, of);
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    const none = { ...runSecrets, of: () => Promise.resolve({}) };
    return runContextOf({ runSecrets: none, projectSecrets, subjectKeys }, chart, of);
  }
}

/** Brings the large values that were asked for; says what is wrong where one is not there any more. */
async function bring(
  blobs: BlobStore | undefined,
  atHand: Map<string, Json>,
  { refs }: BlobNeeded,
): Promise<string | undefined> {
  for (const { $blob } of refs) {
    const text = await blobs?.get($blob.digest).catch(asNone);
    if (text === undefined) return `a value of ${$blob.bytes} bytes that it read is not stored any more`;
    atHand.set($blob.digest, JSON.parse(text) as Json);
  }

  return undefined;
}

function asNone(error: unknown): undefined {
  if (!(error instanceof BlobDamaged)) throw error;
}
