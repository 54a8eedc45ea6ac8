import { type FSWatcher, type Stats, watch } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { protocolVersion } from '../../events/worker-protocol.ts';
import { type AnchoredFolder, openAnchored } from '../files/anchored-folder.ts';
import { isAbsent } from '../files/file-failure.ts';
import { pathSegments } from '../files/path-segments.ts';
import { createLimit } from '../lib/limit.ts';
import type { TurnsPerKey } from '../lib/serial-queue.ts';
import type { Clock } from '../ports/clock.ts';
import { claimOf, taskFileName } from './names.ts';
import type { OfferedAttempt, OpenAttempts } from './open-attempts.ts';
import { lookAt } from './read-whole.ts';
import { renameIfFree, unlinkIfThere } from './rename-file.ts';
import { askAgainMs, type SendReport } from './report-answer.ts';
import type { FolderRound } from './rounds.ts';

/** How long a worker may leave its file untouched where its task says nothing else. */
const untouchedMsMax = 600_000;

/** How often an engine that does not say wants to hear of the work. */
const beatMs = 3_000;

const retryMs = 1_000;

const reportsMax = 16;

export type ClaimsDeps = {
  readonly projectDir: string;
  readonly path: string;
  readonly clock: Clock;
  readonly open: OpenAttempts;
  readonly turns: TurnsPerKey;
  readonly send: SendReport;
  readonly onTrouble: (error: unknown) => void;
  readonly onEvent: () => void;
};

/** What is known of a file that a worker claimed. */
type Claim = ClaimedFile & {
  /** The engine let the worker begin. */
  granted: boolean;
  beatMs: number;
  /** Nothing is told of it before. */
  notBeforeMs: number;
  touchedMs: number;
  mtimeMs: number;
  busy: boolean;
};

/**
 * The workers that claimed a task by renaming its file. For as long as they touch it, the engine is told that they
 * live; when they do not for too long, the file is there for others again.
 */
export function createClaims(deps: ClaimsDeps): { round: FolderRound; close: () => Promise<void> } {
  const { clock, onTrouble } = deps;
  const folder = createKeptFolder(deps);
  const files = createClaimedFiles(deps);
  const slots = createLimit(reportsMax);
  const claims = new Map<string, Claim>();

  async function look(at: string, name: string): Promise<void> {
    const claim = claims.get(name) ?? (await meet(name));
    if (claim === undefined || claim.busy) return;
    const mtimeMs = await files.touchedAt(at, name);
    if (mtimeMs === undefined) return;
    const nowMs = clock.steady();
    if (mtimeMs !== claim.mtimeMs) Object.assign(claim, { mtimeMs, touchedMs: nowMs });
    if (claim.granted && nowMs - claim.touchedMs >= (claim.attempt.heartbeatTimeoutMs ?? untouchedMsMax)) {
      claims.delete(name);
      return files.putBack(at, claim);
    }
    if (nowMs >= claim.notBeforeMs) await slots.begin(() => attend(claim, () => speak(at, claim)));
  }

  /** Files that are no attempt of ours belong to somebody else. */
  async function meet(name: string): Promise<Claim | undefined> {
    const claimed = claimOf(name);
    const attempt = claimed && (await deps.open.find(claimed.stem));
    if (claimed === undefined || attempt === undefined) return undefined;
    const nowMs = clock.steady();
    const never = { granted: false, beatMs, notBeforeMs: nowMs, touchedMs: nowMs, mtimeMs: 0, busy: false };
    const claim = { ...claimed, ...never, name, attempt };
    claims.set(name, claim);

    return claim;
  }

  async function speak(at: string, claim: Claim): Promise<void> {
    const kind = claim.granted ? 'heartbeat' : 'start';
    const answer = await deps.send(claim.attempt.agent, { kind, ...senderOf(claim) });
    const againMs = askAgainMs(answer);
    if (againMs !== undefined) {
      claim.notBeforeMs = clock.steady() + againMs;
    } else if (answer?.ok) {
      if (kind === 'start') await files.noteWorker(claim, claim.worker);
      claim.granted = true;
      claim.beatMs = answer.heartbeatMs ?? claim.beatMs;
      claim.notBeforeMs = clock.steady() + claim.beatMs;
    } else {
      claims.delete(claim.name);
      await files.remove(at, claim);
    }
  }

  /** A worker that renamed its file back wants somebody else to begin; any other will answer, or be missed. */
  async function lookAfterGone(present: ReadonlySet<string>): Promise<void> {
    for (const claim of [...claims.values()].filter(({ name, busy }) => !busy && !present.has(name))) {
      claims.delete(claim.name);
      if (!claim.granted || !present.has(taskFileName(claim.stem))) continue;
      const reason = 'the worker put its file back';
      await slots.begin(() =>
        attend(claim, async () => {
          await deps.send(claim.attempt.agent, { kind: 'release', ...senderOf(claim), reason });
          await files.noteWorker(claim, undefined);
        }),
      );
    }
  }

  async function attend(claim: Claim, act: () => Promise<void>): Promise<void> {
    claim.busy = true;
    try {
      await act();
    } catch (error) {
      claim.notBeforeMs = clock.steady() + retryMs;
      onTrouble(error);
    } finally {
      claim.busy = false;
    }
  }

  return {
    round: async (isEnded) => {
      const at = await folder.at(slots.idle);
      const names = await readdir(at);
      for (const name of names.filter((each) => each.endsWith('.claimed'))) {
        if (isEnded()) return;
        await look(at, name);
      }
      await lookAfterGone(new Set(names));
    },
    close: async () => {
      await slots.idle();
      await folder.close();
    },
  };
}

function senderOf({ worker, attempt: { run, task, attempt, token } }: Claim) {
  return { protocol: protocolVersion, run, task, attempt, token, worker } as const;
}

/** A task that a worker took by renaming its file. */
type ClaimedFile = {
  readonly name: string;
  readonly stem: string;
  readonly worker: string;
  readonly attempt: OfferedAttempt;
};

type ClaimedFiles = {
  /** When the file was touched, in the time of its folder; undefined when it is not there. */
  readonly touchedAt: (at: string, name: string) => Promise<number | undefined>;
  /** Gives the task to whoever comes next, unless it is there already. */
  readonly putBack: (at: string, file: ClaimedFile) => Promise<void>;
  readonly remove: (at: string, file: ClaimedFile) => Promise<void>;
  /** Keeps who has the attempt: its answer may not say so, and its file may be gone by then. */
  readonly noteWorker: (file: ClaimedFile, worker: string | undefined) => Promise<void>;
};

function createClaimedFiles({
  open,
  turns,
}: {
  readonly open: OpenAttempts;
  readonly turns: TurnsPerKey;
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

/** A folder of the project that is held open and watched. */
type KeptFolder = {
  /** Its place for now, made anew where the folder was removed or replaced. `letGo` is called before that. */
  readonly at: (letGo: () => Promise<void>) => Promise<string>;
  readonly close: () => Promise<void>;
};

export function createKeptFolder(folder: {
  readonly projectDir: string;
  readonly path: string;
  /** Something in it changed. Sent where the system can tell; nothing may rest on it. */
  readonly onEvent: () => void;
}): KeptFolder {
  const { projectDir, path, onEvent } = folder;
  let open: { readonly folder: AnchoredFolder; readonly id: string } | undefined;
  let watcher: FSWatcher | undefined;

  async function close(): Promise<void> {
    const closing = open;
    open = undefined;
    watcher?.close();
    watcher = undefined;
    await closing?.folder.close();
  }

  return {
    at: async (letGo) => {
      if (open !== undefined && open.id !== (await idOf(join(projectDir, path)))) {
        await letGo();
        await close();
      }
      if (open === undefined) {
        const anchored = await openAnchored(projectDir, pathSegments(path), path);
        open = { folder: anchored, id: (await idOf(anchored.at)) ?? '' };
      }
      watcher ??= await watched(open.folder.at, onEvent, () => {
        watcher = undefined;
      });

      return open.folder.at;
    },
    close,
  };
}

/** Which folder it is, whatever its name; undefined when there is none. */
async function idOf(path: string): Promise<string | undefined> {
  let stats: Stats;
  try {
    stats = await stat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }

  return `${stats.dev}:${stats.ino}`;
}

/** Undefined where there is nothing to watch with: too many watches, a share that cannot. */
async function watched(at: string, onEvent: () => void, onEnd: () => void): Promise<FSWatcher | undefined> {
  try {
    const watcher = watch(await realpath(at), { persistent: false }, onEvent);
    watcher.on('error', () => {
      watcher.close();
      onEnd();
    });

    return watcher;
  } catch {
    return undefined;
  }
}
