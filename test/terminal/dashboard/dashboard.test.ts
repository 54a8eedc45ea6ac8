// The terminal dashboard over the real engine in memory. Method: keys are pressed one after another, and what stands on
// the screen is read back from what was written, as a terminal would show it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { runCli } from '../../../src/cli/program/program.ts';
import type { Key } from '../../../src/terminal/screen/key.ts';
import { createMemoryApp, type MemoryApp } from '../../cli/memory-app.ts';
import { createTestIo } from '../../cli/test-io.ts';
import { screenOf } from './written-screen.ts';

const definition = `workflow:
  id: release
  version: 1
  tasks:
    - { id: build, type: NOOP }
    - { id: ok, type: HUMAN, approvers: { names: [ana] }, depends_on: build }
`;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function project(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-dashboard-'));
  folders.push(folder);
  await writeFile(join(folder, 'release.yaml'), definition);

  return folder;
}

async function startRun(app: MemoryApp, cwd: string): Promise<string> {
  const io = createTestIo({ cwd });
  await runCli(['start', 'release.yaml', '--detach'], app, io);

  return io.out().trim();
}

/** The dashboard in a terminal of 100 columns; resolves when it shows a screen. */
function open(app: MemoryApp, cwd: string, flags: readonly string[] = []) {
  let press: (key: Key) => void = () => {};
  let released = 0;
  const io = createTestIo({
    cwd,
    stdoutIsTty: true,
    stdinIsTty: true,
    keys: (callback) => {
      press = callback;
      return () => {
        released += 1;
      };
    },
  });
  const ended = runCli(['dashboard', ...flags], app, io);
  const shows = (text: string) =>
    vi.waitFor(() => expect(screenOf(io.out()).join('\n')).toContain(text), { timeout: 10_000 });
  const type = (...keys: readonly string[]) => {
    for (const key of keys) press(key.length > 1 ? ({ name: key } as Key) : { name: 'text', text: key });
  };

  return { io, ended, shows, type, released: () => released };
}

test('shows a run live, pauses and resumes it, and gives the terminal back', async () => {
  const app = createMemoryApp();
  const cwd = await project();
  const engine = await app.open({ projectDir: cwd, engine: 'embedded' }, () => {});
  const run = await startRun(app, cwd);
  await engine.workflows.adopt(run);
  const { io, ended, shows, type, released } = open(app, cwd);
  await shows('waiting for approval by ana');
  type('p', 'enter');
  await shows('paused');
  await shows('[R]esume');
  type('r', 'enter');
  await shows(`${run} resumed`);
  type('q');
  expect(await ended).toBe(0);
  expect(io.out().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  expect(released()).toBe(1);
  expect(io.err()).toContain('the runs go on; workflow status');
  await engine.close();
});

test('a key is meant for the run that was seen to be marked, though another has started since', async () => {
  const app = createMemoryApp();
  const cwd = await project();
  const engine = await app.open({ projectDir: cwd, engine: 'embedded' }, () => {});
  const seen = await startRun(app, cwd);
  await engine.workflows.adopt(seen);
  const { io, ended, shows, type } = open(app, cwd);
  await shows('waiting for approval by ana');
  const other = await startRun(app, cwd);
  await vi.waitFor(() =>
    expect(screenOf(io.out()).filter((line) => line.includes('release v1')).length).toBeGreaterThan(2),
  );
  type('p', 'enter');
  await shows(`${seen} paused`);
  const statuses = new Map((await engine.workflows.list()).map(({ run, head }) => [run, head.status]));
  expect([statuses.get(seen), statuses.get(other)]).toEqual(['PAUSED', 'RUNNING']);
  type('q');
  expect(await ended).toBe(0);
  await engine.close();
});

test('K ends the run that it names, once the end of its id was typed', async () => {
  const app = createMemoryApp();
  const cwd = await project();
  const engine = await app.open({ projectDir: cwd, engine: 'embedded' }, () => {});
  const run = await startRun(app, cwd);
  await engine.workflows.adopt(run);
  const { ended, shows, type } = open(app, cwd);
  await shows('waiting for approval');
  type('K');
  await shows(`End the run ${run} of release v1?`);
  type('tab', 'tab', ...run.slice(-4));
  type('enter');
  await shows('terminated');
  type('q');
  expect(await ended).toBe(0);
  const { head } = (await engine.workflows.list()).find((line) => line.run === run) ?? {};
  expect(head?.status).toBe('TERMINATED');
  await engine.close();
});

test('a run that somebody else starts meanwhile appears by itself', async () => {
  const app = createMemoryApp();
  const cwd = await project();
  const engine = await app.open({ projectDir: cwd, engine: 'embedded' }, () => {});
  const { ended, shows, type } = open(app, cwd, ['--read-only']);
  await shows('no runs yet');
  await startRun(app, cwd);
  await shows('release v1');
  type('p');
  await shows('it was started with --read-only');
  type('interrupt');
  expect(await ended).toBe(0);
  await engine.close();
});

test('without a terminal it tells a line for every change', async () => {
  const app = createMemoryApp();
  const cwd = await project();
  const engine = await app.open({ projectDir: cwd, engine: 'embedded' }, () => {});
  const io = createTestIo({ cwd });
  const ended = runCli(['top'], app, io);
  await vi.waitFor(() => expect(io.err()).toContain('what they do from now on follows'));
  await startRun(app, cwd);
  await vi.waitFor(() => expect(io.out()).toMatch(/release 01\w+ ◇ ok needs approval/));
  io.interrupt();
  expect(await ended).toBe(0);
  await engine.close();
});
