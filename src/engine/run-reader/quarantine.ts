import { foldRecord, JournalDamaged, verifyFirst } from '../../../machines/run/record/fold.ts';
import { newRun, type Run } from '../../../machines/run/run.ts';
import { type Damage, type Journal, RunQuarantined, type Stored } from '../../ports/runs/journal.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import { type Charts, chartForRecord, DefinitionMissing } from './charts.ts';

/** A message of a run's journal: the run after it, or the damage of it or of an earlier one. */
export type Checked = Sound | { readonly kind: 'damaged'; readonly stored: Stored; readonly damage: Damage };

export type Sound = {
  readonly kind: 'sound';
  readonly stored: Extract<Stored, { kind: 'record' }>;
  readonly run: Run;
};

type Sources = { readonly journal: Journal; readonly charts: Charts };

/** The messages of a run from its first on, each record verified: hash, chain, and that the run accepts it. */
export async function* checked(messages: AsyncIterable<Stored>, charts: Charts): AsyncIterable<Checked> {
  let run: Run | undefined;
  let damage: Damage | undefined;
  for await (const stored of messages) {
    const taken: Checked =
      damage === undefined ? await taking(run, stored, charts) : { kind: 'damaged', stored, damage };
    if (taken.kind === 'sound') run = taken.run;
    else damage = taken.damage;
    yield taken;
  }
}

async function taking(run: Run | undefined, stored: Stored, charts: Charts): Promise<Checked> {
  try {
    return await next(run, stored, charts);
  } catch (error) {
    const damage = damageOf(error, { sequence: (run?.sequence ?? 0) + 1, position: stored.position });
    if (damage === undefined) throw error;

    return { kind: 'damaged', stored, damage };
  }
}

/** How far the journal of a run is sound, and what is wrong after that. */
export async function soundPart(
  journal: Journal,
  charts: Charts,
  id: string,
): Promise<{ readonly last?: Sound; readonly damage?: Damage }> {
  let last: Sound | undefined;
  for await (const each of checked(journal.read(id), charts)) {
    if (each.kind === 'damaged') return { ...(last === undefined ? {} : { last }), damage: each.damage };
    last = each;
  }

  return last === undefined ? {} : { last };
}

async function next(run: Run | undefined, stored: Stored, charts: Charts): Promise<Sound> {
  if (stored.kind === 'foreign') {
    const sequence = (run?.sequence ?? 0) + 1;
    throw new JournalDamaged(stored.code, sequence, `no record of this run: ${stored.reason}`);
  }
  if (run !== undefined) {
    return { kind: 'sound', stored, run: foldRecord(await chartForRecord(run, stored, charts), stored) };
  }
  // The definition that the first record names counts only if the record is unaltered.
  verifyFirst(stored);

  const chart = await charts.byHash(stored.record.data.head.definition.hash);

  return { kind: 'sound', stored, run: foldRecord(newRun(chart), stored) };
}

type Place = { readonly sequence: number; readonly position: number };

/** What is wrong with a run, if the error is permanent; undefined if it may be transient. */
function damageOf(error: unknown, place: Place): Damage | undefined {
  if (error instanceof JournalDamaged) {
    return { code: error.code, ...place, sequence: error.sequence, message: error.detail };
  }
  if (error instanceof DefinitionMissing) {
    return { code: error.code, ...place, sequence: 1, message: error.message };
  }
  // Content that breaks the fold will do so again.
  if (error instanceof RangeError || error instanceof TypeError) {
    return { code: 'journal.unexplained', ...place, message: `it cannot be folded: ${error.message}` };
  }

  return undefined;
}

/**
 * Reads a run. A damaged one is read again, because on a cluster another replica may answer, and without its
 * snapshot, which may itself be wrong; then from its first event on, to locate the damage. Rejects with
 * RunQuarantined, and as `load` does.
 */
export async function readOrQuarantine<Loaded>(
  sources: Sources & { readonly snapshots?: Snapshots | undefined },
  id: string,
  load: (snapshots: Snapshots | undefined) => Promise<Loaded>,
): Promise<Loaded> {
  let snapshots: Snapshots | undefined;
  try {
    return await load(sources.snapshots);
  } catch (first) {
    if (!isLasting(first)) throw first;
    // Only a snapshot shows that the journal lost its end.
    if (isTruncation(first)) snapshots = sources.snapshots;
  }
  try {
    return await load(snapshots);
  } catch (second) {
    if (!isLasting(second)) throw second;
    throw new RunQuarantined(await located(sources, id, second));
  }
}

function isTruncation(error: unknown): boolean {
  return error instanceof JournalDamaged && error.code === 'journal.truncated';
}

function isLasting(error: unknown): boolean {
  return damageOf(error, { sequence: 0, position: 0 }) !== undefined;
}

/**
 * The damage and its place. A journal with a sound chain may still be damaged: a replay gives other records, or a
 * snapshot holds events that are lost.
 */
async function located({ journal, charts }: Sources, id: string, error: unknown): Promise<Damage> {
  let place = { sequence: 0, position: 0 };
  for await (const each of checked(journal.read(id), charts)) {
    if (each.kind === 'damaged') return each.damage;
    const { sequence } = each.run;
    if (!(error instanceof JournalDamaged) || sequence <= error.sequence)
      place = { sequence, position: each.stored.position };
  }
  const damage = damageOf(error, place);
  if (damage === undefined) throw error;

  return damage;
}
