import { type FSWatcher, type Stats, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnchoredFolder, openAnchored } from '../files/anchored-folder.ts';
import { isAbsent } from '../files/file-failure.ts';
import { pathSegments } from '../files/path-segments.ts';

/** A folder of the project that is held open and watched. */
export type KeptFolder = {
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
