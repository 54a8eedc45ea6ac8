// The built engine with its dashboard in a project of its own, and a real Chromium that looks at it. Whatever a page
// writes to the console as an error, and whatever its content security policy forbids, fails the test.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, expect, onTestFinished, vi } from 'vitest';
import { ownerHeaders } from '../e2e/owner.ts';
import { builtCli, type Finished, runProgram } from '../e2e/station.ts';
import { startTestServer } from '../support/nats.ts';
import { createDashboardEngine, type DashboardEngine } from './dashboard-engine.ts';

export type DashboardOptions = {
  /** Definitions by the name of their file without `.yaml`. */
  readonly definitions?: Readonly<Record<string, string>>;
  /** Other files of the project, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether the browser is signed in as the owner of the project; true without. */
  readonly asOwner?: boolean;
  /** More arguments of `workflow serve`. */
  readonly serve?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Errors on the console that are meant to be, such as those of an engine that was killed. */
  readonly allows?: RegExp;
  readonly viewport?: { readonly width: number; readonly height: number };
};

export type Dashboard = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Such as `http://127.0.0.1:40000`, without a slash at the end. */
  readonly url: string;
  /** The folder of the project. */
  readonly project: string;
  readonly engine: DashboardEngine;
  /** Runs `workflow <args>` in the project. */
  readonly cli: (...args: readonly string[]) => Promise<Finished>;
  /** Asks the HTTP API: the path without `/api/v1`. With a body it is a POST. */
  readonly api: (
    path: string,
    body?: unknown,
  ) => Promise<{ readonly status: number; readonly json: unknown }>;
  /** Starts a run and resolves with its id. */
  readonly start: (definition: string, input?: Readonly<Record<string, unknown>>) => Promise<string>;
  /** Opens a path of the dashboard. */
  readonly open: (path: string) => Promise<void>;
  readonly theme: (theme: 'light' | 'dark') => Promise<void>;
  /** Keeps a picture of the page: `SCREENSHOTS`, or the folder `3ox-screenshots` among the temporary ones. */
  readonly shot: (name: string, of?: Page) => Promise<void>;
};

const screenshots = process.env['SCREENSHOTS'] ?? join(tmpdir(), '3ox-screenshots');
/** How many times slower the pages compute: `BROWSER_SLOW=8` finds tests, and pages, that rely on speed. */
const slowness = Number(process.env['BROWSER_SLOW'] ?? 1);
/** How long anything is waited for. Less than a test may take, so that it is told what was waited for. */
export const patience = { timeout: 30_000 * slowness };
// Of many such waits, of which each may be long on a machine that does other things, too.
vi.setConfig({ testTimeout: 300_000 * slowness });
const flags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** One Chromium for the tests of a file: each has a context of its own, which is a browser that has seen nothing. */
let chromiumOfFile: Promise<Browser> | undefined;
afterAll(async () => await (await chromiumOfFile)?.close());

/** Starts a server and an engine, and opens a page in a browser of its own; all of it ends with the test. */
export async function withDashboard(
  options: DashboardOptions,
  use: (dashboard: Dashboard) => Promise<void>,
): Promise<void> {
  chromiumOfFile ??= launchChromium();
  // Told where it is awaited.
  chromiumOfFile.catch(() => undefined);
  const end = endings();
  const server = await startTestServer();
  end(() => server.stop());
  const project = await mkdtemp(join(tmpdir(), 'workflow-browser-'));
  // A command of a task may outlive its engine for a moment, and write.
  end(() => rm(project, { recursive: true, force: true, maxRetries: 5 }));
  const env = { NATS_URL: server.url, USER: 'ana', ...options.env };
  const engine = createDashboardEngine({ project, env, args: options.serve ?? [] });
  end(engine.kill9);
  await writeProject(project, options);
  const url = await engine.start();
  const context = await openContext(await chromiumOfFile, options);
  end(() => context.close());
  if (options.asOwner !== false) await signIn(context, url, project);
  const page = await context.newPage();
  const wrong = collectErrors(page, options.allows);
  const dashboard = { page, context, url, project, engine, ...ways({ page, url, project, env }) };
  await use(dashboard).catch(async (error: unknown) => {
    await dashboard.shot('failed').catch(() => undefined);
    throw wrong.length === 0 ? error : new Error(`on the console: ${wrong.join('\n')}`, { cause: error });
  });
  expect(wrong).toEqual([]);
}

/** What is done when the test is over, the last first: also when its time is up while it still waits for something. */
function endings(): (end: () => Promise<unknown>) => void {
  const all: (() => Promise<unknown>)[] = [];
  onTestFinished(async () => {
    const wrong: unknown[] = [];
    for (const end of all.reverse()) await end().catch((error: unknown) => wrong.push(error));
    expect(wrong).toEqual([]);
  });

  return (end) => void all.push(end);
}

async function openContext(browser: Browser, { viewport }: DashboardOptions): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: viewport ?? { width: 1280, height: 800 } });
  context.setDefaultTimeout(patience.timeout);
  if (slowness > 1) context.on('page', (page) => void slowDown(context, page).catch(() => undefined));

  return context;
}

/** The browser gets the cookie that the link of the owner would get it. */
async function signIn(context: BrowserContext, url: string, project: string): Promise<void> {
  const { authorization } = await ownerHeaders(project);
  const data = { token: authorization.replace('Bearer ', '') };
  expect((await context.request.post(`${url}/api/v1/session`, { data })).ok()).toBe(true);
}

async function slowDown(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowness });
}

type Where = {
  readonly page: Page;
  readonly url: string;
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
};

function ways({ page, url, project, env }: Where) {
  const api = async (path: string, body?: unknown) => {
    const headers = { 'content-type': 'application/json', ...(await ownerHeaders(project)) };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${url}/api/v1${path}`, init);
    const text = await response.text();

    return { status: response.status, json: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };

  return {
    api,
    cli: (...args: readonly string[]) => runProgram(builtCli, args, { cwd: project, env }),
    start: async (definition: string, input: Readonly<Record<string, unknown>> = {}) => {
      const { status, json } = await api('/runs', { definition, input });
      expect(status, JSON.stringify(json)).toBe(201);

      return (json as { readonly run: string }).run;
    },
    open: async (path: string) => void (await page.goto(url + path)),
    theme: async (theme: 'light' | 'dark') => {
      await page.evaluate(`localStorage.setItem('3ox-theme', '${theme}')`);
      await page.reload();
    },
    shot: async (name: string, of: Page = page) => {
      await mkdir(screenshots, { recursive: true });
      await of.screenshot({ path: join(screenshots, `${name}.png`) });
    },
  };
}

async function writeProject(
  project: string,
  { definitions = {}, files = {} }: DashboardOptions,
): Promise<void> {
  const named = Object.entries(definitions).map(
    ([name, text]) => [`definitions/${name}.yaml`, text] as const,
  );
  await mkdir(join(project, 'definitions'));
  for (const [path, text] of [...named, ...Object.entries(files)]) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
}

/** Starts the Chromium of this machine. */
export function launchChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

  return chromium.launch({ executablePath, args: flags });
}

function collectErrors(page: Page, allows: RegExp | undefined): readonly string[] {
  const wrong: string[] = [];
  const note = (text: string): void => {
    if (allows?.test(text) !== true) wrong.push(text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error') note(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => note(error.stack ?? error.message));

  return wrong;
}
