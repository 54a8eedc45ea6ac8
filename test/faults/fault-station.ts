// A project with a server of its own and engines that serve it, all of the built program, for tests in which the
// machine fails them. Whatever was started is ended when the test is, stopped processes and mounts included.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { ownerHeaders } from '../e2e/owner.ts';
import { builtCli, type Finished } from '../e2e/station.ts';

export const run = promisify(execFile);

/** What recovery may take from when nothing is in the way any more. */
const recoveryMsMax = 15_000;

/** A start that cannot be stored is refused within this: the limit of a question and the start of a process. */
export const refusalMsMax = 30_000;

const signed = `workflow:
  id: signed
  version: 1
  tasks: [{ id: sign, type: HUMAN, wait_for_approval: true }]
`;

export const mayMount =
  process.platform === 'linux' && process.getuid?.() === 0 && succeeds('unshare', '--mount', 'true');

export function succeeds(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A folder on a small disk of its own. */
export async function mountSmallDisk(sizeMb: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', folder]);
  onTestFinished(async () => {
    await run('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true, force: true });
  });

  return folder;
}

export type Engine = {
  readonly pid: number;
  readonly url: string;
  readonly said: () => string;
  readonly readiness: () => Promise<Readiness>;
  /** Starts a run; resolves with its id, or with the code of what went wrong. */
  readonly start: (definition?: string) => Promise<string>;
  /** The ids of all runs that are there, sorted. */
  readonly runs: () => Promise<readonly string[]>;
  readonly ask: (
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<{ readonly status: number; readonly body: unknown }>;
};

export type Readiness = { readonly status: number; readonly reasons: string };

type StationOptions = {
  readonly folder?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
};

/** A project in this folder, or one of its own. `NATS_URL` in `env` names an outside server. */
export async function openFaultStation({ folder: given, files = {}, env: more = {} }: StationOptions = {}) {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'workflow-fault-')));
  const all = { 'definitions/signed.yaml': signed, ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { NATS_URL: _own, ...inherited } = process.env;
  const env = { ...inherited, USER: 'ana', LANG: 'C.UTF-8', ...more };
  const begin = (args: readonly string[], wrapped: readonly string[] = [], own = {}): ChildProcess => {
    const [program = '', ...rest] = [...wrapped, process.execPath, builtCli, ...args];
    return spawn(program, rest, { cwd: folder, env: { ...env, ...own }, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const cli = (...args: readonly string[]) => finished(begin(args));
  const serverPid = async () =>
    (JSON.parse(await readFile(join(folder, '.3ox/nats/server.json'), 'utf8')) as { readonly pid: number })
      .pid;
  // What was opened last is ended first: engines, then the server, then the folder.
  onTestFinished(async () => {
    if (more['NATS_URL'] === undefined) await cli('down');
    if (given === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  return {
    folder,
    cli,
    serverPid,
    serve: async (
      wrapped: readonly string[] = [],
      own: Readonly<Record<string, string>> = {},
    ): Promise<Engine> => engineOf(folder, begin(['serve', '--http', '127.0.0.1:0'], wrapped, own)),
    /** Starts a run; resolves with its id, or with what went wrong. */
    start: async (): Promise<string> => {
      const { code, stdout, stderr } = await cli('start', 'signed', '--detach');
      return code === 0 ? stdout.trim() : stderr;
    },
  };
}

async function engineOf(folder: string, child: ChildProcess): Promise<Engine> {
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const found = /dashboard on (http:\/\/[^\s/]+)/.exec(said)?.[1];
        if (found !== undefined && said.includes('engine ready')) resolve(found);
      });
    child.once('exit', () => reject(new Error(`the engine ended: ${said}`)));
    onTestFinished(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const over = once(child, 'exit');
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await over;
    });
  });
  const headers = { ...(await ownerHeaders(folder)), 'Content-Type': 'application/json' };
  const ask: Engine['ask'] = async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      ...{ method, headers },
      signal: AbortSignal.timeout(refusalMsMax),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as unknown };
  };

  return {
    pid: child.pid ?? 0,
    url,
    ask,
    start: async (definition = 'signed') => {
      const { status, body } = await ask('POST', '/api/v1/runs', { definition });
      const { run: id, code } = body as { readonly run?: string; readonly code?: string };
      return (status < 300 ? id : code) ?? JSON.stringify(body);
    },
    runs: async () => {
      const { body } = await ask('GET', '/api/v1/runs?limit=200');
      const { items } = body as { readonly items: readonly { readonly run: string }[] };
      return items.map(({ run: id }) => id).sort();
    },
    said: () => said,
    readiness: async () => {
      const { status, body } = await ask('GET', '/readyz');
      return { status, reasons: (body as { readonly reasons: readonly string[] }).reasons.join('; ') };
    },
  };
}

/** Resolves when the engine says that it is ready; rejects when that takes longer than recovery may. */
export async function recovers(engine: Engine): Promise<void> {
  await expect
    .poll(() => engine.readiness(), { timeout: recoveryMsMax, interval: 100 })
    .toMatchObject({ status: 200 });
}

async function finished(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');

  return { code, signal, stdout, stderr };
}
