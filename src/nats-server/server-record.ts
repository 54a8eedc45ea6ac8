import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is noted of a project's server, so that the next command finds it. */
export type ServerRecord = {
  readonly pid: number;
  /** Given to the server on its command line and told by it to clients: the proof that pid and port are still its. */
  readonly name: string;
  readonly binary: string;
  readonly startedAt: string;
  /** These are there once the server answers. */
  readonly port?: number;
  readonly url?: string;
  readonly monitorUrl?: string;
};

const PORT_MAX = 65_535;

/** Undefined when there is none, or what is there is none of ours. */
export async function readRecord(folder: string): Promise<ServerRecord | undefined> {
  try {
    const found = JSON.parse(await readFile(pathOf(folder), 'utf8')) as Partial<ServerRecord> | null;
    const { pid, name, binary, startedAt } = found ?? {};
    if (!Number.isInteger(pid) || pid === undefined || pid <= 0) return undefined;
    if (typeof name !== 'string' || typeof binary !== 'string' || typeof startedAt !== 'string')
      return undefined;

    return { ...found, pid, name, binary, startedAt };
  } catch {
    return undefined;
  }
}

/** Replaces the record in one step: a reader sees the old one or the new one. Only under the project's lock. */
export async function writeRecord(folder: string, record: ServerRecord): Promise<void> {
  const next = `${pathOf(folder)}.next`;
  await writeFile(next, `${JSON.stringify(record, null, 2)}\n`);
  await rename(next, pathOf(folder));
}

export async function removeRecord(folder: string): Promise<void> {
  await rm(pathOf(folder), { force: true });
}

/** The port that the project's server had last, also after it was stopped. */
export async function readLastPort(folder: string): Promise<number | undefined> {
  const port = Number(await readFile(portPathOf(folder), 'utf8').catch(() => ''));

  return Number.isInteger(port) && port > 0 && port <= PORT_MAX ? port : undefined;
}

/** Clients that run look for the server where it was: so the next one is given the same port. */
export async function noteLastPort(folder: string, port: number): Promise<void> {
  await writeFile(portPathOf(folder), `${port}\n`);
}

function portPathOf(folder: string): string {
  return join(folder, 'server.port');
}

function pathOf(folder: string): string {
  return join(folder, 'server.json');
}
