// The whole HTTP API on a port of its own, over the real engine with a journal in memory, and a client that sends
// exactly what it is told to, as no browser would.

import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { createDefinitionTests } from '../../src/compose/definition-tests.ts';
import { galleryOf } from '../../src/compose/gallery.ts';
import { systemClock as clock } from '../../src/compose/system-clock.ts';
import { createAlertFeed } from '../../src/engine/alerts/alert-feed.ts';
import { createFailureTriage } from '../../src/engine/queries/failure-triage.ts';
import type { ApiDeps } from '../../src/http/api.ts';
import { type ApiOptions, createApi } from '../../src/http/create-api.ts';
import { type ListenOptions, listen } from '../../src/http/listen.ts';
import { webFiles } from '../../src/http/web-files.ts';
import { createAnswerLinks } from '../../src/keys/answer-links.ts';
import { createSecretCipher } from '../../src/keys/cipher.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { loadAllOperations } from '../../src/operations/load-operations.ts';
import { createOwner } from '../../src/project/owner-token.ts';
import { createProjectDefinitions } from '../../src/project/project-definitions.ts';
import { createTokensFile } from '../../src/project/tokens-file.ts';
import { createMemoryMarkStore } from '../../src/stores/memory/mark-store.ts';
import { createProject } from '../cli/project.ts';
import { noSql } from '../support/indexed.ts';
import { testsHere } from '../support/tests-here.ts';

export type Answered = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: never;
};

type ServerOptions = Partial<
  Pick<
    ApiDeps,
    'readOnly' | 'isSecure' | 'band' | 'isConnected' | 'notReady' | 'storeTrouble' | 'identity' | 'clock'
  >
> &
  Pick<ApiOptions, 'requests' | 'failures'> &
  Pick<ListenOptions, 'requestMsMax'> & {
    readonly files?: Readonly<Record<string, string>>;
    readonly allowHosts?: readonly string[];
    /** Bound to this machine alone; default true. */
    readonly isLoopback?: boolean;
    /** Who asks without saying who: the owner of the project, by default where it is bound to this machine alone. */
    readonly asOwner?: boolean;
  };

export async function openServer(options: ServerOptions = {}) {
  const { isLoopback = true, allowHosts: hosts = [], requestMsMax, files = {}, requests, failures } = options;
  const { asOwner = isLoopback } = options;
  const troubles: unknown[] = [];
  const { deps, ...world } = await openDeps(files, options);
  const web = await webFiles(await builtPage(world.dir));
  const api = createApi(deps, {
    operations: await loadAllOperations(),
    web,
    onTrouble: (error) => troubles.push(error),
    ...(requests === undefined ? {} : { requests }),
    ...(failures === undefined ? {} : { failures }),
  });
  const { port, close, url } = await listen(api, {
    host: '127.0.0.1',
    port: 0,
    portDefault: 0,
    guard: { isLoopback, hosts },
    ...(requestMsMax === undefined ? {} : { requestMsMax }),
  });
  onTestFinished(close);

  return {
    ...world,
    deps,
    api,
    port,
    url,
    troubles,
    close,
    ask: askingAt(port, asOwner ? await deps.owner.token() : undefined),
  };
}

async function openDeps(files: Readonly<Record<string, string>>, options: ServerOptions) {
  const project = await createProject(files);
  const { app, dir } = project;
  const session = await app.open({ projectDir: dir, engine: 'embedded' }, () => undefined);
  const { ports, close } = await app.ports(dir, () => undefined);
  const { agents, triggers, board, rows, layout, absences, goals, erasures, retention, bundles } = ports;
  const alertFeed = createAlertFeed();
  const isConnected = () => true;
  const sources = { approvalsSince: async () => [], shardsHeld: async () => 0 };
  const metrics = createMetrics({ board, agents, clock, isConnected, alerts: alertFeed, ...sources });
  onTestFinished(async () => {
    metrics.close();
    await close();
    await session.close();
  });
  const noNats = () => Promise.reject(new Error('there is no NATS server here'));
  const deps: ApiDeps = {
    ...{ workflows: session.workflows, agents, triggers, board, rows, layout, alertFeed, metrics, clock },
    ...{ absences, goals, erasures, retention, bundles },
    access: createTokensFile({ projectDir: dir, clock }),
    answerLinks: createAnswerLinks(createSecretCipher(dir)),
    owner: createOwner({ projectDir: dir, clock }),
    definitionFiles: createProjectDefinitions({ projectDir: dir }),
    gallery: galleryOf({ projectDir: dir }, testsHere),
    world: () => app.world(dir),
    tests: createDefinitionTests(clock, dir),
    triage: createFailureTriage(createMemoryMarkStore()),
    importer: app.importer,
    sql: noSql,
    doctor: () => app.doctor({ projectDir: dir }, () => undefined),
    work: { link: noNats, secret: noNats },
    hooks: {
      file: { current: () => ({ hooks: [], alerts: [], privateHosts: [] }) },
      secrets: { get: () => undefined },
    },
    project: { dir, namespace: 'default', version: '0.0.0' },
    ...{
      isConnected,
      lost: () => [],
      notReady: () => [],
      readOnly: false,
      actor: 'ana',
      isSecure: () => false,
    },
    ...options,
  };
  await board.ready;

  return { ...project, deps };
}

/** What `vite build` makes, as far as the server knows it. */
async function builtPage(dir: string): Promise<string> {
  const folder = join(dir, 'web');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(folder, 'assets', 'index-abc.js'), 'export {};\n');

  return folder;
}

type Asking = { readonly method?: string; readonly headers?: OutgoingHttpHeaders; readonly body?: unknown };

function askingAt(port: number, token: string | undefined) {
  const owner = token === undefined ? {} : { authorization: `Bearer ${token}` };

  /** A string is sent as it is, all else as JSON. Whoever brings a token or a cookie is not the owner. */
  return async (path: string, { method, headers = {}, body }: Asking = {}): Promise<Answered> => {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const asked = request({
      port,
      path,
      host: '127.0.0.1',
      method: method ?? (sent === undefined ? 'GET' : 'POST'),
      headers: {
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...('authorization' in headers || 'cookie' in headers ? {} : owner),
        ...headers,
      },
    });
    asked.end(sent);
    const [response] = await once(asked, 'response');
    const answer: string = await text(response);
    const isJson = String(response.headers['content-type']).includes('json') && answer !== '';

    return {
      status: response.statusCode,
      headers: response.headers,
      text: answer,
      body: (isJson ? JSON.parse(answer) : undefined) as never,
    };
  };
}
