import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SecretFileRefused } from '../ports/access/secret-errors.ts';
import { isAbsent } from './file-failure.ts';

/** What group and others may do. */
const OTHERS = 0o077;
const EVERYBODY_ELSE = 0o007;
const SET_GROUP = 0o2000;

/**
 * The text of a file that only its owner may read; undefined when there is none. Throws SecretFileRefused when others
 * may read it too. `group`: the group of a folder that is shared on purpose may.
 */
export function readPrivateFile(
  path: string,
  shownPath: string,
  { group = false }: { readonly group?: boolean } = {},
): string | undefined {
  const file = openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new SecretFileRefused('secret.bad-file', `${shownPath} is no plain file`);
    const mode = stats.mode & 0o777;
    // Windows knows no such modes and shows every file as open to all.
    const mayNot = group && isSharedSync(path) ? EVERYBODY_ELSE : OTHERS;
    if (process.platform !== 'win32' && (mode & mayNot) !== 0) {
      throw new SecretFileRefused(
        'secret.exposed',
        `${shownPath} can be used by others (mode ${mode.toString(8)}); run \`chmod 600 ${shownPath}\``,
      );
    }

    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** Whether the folder of the path was given a group on purpose: what is new in it is that group's. */
function isSharedSync(path: string): boolean {
  return (statSync(dirname(path)).mode & SET_GROUP) !== 0;
}

/** The rights of a file of the project's own folder: its owner's, and those of the group that it is shared with. */
export async function ownMode(path: string): Promise<number> {
  return ((await stat(dirname(path))).mode & SET_GROUP) === 0 ? 0o600 : 0o660;
}

/** O_NONBLOCK keeps a pipe in the place of the file from blocking the open. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * Makes the folder of a project that is ours, `.3ox`, and lets nobody but its owner into it: the journal is there, with
 * what runs are given and what they bring forth. Where it belongs to somebody else it stays as it is.
 */
export async function ensurePrivateFolder(projectDir: string): Promise<string> {
  const folder = join(projectDir, '.3ox');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode } = await stat(folder);
  // Whoever set the group on purpose shares it with that group.
  const kept = (mode & SET_GROUP) === 0 ? 0o700 : 0o2770;
  if ((mode & 0o777 & ~kept) !== 0) await chmod(folder, mode & 0o7777 & kept).catch(ignoreNotOurs);

  return folder;
}

function ignoreNotOurs(error: unknown): void {
  const { code } = error as { readonly code?: unknown };
  if (code !== 'EPERM' && code !== 'EROFS') throw error;
}

/** Makes a file that only its owner may read; resolves when it would survive a power cut, but for its name. */
export async function writePrivateFile(path: string, text: string, mode = 0o600): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What was made or removed in the folder stays so after a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
