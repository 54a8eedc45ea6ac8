// A receipt says what was validated and can be checked against the journal later. Method: write one, read it back,
// compute its digests again from what went in; then write it again, as after a crash.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { Receipt } from '../../src/actions/receipt/receipt.ts';
import { receiptWrite } from '../../src/actions/receipt-write.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';

const scan_data = {
  folder: 'station',
  total_files: 4,
  total_bytes: 100,
  file_list: [],
  scan_timestamp: '2025-10-07T14:20:00.000Z',
};
const validation_data = {
  compliance_status: 'FAIL',
  compliance_score: 50,
  checked_files: 4,
  missing_files: ['LICENSE'],
  violations: [{ rule: 'required', path: 'LICENSE', message: 'LICENSE missing' }],
  violations_total: 1,
};
const policy_data = { policy_name: 'Inventory', policy_sha256: 'a'.repeat(64) };
const digest = (value: Json) => createHash('sha256').update(canonicalJson(value)).digest('hex');
const write = (projectDir: string, input: Json, attempt = 1) =>
  receiptWrite(testAttempt({ projectDir, input, attempt, key: `run-1/a_task/${attempt}` }));

test('writes a receipt that fits its schema and whose digests can be computed again', async () => {
  const projectDir = await temporaryProject();
  const result = await write(projectDir, {
    output_folder: '0UT.3OX',
    validation_data,
    scan_data,
    policy_data,
  });

  const text = await readFile(join(projectDir, '0UT.3OX/VALIDATION.RECEIPT.yaml'), 'utf8');
  expect(result).toEqual({
    receipt_file: '0UT.3OX/VALIDATION.RECEIPT.yaml',
    receipt_sha256: createHash('sha256').update(text).digest('hex'),
    status: 'FAIL',
  });
  expect(Receipt.parse(load(text))).toEqual({
    receipt: {
      kind: 'inventory-validation',
      version: 1,
      status: 'FAIL',
      run: 'run-1',
      task: 'a_task',
      scanned_at: '2025-10-07T14:20:00.000Z',
      sirius_time: '⧗-25.61.1420',
    },
    folder: { path: 'station', files: 4, bytes: 100, unreadable: 0 },
    policy: { name: 'Inventory', sha256: 'a'.repeat(64) },
    compliance: {
      status: 'FAIL',
      score: 50,
      checked_files: 4,
      missing_files: ['LICENSE'],
      violations_total: 1,
      violations: ['LICENSE missing'],
    },
    digests: {
      method: 'sha256 of canonical JSON (RFC 8785)',
      scan_data: digest(scan_data),
      validation_data: digest(validation_data),
    },
  });
});

test('writes the very same receipt again for a repeated or a later attempt', async () => {
  const projectDir = await temporaryProject();
  const input = { path: 'r.yaml', validation_data, scan_data, status: 'PARTIAL', note: 'accepted' };
  const first = await write(projectDir, input);
  expect(await write(projectDir, input)).toEqual(first);
  expect(await write(projectDir, input, 2)).toEqual(first);
  expect(first).toMatchObject({ status: 'PARTIAL' });
});

test.each([
  [{ validation_data, scan_data }, 'action.invalid-input', /expected either "path" or "output_folder"/],
  [{ path: 'r.yaml', scan_data }, 'action.invalid-input', /"validation_data"/],
  [
    { path: 'r.yaml', validation_data: { ...validation_data, compliance_score: 101 }, scan_data },
    'action.invalid-input',
    /"validation_data\.compliance_score"/,
  ],
  [
    { path: 'r.yaml', validation_data, scan_data, policy_data: { ...policy_data, policy_sha256: 'x' } },
    'receipt.invalid',
    /sha256/,
  ],
  [{ path: 'r.txt', validation_data, scan_data }, 'file.unknown-format', /r\.txt/],
  [{ output_folder: '../out', validation_data, scan_data }, 'path.outside-project', /\.\./],
  [{ output_folder: '/tmp', validation_data, scan_data }, 'path.absolute', /absolute/],
])('refuses %j with %s', async (input, code, message) => {
  await expect(write(await temporaryProject(), input as Json)).rejects.toMatchObject({
    name: 'TaskError',
    code,
    retryable: false,
    message: expect.stringMatching(message),
  });
});
