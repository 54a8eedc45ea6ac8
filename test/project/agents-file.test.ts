// agents.yaml is read again when it changes, without a restart. Method: a real file, looked after by a clock that is
// moved by hand; every look is waited for.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentsFile } from '../../src/ports/work/agent-admin.ts';
import { openAgentsFile } from '../../src/project/agents-file.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

let projectDir: string;
let path: string;
let clock: ManualClock;
let problems: string[];
let opened: AgentsFile[];

beforeEach(async () => {
  projectDir = await mkdtemp(join(tmpdir(), 'agents-file-'));
  path = join(projectDir, 'agents.yaml');
  clock = createManualClock();
  problems = [];
  opened = [];
});

afterEach(async () => {
  for (const each of opened) each.close();
  await rm(projectDir, { recursive: true, force: true });
});

async function open(): Promise<AgentsFile> {
  const file = await openAgentsFile({ projectDir, clock, onProblem: (message) => problems.push(message) });
  opened.push(file);

  return file;
}

function names(file: AgentsFile): readonly string[] {
  return file.current().agents.map(({ name }) => name);
}

/** Moves the clock until it is so: a look reads the disk, and only the next one believes what it saw. */
function whenLooking<T>(read: () => T) {
  return expect.poll(
    () => {
      clock.advance(1_000);

      return read();
    },
    { timeout: 10_000, interval: 5 },
  );
}

test('a project without the file declares nobody, and one that comes later counts', async () => {
  const file = await open();
  expect(file.current()).toEqual({ agents: [], principals: [], skills: [] });
  let changes = 0;
  file.onChange(() => {
    changes += 1;
  });

  await writeFile(path, 'agents: {SCANNER: {}}\nprincipals: {ana: {level: L0}}\n');
  await whenLooking(() => names(file)).toEqual(['SCANNER']);
  expect(file.current().principals).toEqual([{ name: 'ana', level: 'L0' }]);
  expect(changes).toBe(1);
});

test('a change counts without a restart, also where another file is moved into its place', async () => {
  await writeFile(path, 'agents: {SCANNER: {}}');
  const file = await open();
  await writeFile(`${path}.new`, 'agents: {WRITERS: {}}');
  await rename(`${path}.new`, path);

  await whenLooking(() => names(file)).toEqual(['WRITERS']);
  expect(problems).toEqual([]);
});

test('a file that somebody is in the middle of writing does not count', async () => {
  let armed = 0;
  const counted = {
    now: clock.now,
    steady: clock.steady,
    after: (delayMs: number, callback: () => void) => {
      armed += 1;

      return clock.after(delayMs, callback);
    },
  };
  const file = await openAgentsFile({ projectDir, clock: counted, onProblem: () => undefined });
  opened.push(file);
  const looked = async () => {
    const before = armed;
    clock.advance(1_000);
    await expect.poll(() => armed).toBe(before + 1);

    return names(file);
  };

  await writeFile(path, 'agents: {A: {}}');
  expect(await looked()).toEqual([]);
  await writeFile(path, 'agents: {A: {}, WHOLE: {}}');
  expect(await looked()).toEqual([]);
  expect(await looked()).toEqual(['A', 'WHOLE']);
});

test('a file with problems is told of once, and what it said before counts until it is mended', async () => {
  await writeFile(path, 'agents: {SCANNER: {}}');
  const file = await open();
  await writeFile(path, 'agents: {SCANNER: {level: L7}}');
  await whenLooking(() => problems.length).toBe(1);
  let looks = 0;
  await whenLooking(() => {
    looks += 1;

    return looks;
  }).toBe(10);
  expect(problems).toEqual([expect.stringContaining('agents.yaml:1:27')]);
  expect(names(file)).toEqual(['SCANNER']);

  await writeFile(path, 'agents: {MENDED: {}}');
  await whenLooking(() => names(file)).toEqual(['MENDED']);
  expect(problems.slice(1)).toEqual(['agents.yaml can be used again; what it says now counts']);
});

test('a file that is taken away goes on to count: nobody gets rights by deleting it', async () => {
  await writeFile(path, 'principals: {ana: {level: L0}}');
  const file = await open();
  await rm(path);
  await whenLooking(() => problems.length).toBe(1);
  expect(file.current().principals).toEqual([{ name: 'ana', level: 'L0' }]);
});

test.each([
  ['has problems', () => writeFile(path, 'agents: {A: {level: L9}}'), 'agents.bad-value'],
  ['is a folder', () => mkdir(path), 'agents.unreadable'],
  ['is larger than 1 MiB', () => writeFile(path, ' '.repeat(1024 * 1024 + 1)), 'agents.unreadable'],
])('nothing begins with a file that %s', async (_what, write, code) => {
  await write();
  await expect(open()).rejects.toMatchObject({ code: 'agents.invalid', problems: [{ code }] });
});
