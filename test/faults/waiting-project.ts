// A project with runs that wait for a person, the built program in it with a server of its own, and what a disk does to
// the files of its store.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { mapAtOnce } from '../../src/lib/limit.ts';
import { ownerHeaders } from '../e2e/owner.ts';
import { builtCli, type Finished, runProgram } from '../e2e/station.ts';

const signed = `workflow:
  id: signed
  version: 1
  tasks: [{ id: sign, type: HUMAN, wait_for_approval: true }]
`;
const env = { NATS_URL: '', LANG: 'C.UTF-8', USER: 'ana' };

/** A folder with the definition; who asks removes it. */
export async function makeProject(): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'workflow-ledger-'));
  await mkdir(join(project, 'definitions'));
  await writeFile(join(project, 'definitions', 'signed.yaml'), signed);

  return project;
}

export type Engine = {
  readonly url: string;
  /** What its owner sends. */
  readonly headers: Readonly<Record<string, string>>;
  readonly said: () => string;
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
};

export async function serve(project: string): Promise<Engine> {
  const child = spawn(process.execPath, [builtCli, 'serve', '--http', '127.0.0.1:0'], {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('engine ready')) resolve();
    });
    void ended.then(() => reject(new Error(`the engine ended: ${said}`)));
  });

  return {
    url: /dashboard on (http:\/\/[^\s/]+)/.exec(said)?.[1] ?? '',
    headers: { ...(await ownerHeaders(project)) },
    said: () => said,
    end: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}

export function startRuns(
  { url, headers }: Pick<Engine, 'url' | 'headers'>,
  count: number,
): Promise<readonly string[]> {
  return mapAtOnce(Array.from({ length: count }), 32, async () => {
    const answer = await fetch(`${url}/api/v1/runs`, {
      method: 'POST',
      body: JSON.stringify({ definition: 'signed' }),
      headers: { ...headers, 'Content-Type': 'application/json' },
    });
    const { run } = (await answer.json()) as { readonly run: string };
    expect(answer.status).toBeLessThan(300);

    return run;
  });
}

export function cli(
  project: string,
  ...args: readonly (string | Readonly<Record<string, string>>)[]
): Promise<Finished> {
  const words = args.filter((arg) => typeof arg === 'string');
  const more = Object.assign({}, ...args.filter((arg) => typeof arg !== 'string'));

  return runProgram(builtCli, words, { cwd: project, env: { ...env, ...more } });
}

export async function blocksOf(project: string): Promise<readonly string[]> {
  const streams = join(project, '.3ox', 'nats', 'store', 'jetstream', '$G', 'streams');
  const folder = join(streams, 'WF_DEFAULT_JOURNAL', 'msgs');
  const found = (await readdir(folder)).filter((file) => file.endsWith('.blk'));

  return found.map((file) => join(folder, file)).sort();
}

export async function flipBit(path: string, share: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const at = Math.floor((await stat(path)).size * share);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 0x10;
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
}
