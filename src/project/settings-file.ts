import { readFile, stat } from 'node:fs/promises';
import { formatProblems, type Problem } from '../../machines/language/problem.ts';
import { declaredPath } from '../files/local-definitions.ts';
import { messageOf } from '../lib/text.ts';
import type { Clock } from '../ports/clock.ts';

const bytesMax = 1024 * 1024;

/** A file of settings is there and cannot be used. The reaction: what it said before counts. Has all problems. */
class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid';
  readonly code: string;

  constructor({ name, code }: Pick<SettingsKind<unknown>, 'name' | 'code'>, problems: string) {
    super(`${name} cannot be used:\n${problems}`);
    this.code = code;
  }
}

/** A file at the root of the project that declares something. */
export type SettingsKind<Settings> = {
  readonly name: string;
  /** The code of the error where it cannot be used. */
  readonly code: string;
  /** What a project without the file declares. */
  readonly absent: Settings;
  readonly load: (options: {
    readonly file: string;
    readonly content: Uint8Array;
  }) =>
    | { readonly ok: true; readonly settings: Settings }
    | { readonly ok: false; readonly problems: readonly Problem[] };
};

export type SettingsFileOptions = {
  readonly projectDir: string;
  readonly clock: Clock;
  /** Told once for every state of the file that cannot be used: what it said before counts. And when it is mended. */
  readonly onProblem: (message: string) => void;
};

const lookEveryMs = 1_000;
const absentStamp = 'absent';

/**
 * Reads a file of settings and looks after it: a change counts as soon as the file has been the same for two looks, and
 * a file that is removed declares nothing. Rejects with SettingsInvalid when it cannot be used to begin with.
 */
export async function openSettingsFile<Settings>(
  kind: SettingsKind<Settings>,
  options: SettingsFileOptions,
): Promise<{ readonly current: () => Settings; readonly close: () => void }> {
  const { projectDir, clock, onProblem } = options;
  const path = declaredPath(projectDir, kind.name);
  // Taken before the file is read: what is written in between is seen by the first look.
  let read = await stampOf(path);
  let seen = read;
  let current = await contentOf(kind, path, read);
  let trouble: string | undefined;
  let closed = false;
  let cancel = clock.after(lookEveryMs, () => void look());

  async function look(): Promise<void> {
    try {
      const stamp = await stampOf(path);
      // Somebody may be in the middle of writing it.
      if (stamp !== read && stamp === seen) {
        read = stamp;
        current = await contentOf(kind, path, stamp);
        if (trouble !== undefined && stamp !== absentStamp)
          onProblem(`${kind.name} can be used again; what it says now counts`);
        trouble = undefined;
      }
      seen = stamp;
    } catch (error) {
      const message = messageOf(error);
      if (message !== trouble) onProblem(`${message}\nwhat it said before counts`);
      trouble = message;
    }
    if (!closed) cancel = clock.after(lookEveryMs, () => void look());
  }

  return {
    current: () => current,
    close: () => {
      closed = true;
      cancel();
    },
  };
}

/** What the file declares now. Rejects with SettingsInvalid. */
export async function readSettings<Settings>(
  kind: SettingsKind<Settings>,
  projectDir: string,
): Promise<Settings> {
  const path = declaredPath(projectDir, kind.name);

  return contentOf(kind, path, await stampOf(path));
}

async function contentOf<Settings>(
  kind: SettingsKind<Settings>,
  path: string,
  stamp: string,
): Promise<Settings> {
  return stamp === absentStamp ? kind.absent : readSettingsFile(kind, path);
}

/** Tells one state of the file from another without reading it. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(path);

    return `${ino} ${mtimeMs} ${size}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return absentStamp;
    throw error;
  }
}

/** What the file declares. Rejects with SettingsInvalid for problems, and as the file system does. */
async function readSettingsFile<Settings>(kind: SettingsKind<Settings>, path: string): Promise<Settings> {
  const found = await stat(path);
  // Opening a pipe would wait for somebody who writes into it.
  if (!found.isFile()) throw new SettingsInvalid(kind, 'it is no file');
  if (found.size > bytesMax)
    throw new SettingsInvalid(kind, `it has ${found.size} bytes, more than the ${bytesMax} that are read`);
  const loaded = kind.load({ file: kind.name, content: await readFile(path) });
  if (!loaded.ok) throw new SettingsInvalid(kind, formatProblems(loaded.problems));

  return loaded.settings;
}
