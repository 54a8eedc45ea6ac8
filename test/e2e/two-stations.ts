// Two projects with a server and an engine each, as real processes, and a link between their servers that can be cut.

import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type ServedEngine, servedEngine } from './served-api.ts';
import { builtCli, type Finished, runProgram } from './station.ts';

export type Side = ServedEngine & {
  readonly cwd: string;
  readonly cli: (...args: readonly string[]) => Promise<Finished>;
  /** Starts a run; resolves with its id. */
  readonly begin: (definition: string, input?: object) => Promise<string>;
  readonly page: (run: string) => Promise<Page>;
  readonly becomes: (run: string, shown: string) => Promise<void>;
  readonly runs: () => Promise<
    readonly { readonly run: string; readonly status: string; readonly definition: { readonly id: string } }[]
  >;
};

// biome-ignore lint/suspicious/noExplicitAny: the page of a run as JSON
export type Page = any;

export type TwoStations = { readonly bridge: Side; readonly hull: Side; readonly link: TcpProxy };

type Files = Readonly<Record<string, string>>;

const patient = { timeout: 30_000, interval: 50 };
const secret = 'a-secret-of-both-stations';

/** `may`: what hull grants bridge, as YAML; `back`: the other way round. All is ended when the test is over. */
export async function openTwoStations(options: {
  readonly bridge: Files;
  readonly hull: Files;
  readonly may: string;
  readonly back?: string;
  /** Files in PEM: the link goes through TLS then. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}): Promise<TwoStations> {
  const { tls } = options;
  const [shown, trusted, to] =
    tls === undefined
      ? ['', '', '']
      : [`tls: {cert: ${tls.cert}, key: ${tls.key}}\n`, `tls: {ca: ${tls.ca}}\n`, 'tls://'];
  const [listen, through] = [await freePort(), await freePort()];
  const link = await startTcpProxy(`nats://127.0.0.1:${listen}`, through);
  onTestFinished(() => link.close());
  const bridge = await openSide({
    ...options.bridge,
    'stations.yaml': `station: bridge\nlisten: 127.0.0.1:${listen}\n${shown}peers:\n  hull: {secret: LINK, may: ${options.back ?? '{}'}}\n`,
  });
  const hull = await openSide({
    ...options.hull,
    'stations.yaml': `station: hull\n${trusted}peers:\n  bridge: {connect: "${to}127.0.0.1:${through}", secret: LINK, may: ${options.may}}\n`,
  });
  await Promise.all([bridge.start(), hull.start()]);

  return { bridge, hull, link };
}

async function openSide(files: Files): Promise<Side> {
  const cwd = await mkdtemp(join(tmpdir(), 'workflow-stations-'));
  await mkdir(join(cwd, '.3ox'), { mode: 0o700 });
  await writeFile(join(cwd, '.3ox', 'secrets.env'), `LINK=${secret}\n`, { mode: 0o600 });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), text);
  }
  const engine = await servedEngine({ cwd, env: {} });
  const cli = (...args: readonly string[]) => runProgram(builtCli, args, { cwd });
  onTestFinished(async () => {
    await engine.kill9();
    await cli('down');
    await rm(cwd, { recursive: true, force: true });
  });
  const page = async (run: string): Promise<Page> => (await engine.get(`/api/v1/runs/${run}`)).json();

  return {
    ...engine,
    cwd,
    cli,
    begin: async (definition, input = {}) => {
      const answer = await engine.post('/api/v1/runs', { definition, input });
      expect(answer.status, await answer.clone().text()).toBe(201);
      return ((await answer.json()) as { run: string }).run;
    },
    page,
    becomes: async (run, shown) => {
      await expect.poll(async () => (await page(run).catch(() => ({}))).shown, patient).toBe(shown);
    },
    runs: async () => {
      const all = [];
      for (let next: string | undefined = ''; next !== undefined; ) {
        const page: Page = await (
          await engine.get(`/api/v1/runs?limit=200${next && `&after=${encodeURIComponent(next)}`}`)
        ).json();
        all.push(...page.items);
        next = page.next;
      }
      return all;
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a server without a port');

  return address.port;
}
