import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { defined } from '../../machines/language/defined.ts';
import { formatProblems } from '../../machines/language/problem.ts';
import { loadServeFile } from '../../machines/serve-file/load-serve-file.ts';
import { nothingServed, type Served } from '../../machines/serve-file/served.ts';
import { messageOf } from '../lib/text.ts';
import type { Clock } from '../ports/clock.ts';
import { type ServeFile, serveFileName } from '../ports/serve-file.ts';

const bytesMax = 1024 * 1024;

/** serve.yaml is there and cannot be used. The reaction: what it said before counts. The message has all problems. */
class ServeFileInvalid extends Error {
  override readonly name = 'ServeFileInvalid';
  readonly code = 'serve.invalid';

  constructor(problems: string) {
    super(`${serveFileName} cannot be used:\n${problems}`);
  }
}

export type ServeFileOptions = {
  readonly projectDir: string;
  readonly clock: Clock;
  /** Told once for every state of the file that cannot be used: what it said before counts. And when it is mended. */
  readonly onProblem: (message: string) => void;
};

const lookEveryMs = 1_000;
const absent = 'absent';

/**
 * Reads serve.yaml and looks after it: a change counts as soon as the file has been the same for two looks, and a file
 * that is removed declares nothing. Rejects with ServeFileInvalid when it cannot be used to begin with.
 */
export async function openServeFile(options: ServeFileOptions): Promise<ServeFile> {
  const { projectDir, clock, onProblem } = options;
  const path = join(projectDir, serveFileName);
  // Taken before the file is read: what is written in between is seen by the first look.
  let read = await stampOf(path);
  let seen = read;
  let current = await contentOf(path, read);
  let trouble: string | undefined;
  let closed = false;
  let cancel = clock.after(lookEveryMs, () => void look());

  async function look(): Promise<void> {
    try {
      const stamp = await stampOf(path);
      // Somebody may be in the middle of writing it.
      if (stamp !== read && stamp === seen) {
        read = stamp;
        current = await contentOf(path, stamp);
        if (trouble !== undefined && stamp !== absent)
          onProblem(`${serveFileName} can be used again; what it says now counts`);
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

async function contentOf(path: string, stamp: string): Promise<Served> {
  return stamp === absent ? nothingServed : readServeFile(path);
}

/** What serve.yaml declares now. Rejects with ServeFileInvalid. */
export async function readServed(projectDir: string): Promise<Served> {
  const path = join(projectDir, serveFileName);

  return contentOf(path, await stampOf(path));
}

/** Tells one state of the file from another without reading it. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(path);

    return `${ino} ${mtimeMs} ${size}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return absent;
    throw error;
  }
}

/** What the file declares. Rejects with ServeFileInvalid for problems, and as the file system does. */
async function readServeFile(path: string): Promise<Served> {
  const found = await stat(path);
  // Opening a pipe would wait for somebody who writes into it.
  if (!found.isFile()) throw new ServeFileInvalid('it is no file');
  if (found.size > bytesMax)
    throw new ServeFileInvalid(`it has ${found.size} bytes, more than the ${bytesMax} that are read`);
  const loaded = loadServeFile({ file: serveFileName, content: await readFile(path) });
  if (!loaded.ok) throw new ServeFileInvalid(formatProblems(loaded.problems));

  const { hooks, alerts, privateHosts, mail, oidc } = loaded;

  return { hooks, alerts, privateHosts, ...defined({ mail, oidc }) };
}
