// `npm run dev` in a copy of the sources: an edit of a page comes to an open browser, an edit of the server is served,
// and Ctrl-C leaves no process behind. Prints how long both edits took.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/cluster.ts';
import { launchChromium, patience } from './dashboard.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const copied = ['src', 'machines', 'events', 'definitions', 'nats.conf', 'package.json'];
const configs = ['tsconfig.json', 'tsconfig.build.json'];
/** How long compiling everything, or a server that is not in the cache yet, may take. */
const startPatience = { timeout: 60_000 };

test('an edit of a page and one of the server are seen, and Ctrl-C ends everything', async () => {
  const copy = await copySources();
  const [port = 0] = await freePorts(1);
  const loop = startDevelopment(copy, port);
  const url = `http://127.0.0.1:${port}`;
  await expect.poll(() => loop.said(), startPatience).toContain('engine ready');

  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  // The link that is printed leads to the pages that are served from the sources, and signs in.
  await page.goto(/dashboard on (\S+)/.exec(loop.said())?.[1] ?? '');
  await page.goto(`${url}/runs`);
  await page.getByRole('link', { name: 'Approvals', exact: true }).waitFor();
  const pageEdit = performance.now();
  await edit(join(copy, 'src/web/app-pages.ts'), "label: 'Approvals'", "label: 'Decisions'");
  await page.getByRole('link', { name: 'Decisions', exact: true }).waitFor(patience);
  const pageMs = performance.now() - pageEdit;

  await expect.poll(() => reasonsOf(url), startPatience).toEqual([]);
  const serverEdit = performance.now();
  const health = join(copy, 'src/http/routes/system/health.ts');
  await edit(
    health,
    "{ status: 'ok' as const, reasons: [], warnings: [] }",
    "{ status: 'ok' as const, reasons: ['edited'], warnings: [] }",
  );
  await expect.poll(() => reasonsOf(url), startPatience).toEqual(['edited']);
  const serverMs = performance.now() - serverEdit;

  await loop.interrupt();
  await expect.poll(() => processesOf(copy), patience).toEqual([]);
  process.stdout.write(
    `seen after the edit: a page ${pageMs.toFixed(0)} ms, the server ${serverMs.toFixed(0)} ms\n`,
  );
});

/** The sources without tests and builds, with the packages that are installed here. */
async function copySources(): Promise<string> {
  const copy = await realpath(await mkdtemp(join(tmpdir(), 'workflow-dev-')));
  onTestFinished(() => rm(copy, { recursive: true, force: true, maxRetries: 5 }));
  for (const path of [...copied, ...configs])
    await cp(join(root, path), join(copy, path), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));

  return copy;
}

/** In a process group of its own, as a terminal starts it: an interrupt goes to all of the group. */
function startDevelopment(
  cwd: string,
  port: number,
): { readonly said: () => string; readonly interrupt: () => Promise<void> } {
  const args = ['run', 'dev', '--', '--port', `${port}`, '--strictPort'];
  const child = spawn('npm', args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const interrupt = async (): Promise<void> => {
    if (hasEnded(child) || child.pid === undefined) return;
    process.kill(-child.pid, 'SIGINT');
    await once(child, 'exit');
  };
  onTestFinished(interrupt);

  return { said: () => said, interrupt };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function edit(path: string, before: string, after: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  expect(text).toContain(before);
  await writeFile(path, text.replace(before, after));
}

/** What the engine answers behind the development server; nothing while it is being restarted. */
async function reasonsOf(url: string): Promise<unknown> {
  const response = await fetch(`${url}/healthz`).catch(() => undefined);
  if (response?.ok !== true) return undefined;

  return ((await response.json()) as { readonly reasons: unknown }).reasons;
}

/** The command lines of living processes that name a folder. */
async function processesOf(folder: string): Promise<readonly string[]> {
  const names = await readdir('/proc');
  const lines = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );

  return lines.filter((line) => line.includes(folder)).map((line) => line.replaceAll('\0', ' '));
}
