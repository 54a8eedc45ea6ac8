import { type BlobRef, isBlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import type { Fact, FactMembers } from '../../../events/catalogue.ts';
import { signalsSpread } from '../../../machines/chart/tasks/output-mapping.ts';
import { isMapping, type Mapping } from '../../../machines/language/mapping.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { BlobNeeded, claimCheck, gathered, unclaimed } from '../../../machines/run/record/claim-check.ts';
import { redactFact } from '../../../machines/run/record/redact.ts';
import { sealFact } from '../../../machines/run/record/sealing.ts';
import { emptyAside, type Run } from '../../../machines/run/run.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import { RecordTooLarge } from '../../ports/runs/journal.ts';

/** The most bytes of one value: larger ones belong in files. */
export const blobBytesMax = 32 * 1024 * 1024;

/** A value that the journal refers to is missing. The reaction: whatever needs it fails. */
class BlobMissing extends Error {
  override readonly name = 'BlobMissing';
  readonly code = 'blob.missing';

  constructor({ $blob }: BlobRef) {
    super(
      `a value of ${$blob.bytes} bytes (digest ${$blob.digest.slice(0, 12)}) is not in the blob store any more`,
    );
  }
}

/** The most large values cached for one run. */
const atHandMax = 64;

/**
 * Runs `act`, and loads the large values that it needs. Rejects with BlobMissing, BlobDamaged, BlobUnavailable, and
 * with the errors of `act`.
 */
export async function withBlobs<T>(
  store: BlobStore,
  run: () => Pick<Run, 'aside'>,
  act: () => T | Promise<T>,
): Promise<T> {
  for (let round = 0; ; round += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof BlobNeeded)) throw error;
      const atHand = run().aside.blobs as Map<string, Json>;
      // What it needed before, it needs again.
      if (round === 0 && atHand.size + error.refs.length > atHandMax) atHand.clear();
      await bring(store, atHand, error.refs);
    }
  }
}

/** A value that was just stored is likely to be read next. */
function keptAtHand(
  { aside }: Run,
  { digest, text }: { readonly digest: string; readonly text: string },
): void {
  const atHand = aside.blobs as Map<string, Json>;
  if (atHand.size >= atHandMax) atHand.clear();
  atHand.set(digest, JSON.parse(text) as Json);
}

async function bring(store: BlobStore, atHand: Map<string, Json>, refs: readonly BlobRef[]): Promise<void> {
  const digests = new Map(refs.map((ref) => [ref.$blob.digest, ref]));
  for (const [digest, ref] of digests) {
    const text = await store.get(digest);
    if (text === undefined) throw new BlobMissing(ref);
    atHand.set(digest, JSON.parse(text) as Json);
  }
}

/** The input of another run with the contents of its references: nothing of this run is cached yet. */
export async function contentOf(
  store: BlobStore,
  input: Readonly<Record<string, Json>>,
): Promise<Readonly<Record<string, Json>>> {
  const blobs = new Map<string, Json>();
  const at = { aside: { ...emptyAside, blobs } };

  return withBlobs(
    store,
    () => at,
    () => unclaimed(at, input) as Readonly<Record<string, Json>>,
  );
}

/** The output of a run, large and sealed values included. */
export function wholeOutput(store: BlobStore, run: Pick<Run, 'aside' | 'state'>): Promise<Json> {
  const own = { aside: { ...run.aside, blobs: new Map(run.aside.blobs) } };
  const { output = null } = run.state;
  const told = isMapping(output) ? withSignals(output) : output;

  return withBlobs(
    store,
    () => own,
    () => unclaimed(own, told),
  );
}

/** Only the values may be outputs of tasks: the names are those that the run gives. */
function withSignals(output: Mapping): Json {
  return Object.fromEntries(Object.entries(output).map(([name, each]) => [name, signalsSpread(each)]));
}

/** The state of a run as an event tells it. What is large is stored. Rejects with BlobMissing, BlobUnavailable. */
export async function toldState(store: BlobStore, state: Json): Promise<Json> {
  const atHand = new Map<string, Json>();
  const at = { aside: { ...emptyAside, blobs: atHand } };
  const told = await withBlobs(
    store,
    () => at,
    () => gathered(state, atHand),
  );
  for (const blob of told.blobs) await store.put(blob);

  return told.value;
}

type FirstCommand = Extract<Command, { kind: 'startRun' | 'forkRun' }>;

/** What a run begins with: where it goes on from another one, the state as an event tells it. */
export async function toldFirst(store: BlobStore, command: FirstCommand): Promise<FirstCommand> {
  if (command.kind === 'startRun') return command;

  return { ...command, state: await toldState(store, command.state) };
}

/**
 * The fact as it may be recorded: without secrets, sealed where its definition says so, and with references to large
 * values, which are stored first.
 * Rejects with BlobUnavailable, RecordTooLarge.
 */
export async function storable(blobs: BlobStore, run: Run, fact: Fact): Promise<Fact> {
  const claimed = claimCheck(sealFact(run, redactFact(fact, run.aside.hidden)));
  const { log }: FactMembers = claimed.fact.data;
  for (const blob of claimed.blobs) {
    if (blob.bytes > blobBytesMax)
      throw new RecordTooLarge(`${run.state.run}/${run.sequence + 1}`, blob.bytes, blobBytesMax);
    await blobs.put(blob);
    // What an attempt printed is read by people alone: thousands of runs that wait would hold it in memory.
    if (!isBlobRef(log) || log.$blob.digest !== blob.digest) keptAtHand(run, blob);
  }

  return claimed.fact;
}
