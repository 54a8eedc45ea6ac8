import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { siriusTime } from '../../machines/sirius-time.ts';
import { writeDocument } from '../files/write-document.ts';
import { type Attempt, TaskError } from '../ports/work/handler.ts';
import { defineAction } from './action.ts';
import { Receipt, ScanData, ValidationData } from './receipt/receipt.ts';

const Input = z
  .strictObject({
    /** The receipt's file; or give the folder it goes to under its usual name. */
    path: z.string().min(1).optional(),
    output_folder: z.string().min(1).optional(),
    validation_data: ValidationData,
    scan_data: ScanData,
    policy_data: z.looseObject({ policy_name: z.string(), policy_sha256: z.string() }).optional(),
    status: z.enum(['PASS', 'PARTIAL', 'FAIL']).optional(),
    note: z.string().optional(),
  })
  .refine(({ path, output_folder }) => (path === undefined) !== (output_folder === undefined), {
    error: 'expected either "path" or "output_folder"',
  });
type Input = z.output<typeof Input>;

const fileName = 'VALIDATION.RECEIPT.yaml';

/**
 * `receipt.write`: the result of a validation as a file to keep, with digests of what it was made from. It depends on
 * its input and run alone, not on when it is written, so that writing it again after a crash changes nothing.
 */
export const receiptWrite = defineAction(
  'receipt.write',
  {
    input: Input,
    outputs: { receipt_file: 'text', receipt_sha256: 'text', status: 'text' },
    errors: ['receipt.invalid'],
  },
  async (attempt, input) => {
    const path = input.path ?? `${input.output_folder}/${fileName}`;
    const receipt = Receipt.safeParse(makeReceipt(attempt, input));
    if (!receipt.success) {
      throw new TaskError(
        'receipt.invalid',
        `the receipt does not fit its schema: ${z.prettifyError(receipt.error)}`,
      );
    }
    const written = await writeDocument({ projectDir: attempt.projectDir, path, value: receipt.data });

    return {
      receipt_file: written.path,
      receipt_sha256: written.sha256,
      status: receipt.data.receipt.status,
    };
  },
);

function makeReceipt(attempt: Attempt, input: Input): Receipt {
  const { scan_data: scan, validation_data: validation, policy_data: policy, note } = input;

  return {
    receipt: {
      kind: 'inventory-validation',
      version: 1,
      status: input.status ?? validation.compliance_status,
      run: attempt.run,
      task: attempt.task,
      scanned_at: scan.scan_timestamp,
      sirius_time: siriusTime(scan.scan_timestamp),
      ...(note === undefined ? {} : { note }),
    },
    folder: {
      path: scan.folder,
      files: scan.total_files,
      bytes: scan.total_bytes,
      unreadable: scan.unreadable_total,
    },
    ...(policy === undefined ? {} : { policy: { name: policy.policy_name, sha256: policy.policy_sha256 } }),
    compliance: {
      status: validation.compliance_status,
      score: validation.compliance_score,
      checked_files: validation.checked_files,
      missing_files: validation.missing_files,
      violations_total: validation.violations_total,
      violations: validation.violations.map(({ message }) => message),
    },
    digests: {
      method: 'sha256 of canonical JSON (RFC 8785)',
      ...inputDigests(attempt.input),
    },
  };
}

/** Taken over the input as it came, before defaults were filled in: whoever has the journal gets the same digests. */
function inputDigests(input: Json): { scan_data: string; validation_data: string } {
  const { scan_data, validation_data } = z
    .object({ scan_data: z.json(), validation_data: z.json() })
    .parse(input);

  return { scan_data: digest(scan_data), validation_data: digest(validation_data) };
}

function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
