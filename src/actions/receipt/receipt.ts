import { z } from 'zod';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Status = z.enum(['PASS', 'PARTIAL', 'FAIL']);

/** The part of a scan that a receipt tells; `files.scan` gives more, all of which is in the digest. */
export const ScanData = z.looseObject({
  folder: z.string(),
  total_files: z.int(),
  total_bytes: z.number(),
  scan_timestamp: z.iso.datetime(),
  unreadable_total: z.int().default(0),
});

/** The part of a validation that a receipt tells. */
export const ValidationData = z.looseObject({
  compliance_status: Status,
  compliance_score: z.int().min(0).max(100),
  checked_files: z.int(),
  missing_files: z.array(z.string()),
  violations: z.array(z.looseObject({ rule: z.string(), path: z.string().optional(), message: z.string() })),
  violations_total: z.int(),
});

/** What a VALIDATION.RECEIPT.yaml holds. */
export const Receipt = z.strictObject({
  receipt: z.strictObject({
    kind: z.literal('inventory-validation'),
    version: z.literal(1),
    status: Status,
    run: z.string(),
    task: z.string(),
    scanned_at: z.iso.datetime(),
    sirius_time: z.string(),
    note: z.string().optional(),
  }),
  folder: z.strictObject({
    path: z.string(),
    files: z.int(),
    bytes: z.number(),
    unreadable: z.int(),
  }),
  policy: z.strictObject({ name: z.string(), sha256: Sha256 }).optional(),
  compliance: z.strictObject({
    status: Status,
    score: z.int(),
    checked_files: z.int(),
    missing_files: z.array(z.string()),
    violations_total: z.int(),
    violations: z.array(z.string()),
  }),
  digests: z.strictObject({
    method: z.literal('sha256 of canonical JSON (RFC 8785)'),
    scan_data: Sha256,
    validation_data: Sha256,
  }),
});
export type Receipt = z.output<typeof Receipt>;
