// What records and errors say, in the words that the laws ask for.

import { isBlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import type { Docket } from './docket.ts';

/** The runs that a run says it has started and does not wait for. */
export function startedBy(docket: Docket): readonly string[] {
  return docket.records().flatMap(({ type, data }) => {
    const { run, status }: FactMembers = data.fact;
    const isStarted = type === 'failure-workflow.started' || (type === 'child.ended' && status === 'STARTED');

    return isStarted && run !== undefined ? [run] : [];
  });
}

/** What may be told of a run that has not ended. */
export const notEnds: ReadonlySet<string> = new Set(['STARTED', 'REFUSED', 'NOT_STARTED']);

/** Errors with a code are understood; a refusal is an object with one. */
function isForeseen(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is wrong with a trouble that an engine tells of, of a run that may be damaged or of one that is sound. */
export function wrongIn(error: unknown, mayBeDamaged: boolean): string | undefined {
  if (!isForeseen(error)) return `met what nobody foresaw: ${String((error as Error)?.stack ?? error)}`;
  const { code } = error as { readonly code?: string };

  return code === 'run.quarantined' && !mayBeDamaged
    ? `quarantines a sound run: ${textOf(error)}`
    : undefined;
}

export function tokenIn(output: Json | undefined): string | undefined {
  const token = memberOf(output, 'token');

  return typeof token === 'string' ? token : undefined;
}

/** What a worker of ours said when it failed; other failures are the engine's own. */
export function wordIn({ message }: ErrorData): string | undefined {
  return message === 'worker broke' || message === 'as it was asked to' ? message : undefined;
}

/** The digests of the large values that it refers to. */
function blobsIn(value: Json): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isBlobRef(value)) return [value.$blob.digest];

  return (Array.isArray(value) ? value : Object.values(value)).flatMap(blobsIn);
}

/** The beginnings of the digests of large values that a record refers to and that are not kept as they were. */
export function missingBlobs(blobs: ReadonlyMap<string, string>, { data }: JournalRecord): readonly string[] {
  const isKept = (text: string | undefined, digest: string) =>
    text !== undefined && sha256Hex(text) === digest;

  return blobsIn(data as unknown as Json)
    .filter((digest) => !isKept(blobs.get(digest), digest))
    .map((digest) => digest.slice(0, 8));
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;

  return (value as Readonly<Record<string, Json>>)[name];
}

export function told({ type, data: { fact }, actor }: JournalRecord): string {
  const { task, attempt, timer }: FactMembers = fact;
  const about = [task, attempt, timer].map((each) => each ?? '');

  return `${type} ${about.join(' ')} by ${actor}`;
}
