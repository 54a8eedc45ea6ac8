// What `audit verify`, `audit export --sign` and `replay --from-export` say of signatures to whoever reads only that.
// Method: the command line, exports of runs of the real core, real keys.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunExport } from '../../../machines/audit/export-format.ts';
import { systemClock } from '../../../src/compose/system-clock.ts';
import { publicKeyText } from '../../../src/keys/public-key-file.ts';
import { exportedAt, pair, signedBy, textOf, wholeExport } from '../../machines/audit/exported-run.ts';
import { createProject } from '../project.ts';

const ours = pair();
const whole = wholeExport();
const signed = signedBy(whole, ours);
const trusting = '--public-key ours.json';

async function verified(document: RunExport, flags: string) {
  const key = publicKeyText({ ...ours.key, from: exportedAt });
  const { cli } = await createProject({ 'run.json': textOf(document), 'ours.json': key });

  return cli(`audit verify run.json ${flags}`);
}

/** The run without its end, as somebody would write it who takes the signature away. */
function cutOff(): RunExport {
  const records = whole.records.slice(0, -1);
  const { sequence, hash } = JSON.parse(records.at(-1) ?? '');

  return { ...whole, records, head: { sequence, hash } };
}

test('who names a key is told of an export that has no signature, and exit code 7', async () => {
  expect(await verified(cutOff(), trusting)).toMatchObject({
    exit: 7,
    out: expect.stringContaining('[audit.unsigned]'),
  });
  expect(await verified(cutOff(), '')).toMatchObject({ exit: 0, out: expect.stringContaining('unsigned:') });
  expect(await verified(signed, trusting)).toMatchObject({
    exit: 0,
    out: expect.stringContaining('good, key'),
  });
});

test('a signature is called good only where nothing else is wrong', async () => {
  const records = whole.records.map((body) => body.replace('"by":"ana"', '"by":"eve"'));
  const { exit, out } = await verified({ ...signed, records }, trusting);

  expect(exit).toBe(7);
  expect(out).toContain('[audit.edited]');
  expect(out).toContain('fits the head, not what is above');
  expect(out).not.toContain('good');
});

test('however much else is wrong, a signature of a key that nobody knows is not called good', async () => {
  const records = [...whole.records, ...Array.from({ length: 300 }, () => 'nothing')];
  const { exit, out } = await verified(signedBy({ ...whole, records }, pair()), trusting);

  expect(exit).toBe(7);
  expect(out).toContain('not good, key');
  expect(out).toContain('[audit.unknown-key]');
  expect(out).toMatch(/\.\.\. and \d+ more/);
});

test('a replay of an export says that it did not look at the signature', async () => {
  const { cli } = await createProject({ 'signed.json': textOf(signed), 'unsigned.json': textOf(whole) });

  expect(await cli('replay --from-export signed.json')).toMatchObject({
    exit: 0,
    err: expect.stringContaining('signature not looked at: workflow audit verify signed.json'),
  });
  expect((await cli('replay --from-export unsigned.json')).err).toContain('unsigned: ');
});

test('nothing is written where the clock went back behind the key, since it would not verify', async () => {
  const definition = 'workflow:\n  id: a\n  version: 1\n  tasks:\n    - { id: a, type: NOOP }\n';
  const { cli, dir } = await createProject({ 'definitions/a.yaml': definition });
  await cli('start definitions/a.yaml');
  expect(await cli('audit export @last --sign --out a.json')).toMatchObject({ exit: 0 });
  await writeFile(join(dir, 'a.json'), 'as it was');
  const clock = { ...systemClock, now: () => Date.parse('2020-01-01T00:00:00Z') };

  expect(await cli('audit export @last --sign --out a.json', { clock })).toMatchObject({
    exit: 2,
    out: '',
    err: expect.stringContaining('was signed at 2020-01-01T00:00:00.000Z'),
  });
  expect(await readFile(join(dir, 'a.json'), 'utf8')).toBe('as it was');
});
