import type { Stats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isOwnFile } from '../../../machines/triggers/own-files.ts';
import { isAbsent } from '../../files/file-failure.ts';
import { isInside } from '../../files/project-path.ts';
import { reasonOf } from './list-files.ts';

/** A file as it is now. While `stamp` stays the same, nobody has written to it. */
export type SeenFile = {
  readonly path: string;
  readonly real: string;
  readonly stamp: string;
  readonly bytes: number;
  readonly modifiedMs: number;
};

const atOnceMax = 64;

/** Looks at all files, several at a time. */
export async function lookAtAll(
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
export function stampOf({ ino, size, mtimeMs }: Pick<Stats, 'ino' | 'size' | 'mtimeMs'>): string {
  return `${ino} ${size} ${mtimeMs}`;
}
