import { realpath, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { isOwnFile } from '../../../machines/triggers/own-files.ts';
import { digestFile } from '../../files/digest-file.ts';
import { resolveInProject } from '../../files/project-path.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FileDrop, FileDrops } from '../../ports/file-drops.ts';
import { messageOf } from '../../ports/message-of.ts';
import { onAbort } from '../../ports/until-aborted.ts';
import { type DropGlob, dropGlob } from './drop-glob.ts';
import { listFiles, reasonOf } from './list-files.ts';
import { lookAtAll, type SeenFile, stampOf } from './look-at.ts';
import { createToldOnce } from './told-once.ts';

export type FileDropsOptions = {
  readonly projectDir: string;
  readonly clock: Clock;
  /** Told once for each thing that stands in the way of a file. */
  readonly onProblem: (message: string) => void;
  /** More than this is not looked at in one look, so that a folder nobody tidies up cannot take all of our time. */
  readonly entriesMax?: number;
};

const entriesMaxUsual = 20_000;
/** A file that is the same for two looks is not being written any more. */
const lookEveryMs = 500;
/** Looking takes at most this part of the time, however many files there are. */
const shareOfTime = 1 / 10;
const againAfterMs = 5_000;

/** What is known of a file between two looks: `told` is the stamp, and `digest` the content, that was told last. */
type Known = { stamp: string; told?: string; digest?: string; againAtMs?: number; problem?: string };

/** Watches by looking: the same on every file system, network mounts and mounted folders of containers included. */
export function createFileDrops(options: FileDropsOptions): FileDrops {
  return {
    watch: (glob, onDrop) => {
      const stop = new AbortController();
      const going = keepLooking(options, { glob, onDrop, signal: stop.signal }).catch((error: unknown) => {
        options.onProblem(`files that match ${glob} are not looked for: ${messageOf(error)}`);
      });

      return async () => {
        stop.abort();
        await going;
      };
    },
  };
}

type Watch = {
  readonly glob: string;
  readonly onDrop: (drop: FileDrop) => Promise<void>;
  readonly signal: AbortSignal;
};

async function keepLooking(options: FileDropsOptions, watch: Watch): Promise<void> {
  const { clock, onProblem } = options;
  const known = new Map<string, Known>();
  const tellOnce = createToldOnce((message) => onProblem(`files that match ${watch.glob}: ${message}`));
  const glob = dropGlob(watch.glob);
  while (!watch.signal.aborted) {
    const begunMs = clock.now();
    const { settled, problems } = await look(options, { glob, known, nowMs: begunMs });
    const lookedMs = clock.now() - begunMs;
    for (const [file, about] of settled) {
      if (watch.signal.aborted) return;
      await tell(file, { about, watch, clock });
      if (about.problem !== undefined) problems.set(file.path, about.problem);
    }
    if (!watch.signal.aborted) tellOnce(problems);
    await pause(clock, Math.max(lookEveryMs, lookedMs / shareOfTime), watch.signal);
  }
}

type Look = {
  readonly settled: readonly (readonly [SeenFile, Known])[];
  readonly problems: Map<string, string>;
};

/** One look at everything: the files that have settled and were not told as they are now, the oldest first. */
async function look(
  { projectDir, entriesMax = entriesMaxUsual }: FileDropsOptions,
  {
    glob,
    known,
    nowMs,
  }: { readonly glob: DropGlob; readonly known: Map<string, Known>; readonly nowMs: number },
): Promise<Look> {
  const problems = new Map<string, string>();
  const settled: [SeenFile, Known][] = [];
  try {
    const root = await realpath(projectDir);
    const folder = await resolveInProject(root, glob.folder);
    if (isOwnFile(relative(root, folder))) throw new Error('what is in .3ox starts nothing');
    const listed = await listFiles(root, glob, entriesMax);
    for (const [path, problem] of listed.problems) problems.set(path, problem);
    const paths = new Set(listed.paths);
    for (const path of known.keys()) if (!paths.has(path)) known.delete(path);
    for (const [path, seen] of await lookAtAll(root, listed.paths)) {
      if (typeof seen === 'string') problems.set(path, seen);
      else if (seen === undefined) known.delete(path);
      else if (hasSettled(seen, known, nowMs)) settled.push([seen, knownOf(seen, known)]);
      const problem = known.get(path)?.problem;
      if (problem !== undefined) problems.set(path, problem);
    }
  } catch (error) {
    problems.set(glob.folder, messageOf(error));
  }
  settled.sort(([a], [b]) => a.modifiedMs - b.modifiedMs || (a.path < b.path ? -1 : 1));

  return { settled, problems };
}

function knownOf({ path, stamp }: SeenFile, known: Map<string, Known>): Known {
  const before = known.get(path);
  if (before !== undefined) return before;
  const first = { stamp };
  known.set(path, first);

  return first;
}

/** Notes how the file is now. True when it was so at the look before, too, and is to be told. */
function hasSettled(seen: SeenFile, known: Map<string, Known>, nowMs: number): boolean {
  const before = known.get(seen.path);
  const about = knownOf(seen, known);
  const isSame = before?.stamp === seen.stamp;
  about.stamp = seen.stamp;

  return isSame && about.told !== seen.stamp && nowMs >= (about.againAtMs ?? 0);
}

async function tell(
  { path, real, stamp, bytes, modifiedMs }: SeenFile,
  { about, watch, clock }: { readonly about: Known; readonly watch: Watch; readonly clock: Clock },
): Promise<void> {
  try {
    const { sha256: digest } = await digestFile(real, { signal: watch.signal, onBytes: () => {} });
    // Written to while it was read, it is told when it has settled again.
    if (stampOf(await stat(real)) !== stamp) return;
    const modifiedAt = new Date(modifiedMs).toISOString();
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (digest !== about.digest) await watch.onDrop({ path, name, bytes, modifiedAt, digest });
    about.told = stamp;
    about.digest = digest;
    delete about.problem;
  } catch (error) {
    if (watch.signal.aborted) return;
    about.againAtMs = clock.now() + againAfterMs;
    about.problem = `${path} was not taken, and is tried again (${reasonOf(error)})`;
  }
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(delayMs, () => {
      forget();
      resolve();
    });
    const forget = onAbort(signal, () => {
      forget();
      cancel();
      resolve();
    });
  });
}
