import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import type { Chart } from '../compile/chart.ts';
import type { RunState } from '../compile/run-state.ts';
import type { Blob } from '../run/claim-check.ts';
import type { Run } from '../run/run.ts';
import { taskMismatch, text } from './same-work.ts';
import { heldAgainst, type WhatIf } from './what-if.ts';

/**
 * The state in which a run would go on by another version, with the large values in it that were not there before, or
 * why it stays on its own. They have to be stored before the state is recorded.
 */
export type Landing =
  | { readonly ok: true; readonly state: Json; readonly blobs: readonly Blob[] }
  | { readonly ok: false; readonly why: string };

/**
 * Where a run under way, folded from these records, would be by another version of its definition. It may go on there
 * only where everything that had to do with the outside is the very same, and nothing else would have had to happen by
 * `now` (ISO 8601, UTC). Throws BlobNeeded.
 */
export function landing(
  run: Run,
  records: readonly JournalRecord[],
  { chart, now }: { readonly chart: Chart; readonly now: string },
): Landing {
  const differs = otherSecrets(run.chart, chart);
  if (differs !== undefined) return { ok: false, why: differs };
  const blobs = new Map(run.aside.blobs);
  const { whatIf, run: other } = heldAgainst(records, chart, { ...run.aside, blobs });
  if (whatIf.kind === 'untold') return { ok: false, why: whatIf.why };
  if (other === undefined || whatIf.kind === 'needs') return { ok: false, why: whyNot(whatIf) };
  const mismatch = runMismatch(run.state, other.state) ?? taskMismatch({ run, other }, now);
  if (mismatch !== undefined) return { ok: false, why: whyNot(whatIf, mismatch) };
  const { requests: _requests, refusedRequests: _refused, refusedAnswers: _answers, ...state } = other.state;
  const { requests, refusedRequests, refusedAnswers } = run.state;
  const landed = canonicalJson({ ...state, requests, refusedRequests, refusedAnswers });

  // As the journal will give it back, members sorted: tasks are told in the order in which they stand.
  return { ok: true, state: JSON.parse(landed) as Json, blobs: madeIn(landed, blobs, run.aside.blobs) };
}

function whyNot(whatIf: Exclude<WhatIf, { kind: 'untold' }>, mismatch?: string): string {
  if (whatIf.kind === 'same') return mismatch ?? 'it has not begun';

  return [`event ${whatIf.at}: ${whatIf.how}`, ...(mismatch === undefined ? [] : [mismatch])].join('; ');
}

/** What was not at hand before was made on the way, and is in no store. */
function madeIn(
  landed: string,
  blobs: ReadonlyMap<string, Json>,
  before: ReadonlyMap<string, Json>,
): readonly Blob[] {
  return [...blobs].flatMap(([digest, value]) => {
    if (before.has(digest) || !landed.includes(digest)) return [];
    const content = canonicalJson(value);
    return [{ digest, text: content, bytes: new TextEncoder().encode(content).byteLength }];
  });
}

/** What was recorded as `***`, or openly, would be read as the other. */
function otherSecrets({ definition: before }: Chart, { definition: after }: Chart): string | undefined {
  const names = new Set([...Object.keys(before.input), ...Object.keys(after.input)]);
  const other = [...names].find(
    (name) => (before.input[name]?.secret ?? false) !== (after.input[name]?.secret ?? false),
  );

  return other === undefined ? undefined : `the input ${other} is secret in one of the versions only`;
}

/** What the engine knows of the run beside its tasks has to stay as it is. */
const kept = [
  'phase',
  'concurrencyKey',
  'orphans',
  'signals',
  'undoable',
  'alertedAt',
  'pausedBy',
  'ending',
] as const;

function runMismatch(before: RunState, after: RunState): string | undefined {
  const other = kept.find((name) => canonical(before[name]) !== canonical(after[name]));

  return other === undefined
    ? undefined
    : `${other} would be ${text(after[other])} instead of ${text(before[other])}`;
}

function canonical(value: unknown): string {
  return canonicalJson(value ?? null);
}
