// The key of a project and what it seals. Method: real files in a project of the test's own.
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSecretCipher } from '../../src/keys/cipher.ts';
import { temporaryProject } from '../files/temporary-project.ts';

const keyOf = (project: string): string => join(project, '.3ox', 'secret.key');

test('opens what it sealed, never the same text twice, and hides it', async () => {
  const cipher = createSecretCipher(await temporaryProject());
  const sealed = [await cipher.seal('héllo', 'r'), await cipher.seal('héllo', 'r')];

  expect(await Promise.all(sealed.map((each) => cipher.open(each, 'r')))).toEqual(['héllo', 'héllo']);
  expect(sealed[0]).not.toBe(sealed[1]);
  expect(Buffer.from(sealed[0]?.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('llo');
});

test('makes a key that only its owner can read, and nothing beside it', async () => {
  const project = await temporaryProject();
  await createSecretCipher(project).seal('text', 'r');

  expect((await stat(keyOf(project))).mode & 0o777).toBe(0o600);
  expect(await readdir(join(project, '.3ox'))).toEqual(['secret.key']);
});

test('many that seal first at once share one key', async () => {
  const project = await temporaryProject();
  const ciphers = Array.from({ length: 8 }, () => createSecretCipher(project));
  const sealed = await Promise.all(ciphers.map((cipher) => cipher.seal('text', 'r')));

  for (const each of sealed) expect(await createSecretCipher(project).open(each, 'r')).toBe('text');
});

test('makes no key to open something', async () => {
  const project = await temporaryProject();
  const sealed = await createSecretCipher(await temporaryProject()).seal('text', 'r');

  await expect(createSecretCipher(project).open(sealed, 'r')).rejects.toMatchObject({
    code: 'secret.unreadable',
  });
  expect(await readdir(project)).toEqual([]);
});

test.each<[string, (sealed: string) => string, string]>([
  ['for something else', (sealed) => sealed, 'other'],
  ['and altered', (sealed) => `${sealed.slice(0, -6)}AAAAAA`, 'r'],
  ['and cut short', (sealed) => sealed.slice(0, 20), 'r'],
  ['by nobody', () => 'nonsense', 'r'],
  ['by a later version', (sealed) => sealed.replace('v1', 'v2'), 'r'],
])('does not open what was sealed %s', async (_, change, about) => {
  const cipher = createSecretCipher(await temporaryProject());
  const sealed = change(await cipher.seal('text', 'r'));

  await expect(cipher.open(sealed, about)).rejects.toMatchObject({ code: 'secret.unreadable' });
});

test('refuses a key that others can read, and one that is none', async () => {
  const project = await temporaryProject();
  const cipher = createSecretCipher(project);
  const sealed = await cipher.seal('text', 'r');
  await chmod(keyOf(project), 0o640);
  await expect(cipher.seal('text', 'r')).rejects.toMatchObject({ code: 'secret.exposed' });

  await chmod(keyOf(project), 0o600);
  const key = await readFile(keyOf(project), 'utf8');
  await writeFile(keyOf(project), key.slice(0, 20));
  await expect(cipher.open(sealed, 'r')).rejects.toMatchObject({ code: 'secret.unreadable' });
  await expect(cipher.seal('text', 'r')).rejects.toMatchObject({ code: 'secret.unreadable' });
});
