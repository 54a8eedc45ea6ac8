import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openAnchored } from '../../files/anchored-folder.ts';
import { pathSegments } from '../../files/path-segments.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Answer, readAnswer } from './answer-text.ts';
import { stemOf, type Taker } from './names.ts';
import { readWhole } from './read-whole.ts';
import type { Verdict } from './report-answer.ts';
import type { SeenFile, SeenFiles } from './seen-files.ts';
import { rejectedFolder, type SetAside } from './set-aside.ts';
import { putBack, takeFile } from './taking.ts';

/** How long a file may stay broken without a change. */
const halfMsMax = 30_000;

export type AnswerFilesDeps = {
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
  readonly report: (answer: Answer) => Promise<Verdict>;
  /** Takes away the task of an attempt whose result is recorded. */
  readonly takeAway: (agent: string, key: string) => Promise<void>;
};

/** A file in an outbox, as it was seen last. */
export type AnswerFile = { readonly at: string; readonly name: string; readonly seen: SeenFile };

export type AnswerFiles = {
  /** Reads a file that seems whole, reports what it says, and removes it when that is recorded. */
  readonly consider: (file: AnswerFile) => Promise<void>;
  readonly reject: (file: AnswerFile, reason: string) => Promise<void>;
};

export function createAnswerFiles(deps: AnswerFilesDeps): AnswerFiles {
  const { clock, taker, seenFiles, busy, answered } = deps;

  async function consider(file: AnswerFile): Promise<void> {
    const { at, name, seen } = file;
    const whole = await readWhole(join(at, name), seen.signature);
    if (whole === undefined) return;
    const read = 'text' in whole ? readAnswer(name, whole.text) : { kind: 'half' as const, ...whole };
    switch (read.kind) {
      case 'answer':
        return take(file, read.answer);
      case 'wrong':
        return reject(file, `answer.invalid: ${read.reason}`);
      case 'half': {
        const untilMs = seen.sinceMs + halfMsMax;
        if (clock.now() >= untilMs) return reject(file, `answer.half: ${read.reason}`);
        return seenFiles.putOff(file, untilMs);
      }
      case 'foreign':
        return seenFiles.putOff(file, Number.POSITIVE_INFINITY);
    }
  }

  /** What is written under the name from now on is another file, and not removed with this one. */
  async function take(file: AnswerFile, answer: Answer): Promise<void> {
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
        return seenFiles.putOff(file, clock.now() + verdict.delayMs);
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
