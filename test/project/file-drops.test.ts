// Files that are put into a folder are told once for each content, and only when nobody writes to them any more.
// Method: real files in a project of their own, looked after by a clock that is moved by hand.
import { appendFile, chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { FileDrop } from '../../src/ports/events/file-drops.ts';
import { createFileDrops } from '../../src/project/file-drops.ts';
import { temporaryProject, withoutPrivileges } from '../files/temporary-project.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

let clock: ManualClock;
let looks: number;
let problems: string[];
let drops: FileDrop[];

beforeEach(() => {
  const manual = createManualClock();
  looks = 0;
  // Whoever looks asks for the time of its next look when it is done with this one.
  clock = {
    ...manual,
    after: (delayMs, callback) => {
      looks += 1;

      return manual.after(delayMs, callback);
    },
  };
  problems = [];
  drops = [];
});

type OnDrop = (drop: FileDrop) => Promise<void>;

function watch(projectDir: string, glob = '1N.3OX/*.yaml', onDrop?: OnDrop): () => Promise<void> {
  const note: OnDrop = async (drop) => void drops.push(drop);
  const fileDrops = createFileDrops({
    projectDir,
    clock,
    entriesMax: 100,
    onProblem: (message) => problems.push(message),
  });
  const stop = fileDrops.watch(glob, onDrop ?? note);
  onTestFinished(stop);

  return stop;
}

/** Moves the clock until it is so: a look reads the disk, and only the next one believes what it saw. */
function whenLooking<T>(read: () => T) {
  return expect.poll(
    () => {
      clock.advance(500);

      return read();
    },
    { timeout: 10_000, interval: 5 },
  );
}

/** Lets the look under way end, and another one happen. */
async function oneLook(): Promise<void> {
  const before = looks;
  await whenLooking(() => looks).toBeGreaterThan(before);
}

/** Whatever was to be told has been told then. */
async function severalLooks(): Promise<void> {
  for (let look = 0; look < 4; look += 1) await oneLook();
}

const paths = (): readonly string[] => drops.map(({ path }) => path);

test('tells the files that are there, and those that come, with name, size, time and digest', async () => {
  const project = await temporaryProject({ '1N.3OX/a.yaml': 'abc', '1N.3OX/b.txt': 'no', 'c.yaml': 'no' });
  await utimes(join(project, '1N.3OX/a.yaml'), 1_000, 1_000);
  watch(project);
  await whenLooking(() => drops).toEqual([
    {
      path: '1N.3OX/a.yaml',
      name: 'a.yaml',
      bytes: 3,
      modifiedAt: '1970-01-01T00:16:40.000Z',
      digest: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    },
  ]);
  await writeFile(join(project, '1N.3OX/d.yaml'), 'd');
  await whenLooking(paths).toEqual(['1N.3OX/a.yaml', '1N.3OX/d.yaml']);
  await severalLooks();
  expect(paths()).toEqual(['1N.3OX/a.yaml', '1N.3OX/d.yaml']);
  expect(problems).toEqual([]);
});

test('a folder that is not there yet is watched, too', async () => {
  const project = await temporaryProject();
  watch(project, '1N.3OX/**/*.yaml');
  await severalLooks();
  await mkdir(join(project, '1N.3OX/orders/today'), { recursive: true });
  await writeFile(join(project, '1N.3OX/orders/today/a.yaml'), 'a');
  await whenLooking(paths).toEqual(['1N.3OX/orders/today/a.yaml']);
});

test('a file that is being written is told when it has stopped growing, as a whole', async () => {
  const project = await temporaryProject({ '1N.3OX/a.yaml': '' });
  const path = join(project, '1N.3OX/a.yaml');
  watch(project);
  await expect.poll(() => looks).toBe(1);
  for (let piece = 1; piece <= 20; piece += 1) {
    await appendFile(path, 'x');
    await utimes(path, piece, piece);
    clock.advance(500);
    await expect.poll(() => looks).toBe(piece + 1);
    expect(drops).toEqual([]);
  }
  await whenLooking(() => drops.map(({ bytes }) => bytes)).toEqual([20]);
});

test('other content is told again, the same content written again or under the same name is not', async () => {
  const project = await temporaryProject({ '1N.3OX/a.yaml': 'one' });
  const path = join(project, '1N.3OX/a.yaml');
  watch(project);
  await whenLooking(paths).toHaveLength(1);
  await utimes(path, 2_000, 2_000);
  await severalLooks();
  await writeFile(join(project, 'new'), 'one');
  await rename(join(project, 'new'), path);
  await severalLooks();
  expect(paths()).toHaveLength(1);
  await writeFile(path, 'two');
  await whenLooking(paths).toHaveLength(2);
});

test('a file that could not be taken is told again later, and others are not held up', async () => {
  const project = await temporaryProject({ '1N.3OX/a.yaml': 'a', '1N.3OX/b.yaml': 'b' });
  const tried: string[] = [];
  watch(project, '1N.3OX/*.yaml', async ({ path, name }) => {
    tried.push(path);
    if (name === 'a.yaml' && tried.length < 4) throw new Error('no engine');
  });
  const a = '1N.3OX/a.yaml';
  await whenLooking(() => tried.filter((path) => path === a).length).toBe(3);
  await severalLooks();
  expect(tried.filter((path) => path !== a)).toEqual(['1N.3OX/b.yaml']);
  expect(problems).toEqual([
    expect.stringContaining('1N.3OX/a.yaml was not taken, and is tried again (no engine)'),
  ]);
});

test('links out of the project, pipes and folders start nothing, and are told of once; a link inside is a file', async () => {
  const project = await temporaryProject({
    'inside.txt': 'in',
    '../outside.txt': 'out',
    '1N.3OX/sub.yaml/x': '',
  });
  await symlink('../../outside.txt', join(project, '1N.3OX/out.yaml'));
  await symlink('../inside.txt', join(project, '1N.3OX/in.yaml'));
  watch(project);
  await whenLooking(paths).toEqual(['1N.3OX/in.yaml']);
  await severalLooks();
  expect(paths()).toEqual(['1N.3OX/in.yaml']);
  expect(problems).toEqual([
    'files that match 1N.3OX/*.yaml: 1N.3OX/out.yaml is a link that leads out of the project; it starts nothing',
  ]);
});

test.each([['../*.yaml'], ['linked/*.yaml']])('nothing out of the project is watched by %s', async (glob) => {
  const project = await temporaryProject({ '../a.yaml': 'a', '../elsewhere/a.yaml': 'a' });
  await symlink('../elsewhere', join(project, 'linked'));
  watch(project, glob);
  await whenLooking(() => problems).toEqual([expect.stringContaining('leads out of the project')]);
  await severalLooks();
  expect(drops).toEqual([]);
});

test('what cannot be read is told once, and taken when it can be', async () => {
  const project = await temporaryProject({ '1N.3OX/a.yaml': 'a' });
  await chmod(join(project, '1N.3OX/a.yaml'), 0o000);
  await withoutPrivileges(async () => {
    const stop = watch(project);
    await whenLooking(() => problems).toEqual([expect.stringContaining('a.yaml was not taken')]);
    await stop();
  });
  expect(problems[0]).toContain('EACCES');
  await chmod(join(project, '1N.3OX/a.yaml'), 0o644);
  watch(project);
  await whenLooking(paths).toEqual(['1N.3OX/a.yaml']);
});

test('hidden files, our own unfinished ones and what is kept in .3ox are no drops', async () => {
  const project = await temporaryProject({
    '1N.3OX/.hidden.yaml': '',
    '1N.3OX/.3ox-1.part': '',
    '.3ox/state.yaml': '',
    'a.yaml': 'a',
  });
  watch(project, '**/*');
  await whenLooking(paths).toEqual(['a.yaml']);
  await severalLooks();
  expect(paths()).toEqual(['a.yaml']);
});

test.each([['.3ox/*'], ['./.3ox/state.yaml'], ['{.3ox,in}/*'], ['[.]3ox/**'], ['.3o?/**'], ['linked/*']])(
  'what is in .3ox starts nothing by %s',
  async (glob) => {
    const project = await temporaryProject({ '.3ox/state.yaml': '', '.3ox/a/b.yaml': '', '.3oy/a': 'told' });
    await symlink('.3ox', join(project, 'linked'));
    watch(project, glob);
    await severalLooks();
    expect(paths().filter((path) => path !== '.3oy/a')).toEqual([]);
  },
);

test('a link to what is in .3ox starts nothing, and is told of', async () => {
  const project = await temporaryProject({ '.3ox/state.yaml': '', '1N.3OX/a.yaml': 'a' });
  await symlink('../.3ox/state.yaml', join(project, '1N.3OX/state.yaml'));
  watch(project);
  await whenLooking(paths).toEqual(['1N.3OX/a.yaml']);
  await severalLooks();
  expect(paths()).toEqual(['1N.3OX/a.yaml']);
  expect(problems).toEqual([expect.stringContaining('1N.3OX/state.yaml is a link into .3ox')]);
});

test('a folder with too many entries is told of, and looked at as far as that goes', async () => {
  const project = await temporaryProject({ '1N.3OX/x.yaml': '' });
  for (let at = 0; at < 100; at += 1) await writeFile(join(project, '1N.3OX', String(at)), '');
  watch(project);
  await whenLooking(() => problems).toEqual([expect.stringContaining('1N.3OX holds 100 entries or more')]);
  await rm(join(project, '1N.3OX', '0'));
  await rm(join(project, '1N.3OX', '1'));
  await whenLooking(paths).toEqual(['1N.3OX/x.yaml']);
});

test('nothing is told after the end, and the end waits for what is under way', async () => {
  const project = await temporaryProject({ '1N.3OX/a.yaml': 'a' });
  let release = (): void => {};
  const order: string[] = [];
  const stop = watch(project, '1N.3OX/*.yaml', async () => {
    order.push('begun');
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    order.push('over');
  });
  await whenLooking(() => order).toEqual(['begun']);
  const stopped = stop().then(() => order.push('stopped'));
  release();
  await stopped;
  expect(order).toEqual(['begun', 'over', 'stopped']);
});
