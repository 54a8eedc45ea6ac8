// serve.yaml is read again when it changes, without a restart. Method: a real file, looked after by a clock that is
// moved by hand; every look is waited for.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServeFile } from '../../src/ports/serve-file.ts';
import { openServeFile } from '../../src/project/serve-file.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

let projectDir: string;
let path: string;
let clock: ManualClock;
let problems: string[];
let opened: ServeFile[];

beforeEach(async () => {
  projectDir = await mkdtemp(join(tmpdir(), 'serve-file-'));
  path = join(projectDir, 'serve.yaml');
  clock = createManualClock();
  problems = [];
  opened = [];
});

afterEach(async () => {
  for (const each of opened) each.close();
  await rm(projectDir, { recursive: true, force: true });
});

async function open(): Promise<ServeFile> {
  const file = await openServeFile({ projectDir, clock, onProblem: (message) => problems.push(message) });
  opened.push(file);

  return file;
}

const names = (file: ServeFile) => file.current().alerts.map(({ name }) => name);

/** Moves the clock until it is so: a look reads the disk, and only the next one believes what it saw. */
function whenLooking<T>(read: () => T) {
  const look = () => {
    clock.advance(1_000);

    return read();
  };

  return expect.poll(look, { timeout: 10_000, interval: 5 });
}

test('a project without the file declares nothing, and one that comes, changes and goes counts', async () => {
  const file = await open();
  expect(file.current()).toEqual({ hooks: [], alerts: [], privateHosts: [] });
  await writeFile(path, 'alerts: {a: {on: run_failed, to: log}}');
  await whenLooking(() => names(file)).toEqual(['a']);
  await writeFile(path, 'alerts: {a: {on: run_failed, to: log}, b: {on: no_worker, to: log}}');
  await whenLooking(() => names(file)).toEqual(['a', 'b']);
  await rm(path);
  await whenLooking(() => names(file)).toEqual([]);
  expect(problems).toEqual([]);
});

test('a change that is wrong does not count, is told once, and so is that it is mended', async () => {
  await writeFile(path, 'alerts: {a: {on: run_failed, to: log}}');
  const file = await open();
  await writeFile(path, 'alerts: {b: {on: never, to: log}}');
  await whenLooking(() => problems.length).toBe(1);
  expect(problems[0]).toContain('alerts.b.on');
  expect(names(file)).toEqual(['a']);
  await writeFile(path, 'alerts: {c: {on: no_worker, to: log}}');
  await whenLooking(() => names(file)).toEqual(['c']);
  expect(problems.slice(1)).toEqual(['serve.yaml can be used again; what it says now counts']);
});

test('a file that is wrong to begin with, or too large, is refused', async () => {
  await writeFile(path, 'hooks: 3');
  await expect(open()).rejects.toMatchObject({ code: 'serve.invalid' });
  await writeFile(path, `# ${'x'.repeat(1024 * 1024)}`);
  await expect(open()).rejects.toThrow('more than the 1048576 that are read');
});
