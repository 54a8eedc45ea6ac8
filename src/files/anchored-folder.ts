import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { errorNumber, fileFailure } from './file-failure.ts';
import { PathRefused, pathSegments } from './path-segments.ts';
import { isInside, leadsOut } from './project-path.ts';

/** A folder of the project that stays the same folder, even when a link on the way to it is swapped meanwhile. */
export type AnchoredFolder = {
  /** Path to use for files in the folder, while it is open. */
  readonly at: string;
  /** Makes renames in the folder durable. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Opens a folder of the project, creating it and its parents. Node has no `openat`, but on Linux
 * `/proc/self/fd/<n>` names an open folder whatever happens to its path, so that no link swapped between check and
 * use can lead a write out of the project. Elsewhere the checked real path has to do.
 */
export async function openAnchored(
  projectDir: string,
  segments: readonly string[],
  path: string,
): Promise<AnchoredFolder> {
  const root = await realpath(projectDir);
  let folder = await openFolder(root, root, path);
  for (const segment of segments) {
    try {
      const next = join(folder.at, segment);
      await makeFolder(next);
      const inner = await openFolder(root, next, path);
      await folder.close();
      folder = inner;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  return folder;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (errorNumber(error) !== 'EEXIST') throw error;
  }
}

async function openFolder(root: string, folder: string, path: string): Promise<AnchoredFolder> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const { at, real } = await whereIs(handle, folder);
    if (!isInside(root, real)) throw leadsOut(path);

    return { at, sync: () => handle.sync(), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function whereIs(handle: FileHandle, folder: string): Promise<{ at: string; real: string }> {
  if (process.platform !== 'linux') {
    const real = await realpath(folder);
    return { at: real, real };
  }
  const at = `/proc/self/fd/${handle.fd}`;

  return { at, real: await readlink(at) };
}

/**
 * Creates a folder of the project and its parents, unless they are there. Resolves with its path, relative to the
 * project folder, with `/`. Rejects with PathRefused or FileFailure.
 */
export async function createFolder(place: {
  readonly projectDir: string;
  readonly path: string;
}): Promise<string> {
  const segments = pathSegments(place.path);
  if (segments.length === 0) throw new PathRefused('path.empty', place.path, 'it names no folder');
  try {
    const folder = await openAnchored(place.projectDir, segments, place.path);
    await folder.sync();
    await folder.close();
  } catch (error) {
    throw fileFailure(error, place.path);
  }

  return segments.join('/');
}
