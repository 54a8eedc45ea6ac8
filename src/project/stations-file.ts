import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { defined } from '../../machines/language/defined.ts';
import { formatProblems } from '../../machines/language/problem.ts';
import type { Stations } from '../../machines/stations/stations.ts';
import { isAbsent } from '../files/file-failure.ts';
import { messageOf } from '../lib/text.ts';
import { stationsFileName } from '../ports/serve-file.ts';

const bytesMax = 1024 * 1024;

/** stations.yaml is there and cannot be used. The reaction: correct it. The message has all problems. */
class StationsInvalid extends Error {
  override readonly name = 'StationsInvalid';
  readonly code = 'stations.invalid';

  constructor(problems: string) {
    super(`${stationsFileName} cannot be used:\n${problems}`);
  }
}

/** What stations.yaml declares; undefined where there is none. Rejects with StationsInvalid. */
export async function readStations(projectDir: string): Promise<Stations | undefined> {
  const path = join(projectDir, stationsFileName);
  const stamp = await stampOf(path);

  return stamp === undefined ? undefined : readFileAt(path);
}

/**
 * What stations.yaml grants as often as it is asked for: it is read again when it has changed. Of one that cannot be
 * used, what it said before counts, and `onProblem` is told once.
 */
export function followStations(
  projectDir: string,
  first: Stations,
  onProblem: (message: string) => void,
): () => Promise<Stations> {
  const path = join(projectDir, stationsFileName);
  let current = first;
  let read: string | undefined;

  return async () => {
    const stamp = await stampOf(path).catch((error: unknown) => messageOf(error));
    if (stamp === read) return current;
    read = stamp;
    try {
      if (stamp === undefined) throw new StationsInvalid('it is gone');
      current = await readFileAt(path);
    } catch (error) {
      onProblem(`${messageOf(error)}\nwhat it said before counts`);
    }

    return current;
  };
}

async function readFileAt(path: string): Promise<Stations> {
  const found = await stat(path);
  // Opening a pipe would wait for somebody who writes into it.
  if (!found.isFile()) throw new StationsInvalid('it is no file');
  if (found.size > bytesMax)
    throw new StationsInvalid(`it has ${found.size} bytes, more than the ${bytesMax} that are read`);
  // Most projects have none, and every command looks.
  const { loadStations } = await import('../../machines/stations/stations.ts');
  const loaded = loadStations({ file: stationsFileName, content: await readFile(path) });
  if (!loaded.ok) throw new StationsInvalid(formatProblems(loaded.problems));
  const { station, listen, tls, peers } = loaded;

  return { station, peers, ...defined({ listen, tls }) };
}

/** Tells one state of the file from another without reading it; undefined where there is none. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { ino, mtimeMs, size } = await stat(path);

    return `${ino} ${mtimeMs} ${size}`;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
