// The keys that exports are signed with: made when they are needed, replaced without losing what they signed, and never
// used where somebody else could have read them. Method: real files and real Ed25519.
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSigningKeys } from '../../src/keys/project-keys.ts';
import { isSigned, readPublicKey } from '../../src/keys/public-key-file.ts';

const [day1, day2, day3] = [1, 2, 3].map((day) => `2026-01-0${day}T00:00:00.000Z`) as [
  string,
  string,
  string,
];
const digest = 'ab'.repeat(32);

async function project() {
  const dir = await mkdtemp(join(tmpdir(), 'workflow-keys-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const folder = join(dir, '.3ox', 'audit-keys');

  return {
    keys: createSigningKeys(dir),
    folder,
    fileOf: (key: string, kind: string) => join(folder, `${key}.${kind}`),
  };
}

test('the first key is made when one is needed, and stays the same', async () => {
  const { keys } = await project();
  expect(await keys.list()).toEqual([]);

  const first = await keys.current(day1);
  expect(first).toMatchObject({ from: day1, isCurrent: true });
  expect(await keys.current(day2)).toEqual(first);
});

test('what is signed with a key is verified with its public half, and with no other', async () => {
  const { keys } = await project();
  const { key, publicKey } = await keys.current(day1);
  const signature = await keys.sign(key, digest);
  const other = await (await project()).keys.current(day1);

  expect(isSigned({ publicKey, digest, signature })).toBe(true);
  expect(isSigned({ publicKey, digest: 'ac'.repeat(32), signature })).toBe(false);
  expect(isSigned({ publicKey: other.publicKey, digest, signature })).toBe(false);
});

test('a rotation ends the time of the key before, whose private half goes and whose public half stays', async () => {
  const { keys, folder } = await project();
  const old = await keys.current(day1);
  const made = await keys.rotate(day2);
  await keys.rotate(day3);
  const [latest] = await keys.list();

  expect(await keys.list()).toMatchObject([
    { from: day3, isCurrent: true },
    { key: made.key, from: day2, until: day3, isCurrent: false },
    { key: old.key, from: day1, until: day2, isCurrent: false },
  ]);
  expect((await readdir(folder)).filter((name) => name.endsWith('.pem'))).toEqual([`${latest?.key}.pem`]);
  await expect(keys.sign(old.key, digest)).rejects.toMatchObject({ code: 'audit.bad-key' });
});

test('a private key that others may read, or that is another one, signs nothing', async () => {
  const { keys, fileOf } = await project();
  const { key } = await keys.current(day1);
  const other = await project();
  const { key: otherKey } = await other.keys.current(day1);
  const otherPem = await readFile(other.fileOf(otherKey, 'pem'), 'utf8');

  await chmod(fileOf(key, 'pem'), 0o640);
  await expect(keys.sign(key, digest)).rejects.toMatchObject({ code: 'secret.exposed' });
  await chmod(fileOf(key, 'pem'), 0o600);
  await writeFile(fileOf(key, 'pem'), otherPem);
  await expect(keys.sign(key, digest)).rejects.toThrow(/holds another key/);
  await writeFile(fileOf(key, 'pem'), 'nothing');
  await expect(keys.sign(key, digest)).rejects.toThrow(/holds no key/);
});

test('a public key that was altered is refused, and so is what is none', async () => {
  const { keys, fileOf } = await project();
  const { key, publicKey } = await keys.current(day1);
  const text = await readFile(fileOf(key, 'json'), 'utf8');
  const other = publicKey.replace(/^./, (first) => (first === '0' ? '1' : '0'));

  expect(readPublicKey(text, 'key.json')).toEqual({ key, publicKey, from: day1 });
  expect(() => readPublicKey(text.replace(publicKey, other), 'key.json')).toThrow(/key.json was altered/);
  expect(() => readPublicKey('{}', 'key.json')).toThrow(/no public key/);
  expect(() => readPublicKey('-----BEGIN NONSENSE', 'key.pem')).toThrow(/no public key/);
  await writeFile(fileOf(key, 'json'), text.replace(publicKey, other));
  await expect(keys.list()).rejects.toMatchObject({ code: 'audit.bad-key' });
});

test('a key in PEM, as other tools write it, is the same key', async () => {
  const { keys, fileOf } = await project();
  const { key, publicKey } = await keys.current(day1);

  expect(readPublicKey(await readFile(fileOf(key, 'pem'), 'utf8'), 'key.pem')).toEqual({ key, publicKey });
});

test('a clock that went back ends no key before it began', async () => {
  const { keys } = await project();
  const old = await keys.current(day2);
  const made = await keys.rotate(day1);

  expect((await keys.list()).find(({ key }) => key === old.key)).toMatchObject({ from: day2, until: day2 });
  expect(await keys.current(day1)).toMatchObject({ key: made.key, from: day1 });
});

test('a key whose private half is lost is not replaced until somebody asks for it', async () => {
  const { keys, fileOf } = await project();
  const { key } = await keys.current(day1);
  await rm(fileOf(key, 'pem'));

  await expect(keys.current(day2)).rejects.toMatchObject({
    code: 'audit.bad-key',
    message: expect.stringMatching(/audit keys rotate/),
  });
  expect(await keys.list()).toMatchObject([{ key, isCurrent: false }]);
  expect((await keys.list())[0]).not.toHaveProperty('until');
  const made = await keys.rotate(day2);
  expect(await keys.current(day3)).toEqual(made);
});

test('of many that sign for the first time at once, all sign with the same key', async () => {
  const { keys, folder } = await project();
  const all = await Promise.all(Array.from({ length: 20 }, () => keys.current(day1)));
  const [first] = all;

  expect(new Set(all.map(({ key }) => key)).size).toBe(1);
  expect((await readdir(folder)).sort()).toEqual([`${first?.key}.json`, `${first?.key}.pem`]);
});
