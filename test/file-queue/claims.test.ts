// Workers that share a folder claim a task by renaming its file. Method: the real file system and a clock that is moved
// by hand; what the engine hears of it is what counts.

import { utimes } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { attemptKeyOf } from '../../events/worker-protocol.ts';
import { answerText, filesOf, fileWorld, inbox, outbox } from './file-world.ts';

const taskFile = `${inbox}/task-run-1-scan_files.yaml`;
const claimed = (worker: string) => `${taskFile}.${worker}.claimed`;

async function claimedBy(worker: string) {
  const world = await fileWorld();
  const files = filesOf(world.projectDir);
  const item = await world.offer();
  await files.move(taskFile, claimed(worker));
  await world.until(() => world.engine.heard.some(({ kind }) => kind === 'start'));

  return { ...world, files, item, kinds: () => world.engine.heard.map(({ kind }) => kind) };
}

test('a claim is a start, and the engine hears of the worker as long as its file is there', async () => {
  const { engine, until, kinds } = await claimedBy('w1');

  expect(engine.heard[0]).toMatchObject({ kind: 'start', worker: 'w1' });
  await until(() => kinds().filter((kind) => kind === 'heartbeat').length >= 3);
});

test('the answer of a worker that does not name itself is that of the one that claimed the task', async () => {
  const { files, item, engine, until } = await claimedBy('w1');
  await files.remove(claimed('w1'));
  await files.write(`${outbox}/response-run-1-scan_files.yaml`, answerText(item));
  await until(() => engine.results.size === 1);

  expect(engine.heard.at(-1)).toMatchObject({ kind: 'complete', worker: 'w1' });
});

test('the answer of a worker that is not the one that claimed the task waits, and is refused when that one is done', async () => {
  const { files, item, engine, until } = await claimedBy('w1');
  const name = 'response-run-1-scan_files.yaml';
  await files.write(`${outbox}/${name}`, answerText(item, { worker: 'w2' }));
  const asked = () => engine.heard.filter(({ kind, worker }) => kind === 'start' && worker === 'w2').length;
  await until(() => asked() >= 2);
  expect(engine.heard.filter(({ kind }) => kind === 'complete')).toEqual([]);

  engine.end(attemptKeyOf(item));
  await until(() => files.has(`${outbox}/rejected/${name}.1`));
  expect(engine.results.size).toBe(0);
});

test('a file that nobody touches for ten minutes is there for others again; one that is touched stays', async () => {
  const { files, clock, until, kinds } = await claimedBy('w1');
  // A look takes long when the clock is moved meanwhile, and the next one comes the later.
  const tickMs = 20_000;
  for (let second = 1; second <= 3; second += 1) {
    await utimes(files.at(claimed('w1')), second, second);
    const beats = kinds().length;
    await until(() => kinds().length > beats, tickMs);
    clock.advance(400_000);
  }
  expect(await files.has(claimed('w1'))).toBe(true);

  clock.advance(600_000);
  await until(() => files.has(taskFile), tickMs);
  expect(await files.names(inbox)).toEqual(['task-run-1-scan_files.yaml']);
});

test('a task may ask to be touched more often', async () => {
  const { projectDir, clock, engine, offer, until } = await fileWorld();
  const files = filesOf(projectDir);
  await offer({ heartbeatTimeoutMs: 60_000 });
  await files.move(taskFile, claimed('w1'));
  await until(() => engine.heard.length > 0);
  clock.advance(60_000);

  await until(() => files.has(taskFile));
});

test('a worker that renames its file back lets another begin', async () => {
  const { files, engine, until } = await claimedBy('w1');
  await files.move(claimed('w1'), taskFile);
  await until(() => engine.heard.some(({ kind }) => kind === 'release'));
  await files.move(taskFile, claimed('w2'));

  await until(() => engine.heard.some(({ kind, worker }) => kind === 'start' && worker === 'w2'));
});

test('a worker may claim the next attempt under the same name before it is seen that the last one is over', async () => {
  const { files, item, engine, offer, until } = await claimedBy('w1');
  engine.end(attemptKeyOf(item));
  await offer({ attempt: 2 });
  await files.move(taskFile, claimed('w1'));
  await until(() => engine.heard.some(({ kind, attempt }) => kind === 'start' && attempt === 2));

  expect(await files.names(inbox)).toEqual(['task-run-1-scan_files.yaml.w1.claimed']);
});

test('the file of a worker whose attempt is over is taken away', async () => {
  const { files, item, engine, until } = await claimedBy('w1');
  engine.end(attemptKeyOf(item));

  await until(async () => (await files.names(inbox)).length === 0);
});

test('of ten workers that claim the same task one gets it, and files of others are left alone', async () => {
  const { projectDir, engine, offer, until } = await fileWorld();
  const files = filesOf(projectDir);
  await offer();
  await files.write(`${inbox}/task-dock-4-seals.yaml.w1.claimed`, 'header: {}');
  const moves = Array.from({ length: 10 }, (_, worker) => files.move(taskFile, claimed(`w${worker}`)));
  const winners = (await Promise.allSettled(moves)).filter(({ status }) => status === 'fulfilled');

  expect(winners).toHaveLength(1);
  const [winner = ''] = (await files.names(inbox)).filter((name) => name.startsWith('task-run-1'));
  await until(() => engine.heard.filter(({ kind }) => kind === 'heartbeat').length > 1);
  expect(engine.heard.every(({ worker }) => winner.endsWith(`.${worker}.claimed`))).toBe(true);
  expect(await files.has(`${inbox}/task-dock-4-seals.yaml.w1.claimed`)).toBe(true);
});
