// A project with an engine that serves the HTTP API: the built program in a process of its own, on a real server.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startTestServer } from '../support/nats.ts';
import { ownerHeaders } from './owner.ts';
import { builtCli } from './station.ts';

export type HttpStation = {
  readonly project: string;
  readonly natsUrl: string;
  /** The status of the answer, and what it says. `path` is below `/api/v1/`. */
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Answered>;
  readonly restart: () => Promise<void>;
  /** Ends the engine as SIGKILL does. */
  readonly kill9: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type Answered = { readonly status: number; readonly text: string; readonly json: () => unknown };

/** Starts an engine in a project with these files, with `more` in its environment. */
export async function openHttpStation(
  files: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<HttpStation> {
  const server = await startTestServer();
  const project = await mkdtemp(join(tmpdir(), 'workflow-http-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
  const env = { ...process.env, NATS_URL: server.url, LANG: 'C.UTF-8', USER: 'ana', ...more };
  let engine = await startEngine(project, env);

  return {
    project,
    natsUrl: server.url,
    ask: async (method, path, body) => {
      const headers = await ownerHeaders(project);
      const answer = await fetch(`${engine.url}/api/v1/${path}`, {
        method,
        ...(body === undefined
          ? { headers }
          : { body: JSON.stringify(body), headers: { ...headers, 'Content-Type': 'application/json' } }),
      });
      const text = await answer.text();
      return { status: answer.status, text, json: () => JSON.parse(text) as unknown };
    },
    restart: async () => {
      await engine.stop();
      engine = await startEngine(project, env);
    },
    kill9: () => engine.stop('SIGKILL'),
    close: async () => {
      await engine.stop();
      await server.stop();
      await rm(project, { recursive: true, force: true });
    },
  };
}

async function startEngine(cwd: string, env: NodeJS.ProcessEnv) {
  const args = [builtCli, 'serve', '--http', '127.0.0.1:0'];
  const engine = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => engine.once('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    engine.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /dashboard on (http:\/\/[^\s/]+)/.exec(said)?.[1];
      if (found !== undefined && said.includes('engine ready')) resolve(found);
    });
    engine.once('close', () => reject(new Error(`the engine ended: ${said}`)));
  });

  return {
    url,
    stop: async (signal: NodeJS.Signals = 'SIGTERM') => {
      engine.kill(signal);
      await ended;
    },
  };
}
