// A signature is what tells an export that is whole from one that is only consistent. These tests pin down that nothing
// in a signed export can be changed, and that a key counts only for its time. Method: real Ed25519 keys.
import { expect, test } from 'vitest';
import type { PublicKey } from '../../../machines/audit/public-key.ts';
import { verifyExport } from '../../../machines/audit/verify-export.ts';
import { definitionText, exportedAt, isSigned, pair, signedBy, textOf, wholeExport } from './exported-run.ts';

const ours = pair();
const whole = wholeExport();
const signed = signedBy(whole, ours);

function codes(text: string, keys: readonly PublicKey[] = [ours.key]): readonly string[] {
  return verifyExport(text, { signatures: { keys, isSigned } }).problems.map(({ code }) => code);
}

test('a signed export is whole, and says who signed it when', () => {
  const report = verifyExport(textOf(signed), { signatures: { keys: [ours.key], isSigned } });

  expect(report).toMatchObject({ problems: [], signature: { key: ours.key.key, signedAt: exportedAt } });
});

test('no edit of a single byte of a signed export passes', () => {
  const bytes = Buffer.from(textOf(signed));
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  // From case to case, from digit to digit, from blank to line feed: what could mean the same.
  const flips = [0x20, 0x01, 0x2a];
  const passing: string[] = [];
  for (let sample = 0; sample < 500; sample += 1) {
    const at = Math.floor((sample * bytes.length) / 500);
    const flip = flips[sample % flips.length] ?? 1;
    const edited = Buffer.from(bytes);
    edited.writeUInt8(edited.readUInt8(at) ^ flip, at);
    if (codes(decoder.decode(edited)).length === 0) passing.push(`byte ${at} with ${flip}`);
  }
  expect(passing).toEqual([]);
});

test('what only a signature protects is protected: a truncation with its head, a comment, the times', () => {
  const records = whole.records.slice(0, -1);
  const { sequence, hash } = JSON.parse(records.at(-1) ?? '');
  const [definition = { ref: { id: '', version: 1, hash: '' }, text: '' }] = whole.definitions;
  const text = definitionText.replace('A comment', 'Another comment');

  expect(codes(textOf({ ...signed, records, head: { sequence, hash } }))).toEqual(['audit.signature']);
  expect(codes(textOf({ ...signed, definitions: [{ ...definition, text }] }))).toEqual(['audit.signature']);
  expect(codes(textOf({ ...signed, exportedAt: '2026-01-03T00:00:00.000Z' }))).toEqual(['audit.signature']);
  const { signature } = signed;
  if (signature === undefined) throw new Error('it was signed');
  const later = { ...signature, signedAt: '2026-01-03T00:00:00.000Z' };
  expect(codes(textOf({ ...signed, signature: later }))).toEqual(['audit.signature']);
});

test('a signature of another key, or under the name of ours, is not ours', () => {
  const theirs = pair();
  const inOurName = signedBy(whole, { ...theirs, key: { ...theirs.key, key: ours.key.key } });

  expect(codes(textOf(signedBy(whole, theirs)))).toEqual(['audit.unknown-key']);
  expect(codes(textOf(signed), [])).toEqual(['audit.unknown-key']);
  expect(codes(textOf(inOurName))).toEqual(['audit.signature']);
});

test('a key counts for what was signed in its time', () => {
  const from = (time: string) => ({ ...ours.key, from: time });

  expect(codes(textOf(signed), [{ ...from(exportedAt), until: exportedAt }])).toEqual([]);
  expect(codes(textOf(signed), [from('2026-01-02T00:00:00.001Z')])).toEqual(['audit.key-expired']);
  expect(codes(textOf(signed), [{ ...ours.key, until: '2026-01-01T23:59:59.999Z' }])).toEqual([
    'audit.key-expired',
  ]);
});

test('large values are part of an export, by their digests', () => {
  const digest = 'a'.repeat(64);

  expect(codes(textOf(signedBy({ ...whole, blobs: { [digest]: '1' } }, ours)))).toEqual(['audit.blob']);
});

test('an export whose signature was taken away is told from a signed one where a signature is asked for', () => {
  const records = whole.records.slice(0, -1);
  const { sequence, hash } = JSON.parse(records.at(-1) ?? '');
  const cut = textOf({ ...whole, records, head: { sequence, hash } });
  const signatures = { keys: [ours.key], isSigned, isRequired: true };

  expect(codes(cut)).toEqual([]);
  expect(verifyExport(cut, { signatures }).problems).toMatchObject([{ code: 'audit.unsigned' }]);
  expect(verifyExport(textOf(signed), { signatures }).problems).toEqual([]);
});

test('whatever else is wrong, and however much, it is told whether the signature fits, and how much is not told', () => {
  const records = [...whole.records, ...Array.from({ length: 300 }, () => 'nothing')];
  const looked = (keys: readonly PublicKey[]) =>
    verifyExport(textOf({ ...signed, records }), { signatures: { keys, isSigned } });

  expect(looked([])).toMatchObject({ signature: { fits: false }, problems: { length: 200 } });
  expect(looked([]).problems.map(({ code }) => code)).toContain('audit.unknown-key');
  expect(looked([ours.key]).signature?.fits).toBe(true);
  expect(looked([ours.key]).omitted).toBeGreaterThanOrEqual(100);
  expect(verifyExport(textOf(signed)).signature).not.toHaveProperty('fits');
});
