import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isAbsent } from '../files/file-failure.ts';
import { ensurePrivateFolder } from '../files/private-file.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import type { ErasureList } from '../ports/access/erasures.ts';
import type { Erasure } from '../ports/access/subject-keys.ts';

const path = '.3ox/erasures.json';

const Listed = z.array(
  z.object({
    key: z.string(),
    at: z.string(),
    by: z.string(),
    runs: z.array(z.object({ run: z.string(), values: z.int() })),
  }),
);

/** `.3ox/erasures.json` of a project. It names keys and runs, and no subject. */
export function createErasureList(projectDir: string): ErasureList {
  async function read(): Promise<readonly Erasure[]> {
    try {
      return Listed.parse(JSON.parse(await readFile(join(projectDir, path), 'utf8')));
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }

  return {
    read,
    add: async (erasures) => {
      const before = await read();
      const known = new Set(before.map(({ key }) => key));
      const added = erasures.filter(({ key }) => !known.has(key));
      if (added.length === 0) return;
      await ensurePrivateFolder(projectDir);
      await writeAtomically({
        projectDir,
        path,
        text: `${JSON.stringify([...before, ...added], undefined, 2)}\n`,
      });
    },
  };
}
