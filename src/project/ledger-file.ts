import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrivateFolder, syncFolder, writePrivateFile } from '../files/private-file.ts';
import type { LedgerFile } from '../ports/runs/ledger.ts';

/**
 * The ledger of one journal in `.3ox/ledger`, outside of the store of the server. `name` tells it from those of other
 * servers and namespaces. It is a file that only grows. One that is rewritten gets the next number, and the one before
 * stays: another process may just be writing to it, and what it writes is read as well.
 */
export function createLedgerFile({
  projectDir,
  name,
}: {
  readonly projectDir: string;
  readonly name: string;
}): LedgerFile {
  const folder = join(projectDir, '.3ox', 'ledger');
  const pathOf = (number: number) => join(folder, `${name}.${number}.log`);
  const numbers = async (): Promise<readonly number[]> => {
    const found = await readdir(folder).catch(ignoreAbsent);
    const own = (found ?? []).flatMap((file) => numberOf(file, name) ?? []);

    return own.sort((one, other) => one - other);
  };
  const latest = async () => (await numbers()).at(-1) ?? 1;

  return {
    read: async () => {
      const texts = await Promise.all((await numbers()).map((number) => readFile(pathOf(number), 'utf8')));
      return texts.flatMap((text) => text.split('\n'));
    },
    append: async (lines) => {
      const number = await latest();
      const text = `\n${lines.join('\n')}\n`;
      const size = await appendDurably(pathOf(number), text, () => makeFolder(projectDir, folder));
      const bytes = size + Buffer.byteLength(text);

      return { before: versionOf(number, size), after: versionOf(number, bytes), bytes };
    },
    rewrite: async (lines) => {
      const number = await latest();
      const written = `${pathOf(number + 1)}.${process.pid}.part`;
      await rm(written, { force: true });
      await writePrivateFile(written, `${lines.join('\n')}\n`);
      await rename(written, pathOf(number + 1));
      await syncFolder(folder);
      for (const old of await numbers()) if (old < number) await rm(pathOf(old), { force: true });
    },
    version: async () => {
      const number = await latest();
      const found = await stat(pathOf(number)).catch(ignoreAbsent);

      return versionOf(number, found?.size ?? 0);
    },
  };
}

/** Resolves with how large the file was before. A line that a crash tore ends where the next one begins. */
async function appendDurably(path: string, text: string, makeFolderOf: () => Promise<void>): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600).catch(async (error: unknown) => {
    ignoreAbsent(error);
    await makeFolderOf();
    return open(path, flags, 0o600);
  });
  try {
    const { size } = await file.stat();
    await file.appendFile(text);
    await file.sync();
    if (size === 0) await syncFolder(join(path, '..'));

    return size;
  } finally {
    await file.close();
  }
}

async function makeFolder(projectDir: string, folder: string): Promise<void> {
  await ensurePrivateFolder(projectDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

function versionOf(number: number, size: number): string {
  return `${number}:${size}`;
}

function numberOf(file: string, name: string): number | undefined {
  const number = /^([1-9]\d*)\.log$/.exec(file.slice(name.length + 1))?.[1];

  return file.startsWith(`${name}.`) && number !== undefined ? Number(number) : undefined;
}

function ignoreAbsent(error: unknown): undefined {
  if ((error as { readonly code?: unknown }).code !== 'ENOENT') throw error;
}
