import { readlink, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isInside } from '../../files/project-path.ts';

export type LinkEntry = {
  readonly path: string;
  readonly target: string;
  /** Whether it leads out of the scanned folder. */
  readonly outside: boolean;
  /** Whether there is nothing where it leads. */
  readonly broken: boolean;
};

/** What a link says, without going there. `root` is the real path of the scanned folder. */
export async function describeLink(root: string, path: string): Promise<LinkEntry> {
  const link = join(root, path);
  const target = await readlink(link);
  const real = await realpath(link).catch(() => undefined);

  return {
    path,
    target,
    outside: !isInside(root, real ?? resolve(dirname(link), target)),
    broken: real === undefined,
  };
}
