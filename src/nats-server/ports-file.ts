import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning } from '../files/process-here.ts';

/** The ports that a server with free ones was given. */
export type ServerPorts = { readonly port: number; readonly monitorUrl?: string };

/** Reads what the server `pid` wrote; undefined while it has not, or has not finished. */
export async function readPorts(folder: string, pid: number): Promise<ServerPorts | undefined> {
  const names = await readdir(folder).catch(() => []);
  const name = names.find((each) => pidOf(each) === pid);
  if (name === undefined) return undefined;
  const text = await readFile(join(folder, name), 'utf8').catch(() => '');

  return parsePorts(text);
}

/** The processes that wrote a ports file, running or not. */
export async function pidsWithPorts(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch(() => []);

  return names.flatMap((name) => pidOf(name) ?? []);
}

/** A killed server leaves its file behind, and a later one may be given the same pid. */
export async function removeStalePorts(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = pidOf(name);
    if (pid !== undefined && !(await isRunning(pid))) await rm(join(folder, name), { force: true });
  }
}

function pidOf(name: string): number | undefined {
  const pid = /_(\d+)\.ports$/.exec(name)?.[1];

  return pid === undefined ? undefined : Number(pid);
}

function parsePorts(text: string): ServerPorts | undefined {
  try {
    const found = JSON.parse(text) as { nats?: readonly string[]; monitoring?: readonly string[] };
    const port = Number(/:(\d+)$/.exec(found.nats?.[0] ?? '')?.[1]);
    if (!Number.isInteger(port)) return undefined;
    const monitorUrl = found.monitoring?.[0];

    return monitorUrl === undefined ? { port } : { port, monitorUrl };
  } catch {
    return undefined;
  }
}
