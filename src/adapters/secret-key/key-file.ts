import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorNumber } from '../../files/file-failure.ts';
import { readPrivateFile, syncFolder, writePrivateFile } from '../../files/private-file.ts';
import { SecretUnreadable } from '../../ports/secret-errors.ts';

const KEY_BYTES = 32;
const shownPath = '.3ox/secret.key';

/** The key of a project, 32 bytes; undefined when it has none. Rejects with SecretUnreadable or SecretFileRefused. */
export async function readKey(projectDir: string): Promise<Buffer | undefined> {
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
export async function readOrMakeKey(projectDir: string): Promise<Buffer> {
  const found = await readKey(projectDir);
  if (found !== undefined) return found;

  const folder = join(projectDir, '.3ox');
  await mkdir(folder, { recursive: true });
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
