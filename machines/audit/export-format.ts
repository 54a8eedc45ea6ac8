import { z } from 'zod';
import type { JournalRecord } from '../../events/record.ts';
import { DefinitionRef } from '../../events/run-events.ts';

/** The format that this program writes and reads. */
export const auditFormat = '3ox-audit/1';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected a SHA-256 in lower-case hex' });
/** Of one length, so that two of them compare as their texts do. */
const Time = z.iso.datetime({ precision: 3 });

/**
 * Who vouches for the export: `key` is the id of the public key, `value` the signature of `signedDigest` in
 * lower-case hex.
 */
export const ExportSignature = z.strictObject({
  key: z.string().regex(/^[0-9a-f]{16}$/, { error: 'expected 16 lower-case hex digits' }),
  algorithm: z.literal('ed25519'),
  value: z.string().regex(/^[0-9a-f]{128}$/, { error: 'expected 64 bytes in lower-case hex' }),
  signedAt: Time,
});
export type ExportSignature = Readonly<z.output<typeof ExportSignature>>;

/**
 * A run as it can be handed to somebody who has neither the project nor its NATS server: all that is needed to fold it
 * again, byte for byte.
 */
export const RunExport = z.strictObject({
  format: z.literal(auditFormat),
  run: z.string().min(1),
  exportedAt: Time,
  /** Every definition that a part of the run was folded with, as it was written, in the order of the run. */
  definitions: z.array(z.strictObject({ ref: DefinitionRef, text: z.string() })),
  /** The records of the journal in order, each the exact text that is stored. */
  records: z.array(z.string()).min(1),
  /** The last record: what a signature is about. */
  head: z.strictObject({ sequence: z.int().positive(), hash: Sha256 }),
  /** The values that the records only refer to: the canonical JSON of each by its SHA-256. */
  blobs: z.record(Sha256, z.string()).optional(),
  signature: ExportSignature.optional(),
});
export type RunExport = Readonly<z.output<typeof RunExport>>;

/** What an export is made of. `last` is the last record. */
export type ExportSource = Pick<RunExport, 'run' | 'definitions' | 'records' | 'blobs'> & {
  readonly last: Pick<JournalRecord, 'sequence' | 'hash'>;
};

/** An export that nobody has signed yet. `exportedAt` is ISO 8601 in UTC. */
export function exportOf({ last, ...source }: ExportSource, exportedAt: string): RunExport {
  const { sequence, hash } = last;

  return { format: auditFormat, exportedAt, ...source, head: { sequence, hash } };
}

/** The one text of an export. An export that was written in another way is found to be so by `verify`. */
export function exportText(document: RunExport): string {
  const { format, run, exportedAt, definitions, records, head, blobs, signature } = document;
  const inOrder = {
    format,
    run,
    exportedAt,
    head: { sequence: head.sequence, hash: head.hash },
    ...(signature === undefined ? {} : { signature: signatureInOrder(signature) }),
    definitions: definitions.map(({ ref: { id, version, hash }, text }) => ({
      ref: { id, version, hash },
      text,
    })),
    ...(blobs === undefined ? {} : { blobs: sortedByKey(blobs) }),
    records,
  };

  return `${JSON.stringify(inOrder, undefined, 1)}\n`;
}

function signatureInOrder({ key, algorithm, value, signedAt }: ExportSignature): ExportSignature {
  return { key, algorithm, value, signedAt };
}

function sortedByKey(blobs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(blobs).sort(([a], [b]) => (a < b ? -1 : 1)));
}
