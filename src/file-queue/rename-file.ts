import { link, lstat, rename, unlink } from 'node:fs/promises';
import { errorNumber, isAbsent } from '../files/file-failure.ts';

/** Removes a file that may be gone already. */
export async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** Gives a file another name, unless there is a file of that name: then false. A rename would replace it. */
export async function renameIfFree(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    if (errorNumber(error) === 'EEXIST') {
      if (!(await isSameFile(from, to))) return false;
    } else {
      if (!hasNoLinks(error)) throw error;
      // Some shares have no links: there, of two files that come at the same instant the later one stays.
      await rename(from, to);
      return true;
    }
  }
  await unlinkIfThere(from);

  return true;
}

/** A crash between the two halves leaves both names. */
async function isSameFile(from: string, to: string): Promise<boolean> {
  const [one, other] = await Promise.all([lstat(from), lstat(to)]);

  return one.ino === other.ino && one.dev === other.dev;
}

function hasNoLinks(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorNumber(error) ?? '');
}
