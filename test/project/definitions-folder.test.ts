// The definitions that people keep in definitions/ are found when they change, without a restart. Method: a real
// folder, looked after by a clock that is moved by hand.
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { KnownWorld } from '../../machines/language/world/world.ts';
import type { FolderDefinition } from '../../src/ports/definitions/definitions-folder.ts';
import { createDefinitionsFolder } from '../../src/project/definitions-folder.ts';
import { temporaryProject, withoutPrivileges } from '../files/temporary-project.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

const definition = (id: string, version = 1) =>
  `workflow: {id: ${id}, version: ${version}, triggers: [{on: some.event}], tasks: [{id: a, type: NOOP}]}\n`;

let clock: ManualClock;
let problems: string[];
let told: string[][];
let looks: number;
let world: KnownWorld;

beforeEach(() => {
  const manual = createManualClock();
  looks = 0;
  world = {};
  // Whoever looks asks for the time of its next look when it is done with this one.
  clock = {
    ...manual,
    after: (delayMs, callback) => {
      looks += 1;

      return manual.after(delayMs, callback);
    },
  };
  problems = [];
  told = [];
});

const namesOf = (found: readonly FolderDefinition[]) =>
  found.map(({ file, loaded: { ref } }) => `${file} ${ref.id}@${ref.version}`);

async function watch(projectDir: string, onFound?: (found: readonly FolderDefinition[]) => Promise<void>) {
  const note = async (found: readonly FolderDefinition[]) => void told.push(namesOf(found));
  const onProblem = (message: string) => void problems.push(message);
  const folder = createDefinitionsFolder({ projectDir, clock, world: async () => world, onProblem });
  const stop = await folder.watch(onFound ?? note);
  onTestFinished(stop);

  return stop;
}

function whenLooking<T>(read: () => T) {
  return expect.poll(
    () => {
      clock.advance(1_000);

      return read();
    },
    { timeout: 10_000, interval: 5 },
  );
}

async function severalLooks(): Promise<void> {
  const before = looks;
  await whenLooking(() => looks).toBeGreaterThan(before + 3);
}

test('tells all definitions at once, and again when one comes, changes or goes', async () => {
  const project = await temporaryProject({
    'definitions/a.yaml': definition('a'),
    'definitions/inner/b.yml': definition('b'),
    'definitions/notes.yaml': 'remarks: none\n',
    'definitions/read.me': definition('c'),
  });
  await watch(project);
  expect(told).toEqual([['definitions/a.yaml a@1', 'definitions/inner/b.yml b@1']]);

  await writeFile(join(project, 'new'), definition('a', 2));
  await rename(join(project, 'new'), join(project, 'definitions/a.yaml'));
  await whenLooking(() => told.at(-1)).toEqual(['definitions/a.yaml a@2', 'definitions/inner/b.yml b@1']);
  await rm(join(project, 'definitions/inner'), { recursive: true });
  await whenLooking(() => told.at(-1)).toEqual(['definitions/a.yaml a@2']);
  expect(told).toHaveLength(3);
  expect(problems).toEqual([]);
});

test('a folder that is not there has none, and may come', async () => {
  const project = await temporaryProject();
  await watch(project);
  expect(told).toEqual([[]]);
  await mkdir(join(project, 'definitions'));
  await writeFile(join(project, 'definitions/a.yaml'), definition('a'));
  await whenLooking(() => told.at(-1)).toEqual(['definitions/a.yaml a@1']);
});

test('a file with problems is told of once with line and column, and found when it is mended', async () => {
  const project = await temporaryProject({
    'definitions/a.yaml': definition('a').replace('tasks', 'taks'),
    'definitions/b.yaml': definition('b'),
  });
  await watch(project);
  expect(told).toEqual([['definitions/b.yaml b@1']]);
  expect(problems).toEqual([
    expect.stringMatching(/definitions\/a\.yaml cannot be used[\s\S]*a\.yaml:1:\d+/),
  ]);

  await writeFile(join(project, 'definitions/a.yaml'), definition('a'));
  await whenLooking(() => told.at(-1)).toEqual(['definitions/a.yaml a@1', 'definitions/b.yaml b@1']);
  expect(problems).toHaveLength(1);
});

test('a file that cannot be read is told of once, and found when it can be, without having changed', async () => {
  const project = await temporaryProject({
    'definitions/a.yaml': definition('a'),
    'definitions/b.yaml': definition('b'),
  });
  const path = join(project, 'definitions/a.yaml');
  await chmod(path, 0o000);
  await withoutPrivileges(async () => {
    await watch(project);
    await severalLooks();
  });
  expect(told).toEqual([['definitions/b.yaml b@1']]);
  expect(problems).toEqual([expect.stringMatching(/definitions\/a\.yaml cannot be used[\s\S]*EACCES/)]);
  await chmod(path, 0o644);
  await whenLooking(() => told.at(-1)).toEqual(['definitions/a.yaml a@1', 'definitions/b.yaml b@1']);
});

test('what could not be registered is told again later, and the reason once', async () => {
  const project = await temporaryProject({ 'definitions/a.yaml': definition('a') });
  let tries = 0;
  await watch(project, async () => {
    tries += 1;
    if (tries < 4) throw new Error('no server');
  });
  await whenLooking(() => tries).toBe(4);
  for (let look = 0; look < 10; look += 1) clock.advance(1_000);
  expect(tries).toBe(4);
  expect(problems).toEqual(['the definitions of the project cannot be registered: no server']);
});

test('a definition that does not fit in its world is told of, and counts as soon as the world fits', async () => {
  const noisy = definition('noisy').replace('type: NOOP', 'uses: make.noise');
  const projectDir = await temporaryProject({ 'definitions/noisy.yaml': noisy });
  world = { actions: {} };
  await watch(projectDir);
  expect(problems).toEqual([expect.stringContaining('there is no action "make.noise"')]);
  expect(told).toEqual([[]]);

  world = { actions: { 'make.noise': { input: {}, outputs: {}, errors: [] } } };
  await whenLooking(() => told).toEqual([[], ['definitions/noisy.yaml noisy@1']]);
  expect(problems).toHaveLength(1);
});

test('an agent, or a workflow, that the files do not name may be elsewhere', async () => {
  const asked = definition('asked').replace('type: NOOP', 'assigned_to: SOMEBODY');
  world = { agents: [{ name: 'ANNA', level: 'L3' }] };
  await watch(await temporaryProject({ '.3ox.workflows/asked.yaml': asked }));

  expect(told).toEqual([['.3ox.workflows/asked.yaml asked@1']]);
});

test('another schema of a receipt is another definition, and one that comes later is found', async () => {
  const named = 'workflow: {id: a, version: 1, tasks: [{id: t, receipt: {schema: s.json, to: a.yaml}}]}\n';
  const project = await temporaryProject({ 'definitions/a.yaml': named });
  const hashes = new Set<string>();
  await watch(project, async (found) => {
    for (const { loaded } of found) hashes.add(loaded.ref.hash);
  });
  expect(problems).toMatchObject([expect.stringContaining('"s.json" cannot be used: there is no such file')]);

  await writeFile(join(project, 's.json'), '{"properties": {"sum": {"type": "number"}}}');
  await whenLooking(() => hashes.size).toBe(1);
  await writeFile(join(project, 's.json'), '{"properties": {"sum": {"type": "integer"}}}');
  await whenLooking(() => hashes.size).toBe(2);
});
