import { lstat, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileFailure, isAbsent } from './file-failure.ts';
import { PathRefused, pathSegments } from './path-segments.ts';

/**
 * The real path of a file or folder of the project, which need not exist yet. Rejects with PathRefused when the path,
 * or a link on its way, leads out of the project folder.
 *
 * A link may be swapped after the answer. Whoever writes uses `writeAtomically`, which holds on to the folders.
 */
export async function resolveInProject(projectDir: string, path: string): Promise<string> {
  const segments = pathSegments(path);
  const root = await realpath(projectDir);
  try {
    return await followInside(root, segments, path);
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** Whether a real path is the folder itself or below it. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);

  return way !== '..' && !way.startsWith(`..${sep}`) && !/^[a-z]:/i.test(way);
}

/** The refusal for a path whose text is fine, but on which a link leads out. */
export function leadsOut(path: string): PathRefused {
  return new PathRefused('path.outside-project', path, 'a link on it leads out of the project folder');
}

async function followInside(root: string, segments: readonly string[], path: string): Promise<string> {
  let reached = root;
  for (const [index, segment] of segments.entries()) {
    const next = join(reached, segment);
    const kind = await kindOf(next);
    if (kind === 'absent') return join(next, ...segments.slice(index + 1));

    reached = kind === 'link' ? await followLink(root, next, path) : next;
  }

  return reached;
}

async function kindOf(path: string): Promise<'absent' | 'link' | 'other'> {
  try {
    return (await lstat(path)).isSymbolicLink() ? 'link' : 'other';
  } catch (error) {
    if (isAbsent(error)) return 'absent';
    throw error;
  }
}

/** A link to nothing is refused too: what it names may appear later, and anywhere. */
async function followLink(root: string, link: string, path: string): Promise<string> {
  const real = await realpath(link).catch(() => undefined);
  if (real === undefined || !isInside(root, real)) throw leadsOut(path);

  return real;
}
