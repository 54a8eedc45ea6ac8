import { z } from 'zod';
import { canonicalJson } from '../../../events/canonical-json.ts';
import type { RunState } from '../../chart/run/run-state.ts';
import { sha256Hex } from '../../hash.ts';
import type { Run } from '../run.ts';
import type { ReadRecord } from './fold.ts';
import { headAsIn } from './head.ts';
import { isSigned } from './record-text.ts';

/** Raised with every change of what a snapshot says, or of what a state means within one version of the library. */
const format = 2;

const Snapshot = z.object({
  format: z.literal(format),
  /** The versions of what folded the run: another one may mean something else by the same state. */
  library: z.string(),
  /** The content hash of the definition. */
  definition: z.string(),
  run: z.string(),
  sequence: z.int().positive(),
  /** Where the record of that sequence stands in the journal, and its hash. */
  position: z.int().positive(),
  hash: z.string(),
  state: z.record(z.string(), z.unknown()),
});

/** A folded run at one of its events, kept outside of the journal. Nothing is lost with it but time. */
export type Snapshot = Omit<z.output<typeof Snapshot>, 'state'> & { readonly state: RunState };

/**
 * The snapshot of a run as text, behind the digest of all of it. The members keep their order, which canonical JSON
 * would not: tasks stand in the order of the definition, and effects and transitions are told in that order.
 */
export function snapshotText(
  run: Run,
  { position, library }: Pick<Snapshot, 'position' | 'library'>,
): string {
  const { state, sequence, hash, chart } = run;
  const definition = chart.ref.hash;
  const text = JSON.stringify({
    format,
    library,
    definition,
    run: state.run,
    sequence,
    position,
    hash,
    state,
  });

  return `${sha256Hex(text)}\n${text}`;
}

/** Reads what `snapshotText` wrote; undefined for anything else. */
export function readSnapshot(text: string): Snapshot | undefined {
  const end = text.indexOf('\n');
  const content = text.slice(end + 1);
  if (end < 0 || text.slice(0, end) !== sha256Hex(content)) return undefined;
  const read = Snapshot.safeParse(parsed(content));

  // What a state holds is told by the digest, and by the head of the record it belongs to: see `runAt`.
  return read.success ? (read.data as unknown as Snapshot) : undefined;
}

/**
 * The run at a snapshot, where `stored`, the record at its position, is exactly the one it was made at; undefined where
 * anything differs. `begun` is the run before its first event, as this program would fold it.
 */
export function runAt(
  snapshot: Snapshot,
  { begun, library, stored }: { readonly begun: Run; readonly library: string; readonly stored: ReadRecord },
): Run | undefined {
  const { state, sequence, hash } = snapshot;
  const { record, body } = stored;
  const isOfUs = snapshot.library === library && snapshot.definition === begun.chart.ref.hash;
  const isOfRecord = record.hash === hash && record.id === `${snapshot.run}/${sequence}`;
  if (!isOfUs || !isOfRecord || state.run !== snapshot.run || !isSigned(body, hash)) return undefined;
  const run = { ...begun, state, sequence, hash, time: record.time };

  const { head } = record.data;

  return canonicalJson(headAsIn(head, run)) === canonicalJson(head) ? run : undefined;
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // The digest of what is no JSON may be right all the same.
    return undefined;
  }
}
