import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createFolder } from '../files/anchored-folder.ts';
import { errorNumber, isAbsent } from '../files/file-failure.ts';
import { readPrivateFile, syncFolder, writePrivateFile } from '../files/private-file.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { type ProjectKey, SigningKeyRefused, type SigningKeys } from '../ports/access/signing-keys.ts';
import {
  keyIdOf,
  newKeyPair,
  publicHalfOf,
  publicKeyText,
  readPublicKey,
  signDigest,
} from './public-key-file.ts';

/** Holds the private half of the first key, and from when it counts, until the files of that key are there. */
const claimName = 'first.claim';

const folderName = '.3ox/audit-keys';

/**
 * The keys of a project, in its `.3ox/audit-keys`: `<key>.json` is a public one and stays for ever, `<key>.pem` the
 * private one, which only its owner may read and which is there for the current key alone.
 */
export function createSigningKeys(projectDir: string): SigningKeys {
  const folder = join(projectDir, folderName);

  async function list(): Promise<readonly ProjectKey[]> {
    const names = await readdir(folder).catch(noneIfAbsent);
    const keys = await Promise.all(
      names.filter((name) => /^[0-9a-f]{16}\.json$/.test(name)).map((name) => readKey(projectDir, name)),
    );
    const latest = keys.sort((a, b) => (a.from > b.from ? -1 : 1));
    const current = latest.find(({ key, until }) => until === undefined && names.includes(`${key}.pem`));

    return latest.map((key) => ({ ...key, isCurrent: key === current }));
  }

  async function rotate(at: string): Promise<ProjectKey> {
    const before = await list();
    const { privatePem, publicKey } = newKeyPair();
    const made = { key: keyIdOf(publicKey), publicKey, from: at };
    await createFolder({ projectDir, path: folderName });
    await placePrivate(folder, `${made.key}.pem`, privatePem);
    await writePublic(projectDir, made);
    await endClaim(folder);
    // The new one is there before the old ones end, so that whatever happens here, there is one to sign with.
    for (const old of before) {
      if (old.until === undefined) await writePublic(projectDir, { ...old, until: later(at, old.from) });
      await unlink(join(folder, `${old.key}.pem`)).catch(noneIfAbsent);
    }
    await syncFolder(folder);

    return { ...made, isCurrent: true };
  }

  async function current(at: string): Promise<ProjectKey> {
    const keys = await list();
    const found = keys.find(({ isCurrent }) => isCurrent);
    if (found !== undefined) return found;
    const [lost] = keys;
    if (lost !== undefined) throw lostKey(keys.find(({ until }) => until === undefined) ?? lost);
    await makeFirst(at);

    return current(at);
  }

  /** Of several that sign for the first time at once, all get the same key. */
  async function makeFirst(at: string): Promise<void> {
    await createFolder({ projectDir, path: folderName });
    const first = await claimFirst(folder, { privatePem: newKeyPair().privatePem, from: at });
    // Whoever claims after the first key was made must not make a second one.
    if (first !== undefined && (await list()).length === 0) {
      const { privatePem, from } = first;
      const publicKey = publicHalfOf(privatePem);
      const key = keyIdOf(publicKey);
      await placePrivate(folder, `${key}.pem`, privatePem);
      await writePublic(projectDir, { key, publicKey, from });
    }
    await endClaim(folder);
    await syncFolder(folder);
  }

  return {
    list,
    rotate,
    current,
    sign: async (key, digest) => {
      const shown = `${folderName}/${key}.pem`;
      const pem = readPrivateFile(join(folder, `${key}.pem`), shown);
      if (pem === undefined) throw lostKey({ key });
      if (keyIdOf(publicOf(pem, shown)) !== key) throw new SigningKeyRefused(`${shown} holds another key`);

      return signDigest(pem, digest);
    },
  };
}

type StoredKey = Omit<ProjectKey, 'isCurrent'>;

/** A key is never replaced without being asked for: those who verify would not know the new one. */
function lostKey({ key }: Pick<StoredKey, 'key'>): SigningKeyRefused {
  return new SigningKeyRefused(
    `${folderName}/${key}.pem is missing: restore it, or run \`workflow audit keys rotate\` for a new key`,
  );
}

/** A clock that went back must not end a key before it began. Times of one length compare as texts. */
function later(one: string, other: string): string {
  return one > other ? one : other;
}

async function readKey(projectDir: string, name: string): Promise<StoredKey> {
  const shown = `${folderName}/${name}`;
  const { from, ...key } = readPublicKey(await readFile(join(projectDir, shown), 'utf8'), shown);
  if (from === undefined || `${key.key}.json` !== name)
    throw new SigningKeyRefused(`${shown} holds another key`);

  return { ...key, from };
}

async function writePublic(projectDir: string, key: StoredKey): Promise<void> {
  await writeAtomically({ projectDir, path: `${folderName}/${key.key}.json`, text: publicKeyText(key) });
}

function publicOf(pem: string, shown: string): string {
  try {
    return publicHalfOf(pem);
  } catch (error) {
    throw new SigningKeyRefused(`${shown} holds no key; restore it, or run \`workflow audit keys rotate\``, {
      cause: error,
    });
  }
}

function noneIfAbsent(error: unknown): string[] {
  if (isAbsent(error)) return [];

  throw error;
}

/** A key that is not there yet. `from` is ISO 8601 in UTC. */
type FirstKey = { readonly privatePem: string; readonly from: string };

/** The first key of a project: the one offered, or that of whoever was first; undefined where that is done already. */
async function claimFirst(folder: string, offered: FirstKey): Promise<FirstKey | undefined> {
  await placePrivate(folder, claimName, JSON.stringify(offered));
  try {
    return JSON.parse(await readFile(join(folder, claimName), 'utf8')) as FirstKey;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Ends what `claimFirst` began. */
async function endClaim(folder: string): Promise<void> {
  await unlink(join(folder, claimName)).catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
  });
}

/** A file that only its owner may read, there as a whole or not at all. One that is there stays as it is. */
async function placePrivate(folder: string, name: string, text: string): Promise<void> {
  const temporary = join(folder, `.key-${randomUUID()}.part`);
  await writePrivateFile(temporary, text);
  try {
    await link(temporary, join(folder, name));
  } catch (error) {
    if (errorNumber(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(temporary);
  }
}
