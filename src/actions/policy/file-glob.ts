import picomatch from 'picomatch';
import { z } from 'zod';

const globCharsMax = 256;
/** Each of these multiplies the ways a long path can fail to match; without a limit, one path can take hours. */
const limits = { starsPerName: 3, doubleStars: 2, braces: 3 } as const;
const syntax = { dot: true, noextglob: true, nonegate: true } as const;

/** A glob of a policy: `*`, `?`, `**`, `[a-z]` and `{a,b}`, over paths relative to the checked folder. */
export const FileGlob = z
  .string()
  .min(1)
  .max(globCharsMax)
  .refine((glob) => !/^\/|\\|(^|\/)\.\.?(\/|$)/.test(glob), {
    error: 'a glob is relative to the checked folder, with "/" between folders, and without "." or ".."',
  })
  .refine(isCheap, {
    error:
      `a glob may have at most ${limits.doubleStars} "**", ${limits.starsPerName} "*" between two slashes ` +
      `and ${limits.braces} "{"`,
  });

/** Whether a glob means one exact path. */
export function isPlainPath(glob: string): boolean {
  return !picomatch.scan(glob, syntax).isGlob;
}

/** Matches whole paths: `LICENSE` is the one at the top of the folder. */
export function matchPath(glob: string): (path: string) => boolean {
  return picomatch(glob, syntax);
}

/** Like `matchPath`, but a glob without a slash matches the file name in any folder, as in a .gitignore. */
export function matchAnywhere(glob: string): (path: string) => boolean {
  return picomatch(glob, { ...syntax, basename: !glob.includes('/') });
}

function isCheap(glob: string): boolean {
  const names = glob.split('/');
  const stars = names.map((name) => (name === '**' ? 0 : name.split('*').length - 1));

  return (
    stars.every((count) => count <= limits.starsPerName) &&
    names.filter((name) => name === '**').length <= limits.doubleStars &&
    glob.split('{').length - 1 <= limits.braces
  );
}
