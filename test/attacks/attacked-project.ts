// A project as a person has it: the built program, its own NATS server, an engine with a dashboard, and a run that
// waits for the person. Attacks are carried out on it; afterwards everything has to stand as it stood before.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, vi } from 'vitest';
import { ownerHeaders } from '../e2e/owner.ts';
import { builtCli, type Finished, runProgram } from '../e2e/station.ts';

export type Told = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string };
export type Asking = {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: unknown;
};

export type AttackedProject = {
  readonly folder: string;
  /** Of the dashboard, without a slash at the end. */
  readonly url: string;
  readonly enginePid: number;
  readonly gate: string;
  /** Sends exactly this, as no browser would. A string is sent as it is, all else as JSON. */
  readonly ask: (path: string, asking?: Asking) => Promise<Told>;
  readonly asOwner: (path: string, body?: unknown) => Promise<Told>;
  readonly cli: (...args: readonly string[]) => Promise<Finished>;
  /** Nothing was started, answered or published that the person did not ask for. */
  readonly isUntouched: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const definitions = {
  gate: 'workflow: { id: gate, version: 1, tasks: [{ id: sign, type: HUMAN, wait_for_approval: true }] }\n',
  errand: 'workflow: { id: errand, version: 1, tasks: [{ id: run, assigned_to: RUNNER }] }\n',
};
/** What an engine may well have in its environment, and no command of a task may see. */
const secrets = { WORKFLOW_TOKEN: '3ox_of-somebody', WORKFLOW_SECRET_SHOP: 'the-secret-of-the-shop' };

export async function openAttacked(more: Readonly<Record<string, string>> = {}): Promise<AttackedProject> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-attacked-'));
  // As a home folder often is: everybody may look into it.
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'definitions'));
  for (const [name, content] of Object.entries({ ...definitions, ...more }))
    await writeFile(join(folder, 'definitions', `${name}.yaml`), content);
  const env = { NATS_URL: '', USER: 'ana', ...secrets };
  const engine = startEngine(folder, env);
  const guard = guardAgainstCrash(engine.pid, folder);
  const cli = (...args: readonly string[]) => runProgram(builtCli, args, { cwd: folder, env });
  const url = await engine.ready();
  const ask = (path: string, asking: Asking = {}) => send(`${url}${path}`, asking);
  const asOwner = async (path: string, body?: unknown) =>
    ask(path, { body, headers: { ...(await ownerHeaders(folder)) } });
  const started = await asOwner('/api/v1/runs', { definition: 'gate', input: {} });
  expect(started.status, started.text).toBe(201);
  const gate = (JSON.parse(started.text) as { readonly run: string }).run;
  const waits = async () => expect((await asOwner(`/api/v1/runs/${gate}`)).text).toContain('NEEDS_APPROVAL');
  await vi.waitFor(waits, { timeout: 60_000, interval: 50 });
  const stands = async () => [
    JSON.parse((await asOwner(`/api/v1/runs/${gate}`)).text).sequence,
    JSON.parse((await asOwner('/api/v1/runs')).text).total,
    (await asOwner('/api/v1/definitions')).text.match(/"id":"/g)?.length,
  ];
  const before = await stands();

  return {
    ...{ folder, url, enginePid: engine.pid, gate, ask, asOwner, cli },
    isUntouched: async () => expect(await stands()).toEqual(before),
    close: async () => {
      await engine.stop();
      await cli('down');
      guard.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** However this process ends, its end of the pipe closes: then the engine, its server and the folder go. */
function guardAgainstCrash(pid: number, folder: string): ChildProcess {
  const server = 'sed -n \'s/.*"pid": \\([0-9]*\\).*/\\1/p\' "$1/.3ox/nats/server.json"';
  const script = `cat > /dev/null; kill -9 "$0" $(${server}); rm -rf "$1"`;
  const guard = spawn('sh', ['-c', script, String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();

  return guard;
}

function startEngine(cwd: string, env: Readonly<Record<string, string>>) {
  const child: ChildProcess = spawn(process.execPath, [builtCli, 'serve', '--http', '127.0.0.1:0'], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });

  return {
    pid: child.pid ?? 0,
    /** Resolves with where it answers. */
    ready: async () => {
      await vi.waitFor(() => expect(said).toContain('engine ready'), { timeout: 180_000, interval: 50 });
      return /dashboard on (http:\/\/[^\s/]+)/.exec(said)?.[1] ?? '';
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function send(url: string, { method, headers = {}, body }: Asking): Promise<Told> {
  const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const asked = request(url, {
    method: method ?? (sent === undefined ? 'GET' : 'POST'),
    headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  });
  asked.end(sent);
  const [response] = await once(asked, 'response');
  const isStream = String(response.headers['content-type']).startsWith('text/event-stream');
  if (isStream) response.destroy();

  return {
    status: response.statusCode,
    headers: response.headers,
    text: isStream ? 'a stream' : await text(response),
  };
}

/** The port that the project's NATS server listens on. */
export async function natsPortOf(folder: string): Promise<number> {
  const record = JSON.parse(await readFile(join(folder, '.3ox/nats/server.json'), 'utf8')) as {
    port: number;
  };

  return record.port;
}

const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];

/** Whether this test may become another account: only root may. */
export const canBeNobody = (() => {
  try {
    execFileSync('setpriv', [...nobody, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Starts a program as another account of this machine. */
export function spawnAsNobody(command: string, args: readonly string[]): ChildProcess {
  return spawn('setpriv', [...nobody, command, ...args], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function runAsNobody(
  command: string,
  ...args: readonly string[]
): Promise<{ code: number; said: string }> {
  const child = spawnAsNobody(command, args);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
  const [code] = await once(child, 'close');

  return { code, said };
}
