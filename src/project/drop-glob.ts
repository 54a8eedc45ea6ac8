import { posix } from 'node:path';
import picomatch from 'picomatch';

/** Which files of the project a glob means, and how much of the project has to be looked at for them. */
export type DropGlob = {
  /** The folder that holds them all, with `/`; `.` is the project. */
  readonly folder: string;
  /** Folders below that one are looked into this deep; 1 is the folder alone. */
  readonly depthMax: number;
  readonly matches: (path: string) => boolean;
};

/** Hidden files are meant only where the glob names the dot: editors and copying programs write them first. */
const syntax = { dot: false, noextglob: true, nonegate: true } as const;
const depthMaxUsual = 16;

export function dropGlob(given: string): DropGlob {
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
