// A file that is put into a watched folder starts one run, whoever sees it and however often. Method: engines on one
// journal in memory, real files, and a clock that is moved by hand.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { TriggerRef } from '../../../events/run-events.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { createKnownTriggers } from '../../../src/engine/triggers/known-triggers.ts';
import { createPausedTriggers, pausedKey } from '../../../src/engine/triggers/paused-triggers.ts';
import { startTriggered } from '../../../src/engine/triggers/start-triggered.ts';
import { createFileStarts } from '../../../src/engine/triggers/triggers-node.ts';
import { createFileDrops } from '../../../src/project/file-drops.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { temporaryProject } from '../../files/temporary-project.ts';
import { createWorld } from '../node-world.ts';

const definitionOf = (version: number, input: string) => `workflow:
  id: intake
  version: ${version}
  triggers: [{file: 1N.3OX/*.yaml, id: dropped}, {file: marks/*, id: mark}]
  input: {${input}}
  tasks: [{id: ask, type: HUMAN, wait_for_approval: true}]
`;
const takesPath = 'properties: {path: {type: string}, digest: {type: string}}, required: [path]';

let world: ReturnType<typeof createWorld>;
let marks: ReturnType<typeof createMemoryMarkStore>;
let project: string;
let troubles: string[];

beforeEach(async () => {
  world = createWorld();
  marks = createMemoryMarkStore();
  project = await temporaryProject({ '1N.3OX/a.yaml': 'abc' });
  troubles = [];
  await (await world.join('one')).node.workOnAll();
});

async function register(version: number, input = takesPath): Promise<void> {
  const read = loadDefinition({ file: 'intake.yaml', content: definitionOf(version, input) });
  if (!read.ok) throw new Error(read.problems[0]?.message);
  await world.definitions.register({ ...read.loaded, file: 'intake.yaml' });
}

/** An engine that looks after files. The end of one is as if it had been killed: nothing is kept but the marks. */
function engine(): () => Promise<void> {
  const onTrouble = (error: unknown) =>
    void troubles.push(error instanceof Error ? error.message : String(error));
  const known = createKnownTriggers({ definitions: world.definitions, clock: world.clock, onTrouble });
  const paused = createPausedTriggers({ marks, clock: world.clock, onTrouble });
  const drops = createFileDrops({ projectDir: project, clock: world.clock, onProblem: onTrouble });
  const stop = new AbortController();
  const running = createFileStarts({
    known,
    paused,
    drops,
    start: (start) =>
      startTriggered({ ...world, reader: { ...world.journal, archived: async () => undefined } }, start),
    marks,
    clock: world.clock,
    onTrouble,
  }).run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    known.close();
    paused.close();
    await running;
  };
  onTestFinished(end);

  return end;
}

async function runs(): Promise<readonly TriggerRef[]> {
  const asking = world.asking();
  const views = await Promise.all((await asking.list()).map(({ run }) => asking.view(run)));

  return views.flatMap(({ state: { trigger } }) => trigger ?? []);
}

function whenLooking<T>(read: () => T | Promise<T>) {
  return expect.poll(
    () => {
      world.clock.advance(500);

      return read();
    },
    { timeout: 10_000, interval: 5 },
  );
}

/** Puts a file there that is taken last, so that everything before it has been dealt with. */
async function whenAllIsTaken(name: string, runsThen: number): Promise<void> {
  await writeFile(join(project, '1N.3OX', name), name);
  await whenLooking(runs).toHaveLength(runsThen);
}

const fromFile = (file: string) => ({ kind: 'file', id: 'dropped', file });

test('a file starts a run with what the definition wants to know of it, and other content another one', async () => {
  await register(1);
  engine();
  await whenLooking(runs).toEqual([fromFile('1N.3OX/a.yaml')]);
  const [run = ''] = (await world.asking().list()).map((each) => each.run);
  expect((await world.asking().view(run)).state.input).toEqual({
    path: '1N.3OX/a.yaml',
    digest: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });

  await writeFile(join(project, '1N.3OX/a.yaml'), 'other');
  await whenLooking(runs).toHaveLength(2);
  expect(troubles).toEqual([]);
});

test('two engines, one of which begins anew, start one run for each file', async () => {
  await register(1);
  const end = engine();
  engine();
  await whenLooking(runs).toHaveLength(1);
  await end();
  engine();
  await whenAllIsTaken('b.yaml', 2);
  await whenAllIsTaken('c.yaml', 3);
  expect(new Set((await runs()).map((each) => JSON.stringify(each))).size).toBe(3);
  expect(troubles).toEqual([]);
});

test('a file that the definition refuses is told of once, over restarts, and tried again by another version', async () => {
  await register(1, 'properties: {path: {type: integer}}, required: [path]');
  const end = engine();
  const refused =
    /^the file 1N.3OX\/a.yaml starts no run of intake: .*path.*; change the file, or raise the version of intake$/;
  await whenLooking(() => troubles).toEqual([expect.stringMatching(refused)]);
  await end();
  engine();
  await writeFile(join(project, '1N.3OX/b.yaml'), 'b');
  await whenLooking(() => troubles).toHaveLength(2);
  expect(troubles[1]).toContain('1N.3OX/b.yaml');
  expect(await runs()).toEqual([]);

  await register(2);
  await whenLooking(runs).toHaveLength(2);
  expect(troubles).toHaveLength(2);
});

test('a paused trigger starts nothing, and what came meanwhile when it is resumed', async () => {
  await register(1);
  await marks.write(pausedKey('intake', 'dropped'), { by: 'ana', at: '2026-01-01T00:00:00Z' }, 0);
  engine();
  await mkdir(join(project, 'marks'));
  // What the trigger beside it takes shows that both had the time.
  for (const [at, mark] of ['first', 'second'].entries()) {
    await writeFile(join(project, 'marks', mark), mark);
    await whenLooking(runs).toHaveLength(at + 1);
  }
  expect(await runs()).not.toContainEqual(fromFile('1N.3OX/a.yaml'));
  await marks.write(pausedKey('intake', 'dropped'), null, 1);
  await whenLooking(runs).toContainEqual(fromFile('1N.3OX/a.yaml'));
});

test('a trigger that comes later is watched from then on, one of an older version no longer', async () => {
  engine();
  await register(1);
  await whenLooking(runs).toHaveLength(1);
  const other = definitionOf(2, takesPath).replace('1N.3OX/*.yaml', 'other/*.yaml');
  const read = loadDefinition({ file: 'intake.yaml', content: other });
  if (!read.ok) throw new Error('the definition of the test does not load');
  await world.definitions.register({ ...read.loaded, file: 'intake.yaml' });
  await mkdir(join(project, 'other'));
  await writeFile(join(project, 'other/b.yaml'), 'b');
  await whenLooking(runs).toHaveLength(2);
  await writeFile(join(project, '1N.3OX/c.yaml'), 'c');
  await writeFile(join(project, 'other/d.yaml'), 'd');
  await whenLooking(runs).toContainEqual(fromFile('other/d.yaml'));
  expect(await runs()).not.toContainEqual(fromFile('1N.3OX/c.yaml'));
});
