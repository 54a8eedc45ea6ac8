import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { opendir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openAnchored } from '../files/anchored-folder.ts';
import { isAbsent } from '../files/file-failure.ts';
import { pathSegments } from '../files/path-segments.ts';
import { isGone } from '../files/process-here.ts';
import { createLimit } from '../lib/limit.ts';
import type { Clock } from '../ports/clock.ts';
import { type AgentAnswer, readAgentAnswer } from './answer-text.ts';
import { createKeptFolder } from './claims.ts';
import { isAnswerName, stemOf, type Taker, takenBy, takenName } from './names.ts';
import {
  createSeenFiles,
  lookAt,
  readWhole,
  type SeenFile,
  type SeenFiles,
  signatureOf,
  unfitReason,
} from './read-whole.ts';
import { rejectedFolder, type SetAside } from './rejected-files.ts';
import { renameIfFree } from './rename-file.ts';
import type { Verdict } from './report-answer.ts';
import type { FolderRound } from './rounds.ts';

/** How long an answer may be under way before another process reports it, too: the engine takes it once. */
const takenMsMax = 60_000;

/** How long a file may stay broken without a change. */
const halfMsMax = 30_000;

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
export function createOutbox(deps: OutboxDeps): { round: FolderRound; close: () => Promise<void> } {
  const { clock, taker, onTrouble } = deps;
  const folder = createKeptFolder(deps);
  const seenFiles = createSeenFiles();
  const slots = createLimit(reportsMax);
  /** Names of files that something is being done with. */
  const busy = new Set<string>();
  const answers = createAnswerFiles({ ...deps, seenFiles, busy });

  async function look(at: string, name: string): Promise<void> {
    const isTaken = takenBy(name) !== undefined;
    if (busy.has(name) || !(isTaken || isAnswerName(name))) return;
    const stats = await lookAt(join(at, name));
    if (stats === undefined) return;
    const file = { at, name, seen: seenFiles.see(name, stats, clock.steady()) };
    if (clock.steady() < file.seen.notBeforeMs) return;

    return isTaken ? lookAtTaken(file) : lookAtAnswer(file, stats);
  }

  async function lookAtTaken(file: AnswerFile): Promise<void> {
    const name = abandonedName(taker, file, clock.steady());
    if (name === undefined) return;
    await attend(file, () => putBack(file.at, { taken: file.name, name }));
  }

  async function lookAtAnswer(file: AnswerFile, stats: Stats): Promise<void> {
    const unfit = unfitReason(file.name, stats);
    if (unfit !== undefined) return attend(file, () => answers.reject(file, `answer.unfit: ${unfit}`));
    // A rename moves the time of the last change on, but not that of the last writing: then it was whole before.
    const isWhole = stats.ctimeMs > stats.mtimeMs || clock.steady() - file.seen.sinceMs >= settleMs;
    if (isWhole) await slots.begin(() => attend(file, () => answers.consider(file)));
  }

  async function attend(file: AnswerFile, act: () => Promise<void>): Promise<void> {
    const { name } = file;
    if (busy.has(name)) return;
    busy.add(name);
    try {
      await act();
    } catch (error) {
      seenFiles.putOff(file, clock.steady() + troubleMs);
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

type AnswerFilesDeps = {
  readonly projectDir: string;
  /** Of the outbox, in the project. */
  readonly path: string;
  readonly clock: Clock;
  readonly taker: Taker;
  readonly setAside: SetAside;
  readonly seenFiles: SeenFiles;
  /** Names of files that something is being done with. */
  readonly busy: Set<string>;
  /** The tasks whose answers are being reported, by stem. */
  readonly answered: Set<string>;
  readonly report: (answer: AgentAnswer) => Promise<Verdict>;
  /** Takes away the task of an attempt whose result is recorded. */
  readonly takeAway: (agent: string, key: string) => Promise<void>;
};

/** A file in an outbox, as it was seen last. */
type AnswerFile = { readonly at: string; readonly name: string; readonly seen: SeenFile };

type AnswerFiles = {
  /** Reads a file that seems whole, reports what it says, and removes it when that is recorded. */
  readonly consider: (file: AnswerFile) => Promise<void>;
  readonly reject: (file: AnswerFile, reason: string) => Promise<void>;
};

function createAnswerFiles(deps: AnswerFilesDeps): AnswerFiles {
  const { clock, taker, seenFiles, busy, answered } = deps;

  async function consider(file: AnswerFile): Promise<void> {
    const { at, name, seen } = file;
    const whole = await readWhole(join(at, name), seen.signature);
    if (whole === undefined) return;
    const read = 'text' in whole ? readAgentAnswer(name, whole.text) : { kind: 'half' as const, ...whole };
    switch (read.kind) {
      case 'answer':
        return take(file, read.answer);
      case 'wrong':
        return reject(file, `answer.invalid: ${read.reason}`);
      case 'half': {
        const untilMs = seen.sinceMs + halfMsMax;
        if (clock.steady() >= untilMs) return reject(file, `answer.half: ${read.reason}`);
        return seenFiles.putOff(file, untilMs);
      }
      case 'foreign':
        return seenFiles.putOff(file, Number.POSITIVE_INFINITY);
    }
  }

  /** What is written under the name from now on is another file, and not removed with this one. */
  async function take(file: AnswerFile, answer: AgentAnswer): Promise<void> {
    const stem = stemOf({ run: answer.header.workflow_id, task: answer.header.task_id });
    answered.add(stem);
    const taken = await takeFile(taker, file, busy);
    try {
      if (taken === undefined) return;
      const verdict = await deps.report(answer);
      await settle(file, taken, verdict);
      // Only now: after a crash before, what is noted of the task tells what the answer is about.
      if (verdict.kind === 'recorded' && verdict.overKey !== undefined)
        await deps.takeAway(answer.header.agent, verdict.overKey);
    } catch (error) {
      if (taken !== undefined) await putBack(file.at, { taken, name: file.name });
      throw error;
    } finally {
      answered.delete(stem);
      if (taken !== undefined) busy.delete(taken);
    }
  }

  async function settle(file: AnswerFile, taken: string, verdict: Verdict): Promise<void> {
    const { at, name } = file;
    switch (verdict.kind) {
      case 'recorded':
        return unlink(join(at, taken));
      case 'refused':
        return setAside({ at, from: taken, name, reason: verdict.reason });
      case 'later':
        await putBack(at, { taken, name });
        return seenFiles.putOff(file, clock.steady() + verdict.delayMs);
    }
  }

  function reject({ at, name }: AnswerFile, reason: string): Promise<void> {
    return setAside({ at, from: name, name, reason });
  }

  async function setAside(file: Omit<Parameters<SetAside>[0], 'rejectedAt'>): Promise<void> {
    const path = `${deps.path}/${rejectedFolder}`;
    const rejected = await openAnchored(deps.projectDir, pathSegments(path), path);
    await deps.setAside({ ...file, rejectedAt: rejected.at }).finally(rejected.close);
  }

  return { consider, reject };
}

type SeenAt = { readonly at: string; readonly name: string; readonly seen: SeenFile };

/**
 * Takes a file for this process by a rename: the new name, which is `busy` from before it is there, or undefined when
 * the file is gone or not as it was seen.
 */
export async function takeFile(
  taker: Taker,
  { at, name, seen }: SeenAt,
  busy: Set<string>,
): Promise<string | undefined> {
  const taken = takenName(taker, name);
  busy.add(taken);
  let isTaken = false;
  try {
    await rename(join(at, name), join(at, taken));
    const stats = await lookAt(join(at, taken));
    isTaken = stats !== undefined && signatureOf(stats) === seen.signature;
    if (!isTaken) await putBack(at, { taken, name });
  } catch (error) {
    if (!isAbsent(error)) throw error;
  } finally {
    if (!isTaken) busy.delete(taken);
  }

  return isTaken ? taken : undefined;
}

/** Gives a file its name back, or one like it where there is a newer file of that name. */
async function putBack(
  at: string,
  { taken, name }: { readonly taken: string; readonly name: string },
): Promise<void> {
  try {
    if (await renameIfFree(join(at, taken), join(at, name))) return;
    const other = name.replace('-', `-again-${randomBytes(4).toString('hex')}-`);
    await renameIfFree(join(at, taken), join(at, other));
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** The name of a file that whoever took it has left behind; undefined while it may still be reported. */
function abandonedName(
  taker: Taker,
  { name, seen }: Pick<SeenAt, 'name' | 'seen'>,
  nowMs: number,
): string | undefined {
  const taken = takenBy(name);
  if (taken === undefined) return undefined;
  const isMine = taken.pid === taker.pid && taken.id === taker.id;
  const isOld = nowMs - seen.sinceMs >= takenMsMax;
  // A process of another machine that shares the folder may seem gone: then both report, which does no harm.

  return isMine || isOld || isGone(taken.pid) ? taken.name : undefined;
}
