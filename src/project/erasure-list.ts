import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isAbsent } from '../files/file-failure.ts';
import { ensurePrivateFolder } from '../files/private-file.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { createTurnsPerKey } from '../lib/serial-queue.ts';
import type { ErasureList } from '../ports/access/erasures.ts';
import type { Erasure } from '../ports/access/subject-keys.ts';

const path = '.3ox/erasures.json';

/** Of several that add at once in a process, each adds to what the one before has written. */
const turns = createTurnsPerKey();

const Listed = z.array(
  z.object({
    /** Without, it was written before there were any here. */
    namespace: z.string().optional(),
    key: z.string(),
    at: z.string(),
    by: z.string(),
    runs: z.array(z.object({ run: z.string(), values: z.int() })),
  }),
);

/** `.3ox/erasures.json` of a project, as far as it is of the namespace. It names keys and runs, and no subject. */
export function createErasureList(projectDir: string, namespace: string): ErasureList {
  async function readAll(): Promise<z.output<typeof Listed>> {
    try {
      return Listed.parse(JSON.parse(await readFile(join(projectDir, path), 'utf8')));
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }

  async function add(erasures: readonly Erasure[]): Promise<void> {
    const before = await readAll();
    const known = new Set(before.filter(isOurs).map(({ key }) => key));
    const added = erasures.filter(({ key }) => !known.has(key)).map((each) => ({ namespace, ...each }));
    if (added.length === 0) return;
    await ensurePrivateFolder(projectDir);
    const text = `${JSON.stringify([...before, ...added], undefined, 2)}\n`;
    await writeAtomically({ projectDir, path, text });
  }

  function isOurs(each: { readonly namespace?: string | undefined }): boolean {
    return (each.namespace ?? namespace) === namespace;
  }

  return {
    read: async () => (await readAll()).filter(isOurs).map(({ namespace: _, ...each }) => each),
    add: (erasures) => turns.take(projectDir, () => add(erasures)),
  };
}
