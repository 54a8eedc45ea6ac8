import { join } from 'node:path';
import { taskFileName } from './names.ts';
import type { OpenAttempt, OpenAttempts } from './open-attempts.ts';
import { lookAt } from './read-whole.ts';
import { renameIfFree, unlinkIfThere } from './rename-file.ts';
import type { Turns } from './turns.ts';

/** A task that a worker took by renaming its file. */
export type ClaimedFile = {
  readonly name: string;
  readonly stem: string;
  readonly worker: string;
  readonly attempt: OpenAttempt;
};

export type ClaimedFiles = {
  /** When the file was touched, in the time of its folder; undefined when it is not there. */
  readonly touchedAt: (at: string, name: string) => Promise<number | undefined>;
  /** Gives the task to whoever comes next, unless it is there already. */
  readonly putBack: (at: string, file: ClaimedFile) => Promise<void>;
  readonly remove: (at: string, file: ClaimedFile) => Promise<void>;
  /** Keeps who has the attempt: its answer may not say so, and its file may be gone by then. */
  readonly noteWorker: (file: ClaimedFile, worker: string | undefined) => Promise<void>;
};

export function createClaimedFiles({
  open,
  turns,
}: {
  readonly open: OpenAttempts;
  readonly turns: Turns;
}): ClaimedFiles {
  /** A worker may claim the next attempt under the same name while we are told that this one is over. */
  async function isOfLater({ stem, attempt }: ClaimedFile): Promise<boolean> {
    const known = await open.find(stem);

    return known !== undefined && known.key !== attempt.key;
  }

  async function noteWorker({ stem, attempt }: ClaimedFile, worker: string | undefined): Promise<void> {
    const known = await open.find(stem);
    if (known?.key !== attempt.key || known.worker === worker) return;
    const { worker: _before, ...rest } = known;
    await open.keep(stem, worker === undefined ? rest : { ...rest, worker });
  }

  return {
    touchedAt: async (at, name) => (await lookAt(join(at, name)))?.mtimeMs,
    putBack: (at, file) =>
      turns.take(file.stem, async () => {
        if (await isOfLater(file)) return;
        const claimed = join(at, file.name);
        if (!(await renameIfFree(claimed, join(at, taskFileName(file.stem))))) await unlinkIfThere(claimed);
        await noteWorker(file, undefined);
      }),
    remove: (at, file) =>
      turns.take(file.stem, async () => {
        if (!(await isOfLater(file))) await unlinkIfThere(join(at, file.name));
      }),
    noteWorker: (file, worker) => turns.take(file.stem, () => noteWorker(file, worker)),
  };
}
