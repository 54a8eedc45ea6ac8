import type { Dirent, Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

export type FoundKind = 'file' | 'folder' | 'link' | 'fifo' | 'socket' | 'device' | 'unknown';
/** `path` is relative to the folder that is walked, with `/`. */
export type FoundEntry = {
  readonly path: string;
  readonly kind: FoundKind;
  /** Set for a folder that could not be listed: why. Folders that could be are not reported themselves. */
  readonly error?: unknown;
};

/** What a crash in the middle of `writeAtomically` leaves behind. It is ours, and no file of the folder. */
const unfinished = /^\.3ox-.*\.part$/;

/**
 * Everything in a folder and below it, sorted by path, so that the same folder always gives the same list. Holds the
 * names of the folders on the way to the current one, never those of the whole tree. Links are reported, not followed.
 * Rejects when the folder itself cannot be listed.
 */
export async function* walkFolder(
  root: string,
  options: { readonly excluded: string; readonly signal: AbortSignal },
): AsyncGenerator<FoundEntry> {
  const pending: FoundEntry[][] = [await list(root, '')];
  while (pending.length > 0) {
    options.signal.throwIfAborted();
    const found = pending.at(-1)?.pop();
    if (found === undefined) {
      pending.pop();
    } else if (found.kind !== 'folder') {
      yield found;
    } else if (join(root, found.path) !== options.excluded) {
      const inner = await list(root, `${found.path}/`).catch((error: unknown) => error);
      if (Array.isArray(inner)) pending.push(inner);
      else yield { ...found, error: inner };
    }
  }
}

/** The entries of one folder in reverse order, so that `pop` takes the first. */
async function list(root: string, prefix: string): Promise<FoundEntry[]> {
  const entries: FoundEntry[] = [];
  for await (const entry of await opendir(join(root, prefix), { bufferSize: 256 })) {
    if (unfinished.test(entry.name)) continue;
    const path = `${prefix}${entry.name}`;
    entries.push({ path, kind: await kindOf(entry, join(root, path)) });
  }

  return entries.sort((one, other) => (sortKey(one) < sortKey(other) ? 1 : -1));
}

/** With the slash, the entries of `a/` come where their paths sort, which is after `a-b` and before `a0`. */
function sortKey({ path, kind }: FoundEntry): string {
  return kind === 'folder' ? `${path}/` : path;
}

/** Some file systems list names without kinds; only then is the entry itself asked. */
async function kindOf(entry: Dirent, path: string): Promise<FoundKind> {
  const kind = kindFrom(entry);
  if (kind !== 'unknown') return kind;

  return lstat(path).then(kindFrom, () => 'unknown' as const);
}

function kindFrom(entry: Dirent | Stats): FoundKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isFIFO()) return 'fifo';
  if (entry.isSocket()) return 'socket';
  if (entry.isBlockDevice() || entry.isCharacterDevice()) return 'device';

  return 'unknown';
}
