import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isOwnFile } from '../../../machines/triggers/own-files.ts';
import { errorNumber, isAbsent } from '../../files/file-failure.ts';
import { messageOf } from '../../ports/message-of.ts';
import type { DropGlob } from './drop-glob.ts';

/** `problems`: what stands in the way, by the path it is about. */
export type ListedFiles = {
  readonly paths: readonly string[];
  readonly problems: ReadonlyMap<string, string>;
};

/** The entries that a glob means, folders left out. Paths are in the project, with `/`. */
export async function listFiles(
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
export function reasonOf(error: unknown): string {
  return errorNumber(error) ?? messageOf(error);
}
