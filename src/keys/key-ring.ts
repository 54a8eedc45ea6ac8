import { randomBytes, randomUUID } from 'node:crypto';
import { link, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorNumber } from '../files/file-failure.ts';
import { ensurePrivateFolder, readPrivateFile, syncFolder, writePrivateFile } from '../files/private-file.ts';
import { SecretUnreadable } from '../ports/access/secret-errors.ts';
import { type KeyCodec, KeyUnreadable, type MasterKeys } from '../ports/access/subject-keys.ts';
import { keyNameOf, open, seal } from './cipher.ts';

const KEY_BYTES = 32;
const fileName = 'master.keys';
const shownPath = `.3ox/${fileName}`;

/** The master keys of a project, in its `.3ox/master.keys`: 32 bytes in base64, one a line, the latest last. */
export function createKeyRing(projectDir: string): KeyCodec & MasterKeys {
  const path = join(projectDir, '.3ox', fileName);

  function read(): readonly Buffer[] {
    const text = readPrivateFile(path, shownPath);
    const keys = (text ?? '').split('\n').flatMap((line) => (line.trim() === '' ? [] : [keyIn(line)]));
    if (text !== undefined && keys.length === 0) throw unreadable(`${shownPath} holds no key`);

    return keys;
  }

  async function latest(): Promise<Buffer> {
    const found = read().at(-1);
    if (found !== undefined) return found;
    await place([randomBytes(KEY_BYTES)], link);

    return latest();
  }

  /** Of several that make the first key at once, all get the same: a link is made only where nothing is. */
  async function place(keys: readonly Buffer[], put: typeof link | typeof rename): Promise<void> {
    const folder = await ensurePrivateFolder(projectDir);
    const temporary = join(folder, `.master-${randomUUID()}.part`);
    await writePrivateFile(temporary, `${keys.map((key) => key.toString('base64')).join('\n')}\n`);
    try {
      await put(temporary, path);
    } catch (error) {
      if (errorNumber(error) !== 'EEXIST') throw error;
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
    // What is wrapped with a key that a power cut takes away is lost.
    await syncFolder(folder);
  }

  return {
    wrap: async (key, about) => seal(await latest(), Buffer.from(key).toString('base64'), about),
    unwrap: async (wrapped, about) => {
      const name = wrapperIn(wrapped);
      const key = read().find((each) => keyNameOf(each) === name);
      if (key === undefined) {
        throw unreadable(
          `a key was wrapped with the master key ${name}, which is not in ${shownPath}: restore it, or copy it from the machine of another engine`,
        );
      }
      try {
        return Buffer.from(open(key, wrapped, about), 'base64');
      } catch (error) {
        if (!(error instanceof SecretUnreadable)) throw error;
        throw new KeyUnreadable(`the key ${about} was altered, or is another one`, { cause: error });
      }
    },
    current: async () => keyNameOf(await latest()),
    wrapperOf: wrapperIn,
    list: async () => read().map(keyNameOf),
    rotate: async () => {
      const made = randomBytes(KEY_BYTES);
      await place([...read(), made], rename);

      return keyNameOf(made);
    },
    retire: async () => {
      const keys = read();
      const last = keys.at(-1);
      if (last === undefined || keys.length === 1) return [];
      await place([last], rename);

      return keys.slice(0, -1).map(keyNameOf);
    },
  };
}

function wrapperIn(wrapped: string): string {
  return wrapped.split('.')[1] ?? '';
}

function keyIn(line: string): Buffer {
  const key = Buffer.from(line.trim(), 'base64');
  if (key.length !== KEY_BYTES)
    throw unreadable(
      `a line of ${shownPath} holds no key: ${KEY_BYTES} bytes in base64 are expected; restore it`,
    );

  return key;
}

function unreadable(message: string): KeyUnreadable {
  return new KeyUnreadable(message);
}
