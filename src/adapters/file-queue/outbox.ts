import type { Stats } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsent } from '../../files/file-failure.ts';
import { type AnswerFile, type AnswerFilesDeps, createAnswerFiles } from './answer-files.ts';
import { createKeptFolder } from './kept-folder.ts';
import { isAnswerName, type Taker, takenBy } from './names.ts';
import { lookAt, unfitReason } from './read-whole.ts';
import type { Round } from './rounds.ts';
import { createSeenFiles } from './seen-files.ts';
import { createSlots } from './slots.ts';
import { abandonedName, putBack } from './taking.ts';

/** How long a file has to stay as it is before it is taken to be whole. */
const settleMs = 500;
const troubleMs = 1_000;
/** Answers that are reported at a time. */
const reportsMax = 32;

export type OutboxDeps = Omit<AnswerFilesDeps, 'seenFiles' | 'busy'> & {
  readonly taker: Taker;
  readonly onTrouble: (error: unknown) => void;
  readonly onEvent: () => void;
};

/** The folder that agents answer in. */
export function createOutbox(deps: OutboxDeps): { round: Round; close: () => Promise<void> } {
  const { clock, taker, onTrouble } = deps;
  const folder = createKeptFolder(deps);
  const seenFiles = createSeenFiles();
  const slots = createSlots(reportsMax);
  /** Names of files that something is being done with. */
  const busy = new Set<string>();
  const answers = createAnswerFiles({ ...deps, seenFiles, busy });

  async function look(at: string, name: string): Promise<void> {
    const isTaken = takenBy(name) !== undefined;
    if (busy.has(name) || !(isTaken || isAnswerName(name))) return;
    const stats = await lookAt(join(at, name));
    if (stats === undefined) return;
    const file = { at, name, seen: seenFiles.see(name, stats, clock.now()) };
    if (clock.now() < file.seen.notBeforeMs) return;

    return isTaken ? lookAtTaken(file) : lookAtAnswer(file, stats);
  }

  async function lookAtTaken(file: AnswerFile): Promise<void> {
    const name = abandonedName(taker, file, clock.now());
    if (name === undefined) return;
    await attend(file, () => putBack(file.at, { taken: file.name, name }));
  }

  async function lookAtAnswer(file: AnswerFile, stats: Stats): Promise<void> {
    const unfit = unfitReason(file.name, stats);
    if (unfit !== undefined) return attend(file, () => answers.reject(file, `answer.unfit: ${unfit}`));
    // A rename moves the time of the last change on, but not that of the last writing: then it was whole before.
    const isWhole = stats.ctimeMs > stats.mtimeMs || clock.now() - file.seen.sinceMs >= settleMs;
    if (isWhole) await slots.begin(() => attend(file, () => answers.consider(file)));
  }

  async function attend(file: AnswerFile, act: () => Promise<void>): Promise<void> {
    const { name } = file;
    if (busy.has(name)) return;
    busy.add(name);
    try {
      await act();
    } catch (error) {
      seenFiles.putOff(file, clock.now() + troubleMs);
      if (!isAbsent(error)) onTrouble(error);
    } finally {
      busy.delete(name);
    }
  }

  return {
    round: async (isEnded) => {
      const at = await folder.at(slots.idle);
      for await (const { name } of await opendir(at)) {
        if (isEnded()) return;
        await look(at, name);
      }
      seenFiles.forgetRest();
    },
    close: async () => {
      await slots.idle();
      await folder.close();
    },
  };
}
