// What `audit verify` says of a receipt, by its run in an export. Method: the command line, runs of the real core, and
// receipts that are changed as somebody would who knows how they are made.
import { expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { type ReceiptProof, receiptOf } from '../../../machines/audit/receipt.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { publicKeyText } from '../../../src/keys/public-key-file.ts';
import {
  exportedAt,
  exportedRun,
  forged,
  pair,
  signedBy,
  textOf,
} from '../../machines/audit/exported-run.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';
import { createProject } from '../project.ts';

const text = `workflow:
  id: delivery
  version: 2
  input: {required: [pieces]}
  tasks:
    - {id: pack, uses: noop, receipt: {schema: {pieces: number}, to: pack.yaml}}
    - {id: agree, type: HUMAN, depends_on: pack, approvers: {names: [ana]}}
`;

type Receipt = { readonly pieces: number; readonly proof: ReceiptProof };

/** A run that packed so many pieces, and the receipt of it as the engine makes it. */
function packed(pieces: number, output: Json = { pieces }) {
  const chart = chartOfText(text);
  const before = startedRun(chart, { pieces });
  const receipt = receiptOf(before.run(), { task: 'pack', attempt: 1 }, output) as unknown as Receipt;
  const { bodies } = before.completes('pack', { pieces });

  return { receipt, document: exportedRun({ ref: chart.ref, text, bodies }) };
}

const { receipt, document } = packed(3);
const { proof } = receipt;

/** As somebody would write it who makes the digest fit as well. */
function withContent(pieces: number): Receipt {
  return { pieces, proof: { ...proof, digest: sha256Hex(canonicalJson({ pieces })) } };
}

async function verified(given: unknown, flags = '', exported = document) {
  const { cli } = await createProject({
    'receipt.json': JSON.stringify(given),
    'run.json': textOf(exported),
  });
  const { exit, out } = await cli(`audit verify receipt.json --export run.json --json ${flags}`);
  const { ok, problems } = JSON.parse(out);

  return { exit, ok, codes: problems.map(({ code }: { code: string }) => code), problems };
}

test('a receipt is proven by its run, also after the run went on', async () => {
  expect(await verified(receipt)).toMatchObject({ exit: 0, ok: true, codes: [] });
});

test.each<[string, unknown, string, string]>([
  ['edited', { ...receipt, pieces: 4 }, 'receipt.edited', 'was changed after pack of run test-run gave it'],
  ['edited by a member more', { ...receipt, paid: true }, 'receipt.edited', 'was changed'],
  [
    'forged, with a digest that fits',
    withContent(4),
    'receipt.forged',
    'another result of attempt 1 of pack',
  ],
  ['of an event that never was', { ...receipt, proof: { ...proof, event: 40 } }, 'receipt.foreign', '40'],
  [
    'of an event with another hash',
    { ...receipt, proof: { ...proof, hash: 'a'.repeat(64) } },
    'receipt.foreign',
    'has another hash',
  ],
  [
    'of another definition',
    { ...receipt, proof: { ...proof, definition: { ...proof.definition, version: 1 } } },
    'receipt.foreign',
    'went by delivery version 2',
  ],
  ['of another run', { ...receipt, proof: { ...proof, run: 'other-run' } }, 'receipt.foreign', 'other-run'],
  [
    'of a task that did not complete',
    { ...receipt, proof: { ...proof, task: 'agree' } },
    'receipt.unrecorded',
    'does not hold that attempt 1 of agree completed',
  ],
  [
    'of an attempt that never was',
    { ...receipt, proof: { ...proof, attempt: 2 } },
    'receipt.unrecorded',
    'attempt 2 of pack',
  ],
  [
    'without a digest',
    { ...receipt, proof: { ...proof, digest: undefined } },
    'receipt.format',
    'proof.digest',
  ],
  ['of a run that cannot be', { ...receipt, proof: { ...proof, run: 'a.b' } }, 'receipt.format', 'proof.run'],
])('a receipt that is %s is told by name', async (_, given, code, message) => {
  const { exit, codes, problems } = await verified(given);

  expect({ exit, codes }).toEqual({ exit: 7, codes: [code] });
  expect(problems[0].message).toContain(message);
});

test('the same run with another input proves nothing of it', async () => {
  expect(await verified(receipt, '', packed(4).document)).toMatchObject({
    exit: 7,
    codes: ['receipt.foreign'],
  });
});

test('a run that is damaged proves nothing, whatever the receipt says', async () => {
  const later = (record: Record<string, unknown>) => {
    record['time'] = '2026-02-01T00:00:00.000Z';
  };
  const records = document.records.map((body) =>
    body.includes('"task.completed"') ? forged(body, later) : body,
  );
  const { exit, codes } = await verified(receipt, '', { ...document, records });

  expect(exit).toBe(7);
  expect(codes).toEqual(['audit.head', 'audit.differs']);
});

test('who names a key is told where nobody signed the run', async () => {
  const ours = pair();
  const { cli } = await createProject({
    'receipt.json': JSON.stringify(receipt),
    'run.json': textOf(document),
    'signed.json': textOf(signedBy(document, ours)),
    'ours.json': publicKeyText({ ...ours.key, from: exportedAt }),
  });
  const verify = (file: string) => cli(`audit verify receipt.json --export ${file} --public-key ours.json`);

  expect(await verify('run.json')).toMatchObject({ exit: 7, out: expect.stringContaining('audit.unsigned') });
  expect(await verify('signed.json')).toMatchObject({ exit: 0, out: expect.stringContaining('proven') });
});

test('a YAML file without a proof is no receipt', async () => {
  const { cli } = await createProject({ 'receipt.yaml': 'pieces: 3\n' });

  expect(await cli('audit verify receipt.yaml')).toMatchObject({
    exit: 7,
    out: expect.stringContaining('[receipt.format]'),
  });
});
