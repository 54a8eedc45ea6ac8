import { randomUUID } from 'node:crypto';
import { mkdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { isAbsent } from '../../files/file-failure.ts';
import { readPrivateFile, syncFolder, writePrivateFile } from '../../files/private-file.ts';
import { SecretFileRefused } from '../../ports/secret-errors.ts';
import { oneAtATime } from './one-at-a-time.ts';

const shownPath = '.3ox/tokens.json';

type Tokens = { readonly version: 1; readonly tokens: readonly unknown[] };

/** The file that tokens are kept in, read again when it was changed. */
export function createKeptTokens<Kept extends Tokens>(projectDir: string, schema: z.ZodType<Kept>) {
  const folder = join(projectDir, '.3ox');
  const path = join(folder, 'tokens.json');
  let known: { readonly stamp: string; readonly kept: Kept } | undefined;
  let changing: Promise<unknown> = Promise.resolve();

  const read = async (): Promise<Kept> => {
    const stamp = await stampOf(path);
    if (known?.stamp !== stamp) known = { stamp, kept: parsed(readPrivateFile(path, shownPath), schema) };

    return known.kept;
  };
  const changed = async (change: (kept: Kept) => Kept): Promise<void> => {
    const text = `${JSON.stringify(change(parsed(readPrivateFile(path, shownPath), schema)), null, 2)}\n`;
    const temporary = join(folder, `.tokens-${randomUUID()}.part`);
    await writePrivateFile(temporary, text);
    try {
      await rename(temporary, path);
    } catch (error) {
      await unlink(temporary);
      throw error;
    }
    await syncFolder(folder);
  };

  return {
    read,
    /** One after another, whichever process asks: of two at once none is lost, and what was revoked stays so. */
    change: async (change: (kept: Kept) => Kept): Promise<void> => {
      await mkdir(folder, { recursive: true });
      const done = changing.then(() => oneAtATime(join(folder, 'tokens.lock'), () => changed(change)));
      changing = done.catch(() => undefined);

      return done;
    },
  };
}

/** Another file took its place, or other content, or other rights. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);

    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (error) {
    if (isAbsent(error)) return '';
    throw error;
  }
}

function parsed<Kept>(text: string | undefined, schema: z.ZodType<Kept>): Kept {
  try {
    return schema.parse(text === undefined ? { version: 1, tokens: [] } : JSON.parse(text));
  } catch (error) {
    throw new SecretFileRefused(
      'secret.bad-file',
      `${shownPath} holds no list of tokens; restore it, or remove it and add the tokens anew`,
      { cause: error },
    );
  }
}
