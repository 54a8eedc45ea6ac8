import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { link, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorNumber } from '../files/file-failure.ts';
import { ensurePrivateFolder, readPrivateFile, syncFolder, writePrivateFile } from '../files/private-file.ts';
import { SecretUnreadable } from '../ports/access/secret-errors.ts';
import type { SecretCipher } from '../ports/access/secrets.ts';

const KEY_BYTES = 32;
const shownPath = '.3ox/secret.key';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

/**
 * Seals with AES-256-GCM under the key in the project's `.3ox/secret.key`, made when something is sealed first. What is
 * sealed reads `v1.<name of the key>.<nonce, tag and cipher text in base64url>`.
 */
export function createSecretCipher(projectDir: string): SecretCipher {
  return {
    seal: async (text, about) => seal(await readOrMakeKey(projectDir), text, about),
    open: async (sealed, about) => {
      const key = await readKey(projectDir);
      if (key === undefined) {
        throw new SecretUnreadable(
          `the secrets of ${about} cannot be read: .3ox/secret.key is missing; restore it from a backup, or copy it from ` +
            'the machine that the run was started on',
        );
      }

      return open(key, sealed, about);
    },
  };
}

/** AES-256-GCM: `v1.<name of the key>.<nonce, tag and cipher text in base64url>`. */
export function seal(key: Buffer, text: string, about: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(
    Buffer.from(about),
  );
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);

  return [
    VERSION,
    keyNameOf(key),
    Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url'),
  ].join('.');
}

/** Throws SecretUnreadable. */
export function open(key: Buffer, sealed: string, about: string): string {
  const [version, name, payload = ''] = sealed.split('.');
  if (version !== VERSION) throw unreadable(about, 'they were sealed by another version of this program');
  if (name !== keyNameOf(key)) {
    throw unreadable(
      about,
      `they were sealed with key ${name}, but .3ox/secret.key is key ${keyNameOf(key)}`,
    );
  }
  const bytes = Buffer.from(payload, 'base64url');
  const [nonce, tag] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)];
  try {
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(about))
      .setAuthTag(tag);
    const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);

    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch (error) {
    throw unreadable(about, 'they were altered, or sealed for something else', error);
  }
}

/** Tells keys apart without telling anything of them. */
export function keyNameOf(key: Buffer): string {
  return createHash('sha256').update('name of a key').update(key).digest('hex').slice(0, 8);
}

function unreadable(about: string, reason: string, cause?: unknown): SecretUnreadable {
  return new SecretUnreadable(`the secrets of ${about} cannot be read: ${reason}`, { cause });
}

/** The key of a project, 32 bytes; undefined when it has none. Rejects with SecretUnreadable or SecretFileRefused. */
async function readKey(projectDir: string): Promise<Buffer | undefined> {
  const text = readPrivateFile(join(projectDir, '.3ox', 'secret.key'), shownPath);
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES) {
    throw new SecretUnreadable(
      `${shownPath} holds no key: ${KEY_BYTES} bytes in base64 are expected, found ${key.length}; restore it from a backup`,
    );
  }

  return key;
}

/** The key of a project, made if it has none. Of several that make one at once, all get the same. */
async function readOrMakeKey(projectDir: string): Promise<Buffer> {
  const found = await readKey(projectDir);
  if (found !== undefined) return found;

  const folder = await ensurePrivateFolder(projectDir);
  const temporary = join(folder, `.secret-${randomUUID()}.part`);
  await writePrivateFile(temporary, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
  try {
    // A link is made only where nothing is: whoever is second takes the key of the first.
    await link(temporary, join(folder, 'secret.key'));
  } catch (error) {
    if (errorNumber(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(temporary);
  }
  // What is sealed with a key that a power cut takes away is lost.
  await syncFolder(folder);

  return readOrMakeKey(projectDir);
}
