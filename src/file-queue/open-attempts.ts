import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isAbsent } from '../files/file-failure.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { unlinkIfThere } from './rename-file.ts';

const folder = '.3ox/file-queue';
const bytesMax = 64 * 1024;

const OpenAttempt = z.object({
  run: z.string(),
  task: z.string(),
  attempt: z.int().positive(),
  /** That of the attempt, not the idempotency key. */
  key: z.string(),
  token: z.string(),
  agent: z.string(),
  inbox: z.string(),
  /** The worker that claimed it by renaming its file and was granted it. */
  worker: z.string().optional(),
  heartbeatTimeoutMs: z.number().optional(),
});
/** An attempt that was offered and is not over. */
export type OfferedAttempt = z.output<typeof OpenAttempt>;

/**
 * The attempts that agents with files have or may take, by the stem of their files. They are kept in the project,
 * because an agent that knows no attempt and no token takes its task out of the inbox when it has answered: after a
 * crash, nothing else would tell what the answer is about.
 */
export type OpenAttempts = {
  readonly find: (stem: string) => Promise<OfferedAttempt | undefined>;
  readonly keep: (stem: string, attempt: OfferedAttempt) => Promise<void>;
  readonly drop: (stem: string) => Promise<void>;
};

export function createOpenAttempts(projectDir: string): OpenAttempts {
  const pathOf = (stem: string) => `${folder}/${stem}.json`;

  return {
    find: async (stem) => {
      const path = join(projectDir, pathOf(stem));
      try {
        if ((await stat(path)).size > bytesMax) return undefined;
        return OpenAttempt.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
      } catch (error) {
        // A damaged note says nothing; the attempt is offered again before long.
        if (isAbsent(error) || error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
    keep: async (stem, attempt) => {
      await writeAtomically({ projectDir, path: pathOf(stem), text: `${JSON.stringify(attempt)}\n` });
    },
    drop: (stem) => unlinkIfThere(join(projectDir, pathOf(stem))),
  };
}
