import type { Dirent, Stats } from 'node:fs';
import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { join, posix, relative } from 'node:path';
import picomatch from 'picomatch';
import { isOwnFile } from '../../machines/triggers/own-files.ts';
import { digestFile } from '../files/digest-file.ts';
import { errorNumber, isAbsent } from '../files/file-failure.ts';
import { isInside, resolveInProject } from '../files/project-path.ts';
import { pausing } from '../lib/abort.ts';
import { messageOf } from '../lib/text.ts';
import type { Clock } from '../ports/clock.ts';
import type { FileDrop, FileDrops } from '../ports/events/file-drops.ts';

/** How many problems are told at a time; of a folder full of them the first say enough. */
const toldMax = 20;

const atOnceMax = 64;

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
    const begunMs = clock.steady();
    const { settled, problems } = await look(options, { glob, known, nowMs: begunMs });
    const lookedMs = clock.steady() - begunMs;
    for (const [file, about] of settled) {
      if (watch.signal.aborted) return;
      await tell(file, { about, watch, clock });
      if (about.problem !== undefined) problems.set(file.path, about.problem);
    }
    if (!watch.signal.aborted) tellOnce(problems);
    await pausing(clock, Math.max(lookEveryMs, lookedMs / shareOfTime), watch.signal);
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
    about.againAtMs = clock.steady() + againAfterMs;
    about.problem = `${path} was not taken, and is tried again (${reasonOf(error)})`;
  }
}

/** A file as it is now. While `stamp` stays the same, nobody has written to it. */
type SeenFile = {
  readonly path: string;
  readonly real: string;
  readonly stamp: string;
  readonly bytes: number;
  readonly modifiedMs: number;
};

/** Looks at all files, several at a time. */
async function lookAtAll(
  root: string,
  paths: readonly string[],
): Promise<readonly (readonly [path: string, seen: SeenFile | string | undefined])[]> {
  const all: (readonly [string, SeenFile | string | undefined])[] = [];
  for (let from = 0; from < paths.length; from += atOnceMax) {
    const next = paths.slice(from, from + atOnceMax);
    all.push(...(await Promise.all(next.map(async (path) => [path, await lookAt(root, path)] as const))));
  }

  return all;
}

/** Looks at a file without reading it: undefined when it is gone, a text when it cannot be used. */
async function lookAt(root: string, path: string): Promise<SeenFile | string | undefined> {
  try {
    const entry = await lstat(join(root, path));
    const real = entry.isSymbolicLink() ? await realpath(join(root, path)) : join(root, path);
    if (!isInside(root, real)) return `${path} is a link that leads out of the project; it starts nothing`;
    if (isOwnFile(relative(root, real))) return `${path} is a link into .3ox; it starts nothing`;
    const found = entry.isSymbolicLink() ? await stat(real) : entry;
    if (!found.isFile()) return `${path} is no plain file; it starts nothing`;

    return { path, real, stamp: stampOf(found), bytes: found.size, modifiedMs: found.mtimeMs };
  } catch (error) {
    return isAbsent(error) ? undefined : `${path} cannot be looked at (${reasonOf(error)})`;
  }
}

/** Tells one state of a file from another without reading it. */
function stampOf({ ino, size, mtimeMs }: Pick<Stats, 'ino' | 'size' | 'mtimeMs'>): string {
  return `${ino} ${size} ${mtimeMs}`;
}

/** `problems`: what stands in the way, by the path it is about. */
type ListedFiles = {
  readonly paths: readonly string[];
  readonly problems: ReadonlyMap<string, string>;
};

/** The entries that a glob means, folders left out. Paths are in the project, with `/`. */
async function listFiles(
  root: string,
  { folder, depthMax, matches }: DropGlob,
  entriesMax: number,
): Promise<ListedFiles> {
  const paths: string[] = [];
  const problems = new Map<string, string>();
  const folders = [{ path: folder === '.' ? '' : folder, depth: 1 }];
  let left = entriesMax;
  for (const { path, depth } of folders) {
    const { entries, problem } = await entriesOf(join(root, path), left);
    if (problem !== undefined) problems.set(path, `${path} cannot be listed (${problem})`);
    const inner = entries
      .filter(({ name }) => !isOwnFile(name))
      .map((entry) => ({ entry, at: path === '' ? entry.name : `${path}/${entry.name}` }));
    const below = depth < depthMax ? inner.filter(({ entry }) => entry.isDirectory()) : [];
    folders.push(...below.map(({ at }) => ({ path: at, depth: depth + 1 })));
    paths.push(...inner.filter(({ entry }) => !entry.isDirectory()).map(({ at }) => at));
    left -= entries.length;
    if (left > 0) continue;
    problems.set(folder, `${folder} holds ${entriesMax} entries or more; move away what is done with`);
    break;
  }

  return { paths: paths.filter((path) => matches(path)), problems };
}

type Entries = { readonly entries: readonly Dirent[]; readonly problem?: string };

async function entriesOf(path: string, most: number): Promise<Entries> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await opendir(path, { bufferSize: 256 })) {
      entries.push(entry);
      if (entries.length >= most) break;
    }
  } catch (error) {
    // A folder that is not there has no files, and may come.
    return isAbsent(error) ? { entries } : { entries, problem: reasonOf(error) };
  }

  return { entries };
}

/** The name that the system has for an error, or what it says. */
function reasonOf(error: unknown): string {
  return errorNumber(error) ?? messageOf(error);
}

/** Tells problems by what they are about: each once, until it is gone or another one. */
function createToldOnce(tell: (message: string) => void): (now: ReadonlyMap<string, string>) => void {
  let told: ReadonlyMap<string, string> = new Map();

  return (now) => {
    const fresh = [...now].filter(([about, message]) => told.get(about) !== message);
    for (const [, message] of fresh.slice(0, toldMax)) tell(message);
    if (fresh.length > toldMax) tell(`and ${fresh.length - toldMax} more like these`);
    told = new Map(now);
  };
}

/** Which files of the project a glob means, and how much of the project has to be looked at for them. */
type DropGlob = {
  /** The folder that holds them all, with `/`; `.` is the project. */
  readonly folder: string;
  /** Folders below that one are looked into this deep; 1 is the folder alone. */
  readonly depthMax: number;
  readonly matches: (path: string) => boolean;
};

/** Hidden files are meant only where the glob names the dot: editors and copying programs write them first. */
const syntax = { dot: false, noextglob: true, nonegate: true } as const;
const depthMaxUsual = 16;

function dropGlob(given: string): DropGlob {
  const glob = given.replace(/^(\.\/)+/, '');
  const { base, isGlob } = picomatch.scan(glob, syntax);
  const folder = isGlob ? posix.normalize(base === '' ? '.' : base) : posix.dirname(glob);
  // A slash in braces or a `**` may stand for any number of folders.
  const isFixed = !/\*\*|\{/.test(glob);
  const depth = segments(glob) - (folder === '.' ? 0 : segments(folder));

  return { folder, depthMax: isFixed ? depth : depthMaxUsual, matches: picomatch(glob, syntax) };
}

function segments(path: string): number {
  return path.split('/').filter((segment) => segment !== '').length;
}
