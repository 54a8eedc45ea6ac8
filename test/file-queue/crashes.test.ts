// An engine may be killed between any two steps, and several may look into the same folders. Method: the folders as
// each crash leaves them, and queues that find them so; the real file system, a clock that is moved by hand.
import { spawnSync } from 'node:child_process';
import { link } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { answerText, filesOf, fileWorld, inbox, outbox } from './file-world.ts';

const name = 'response-run-1-scan_files.yaml';
const taskFile = `${inbox}/task-run-1-scan_files.yaml`;
/** The pid of a process that is gone. */
const gone = spawnSync('true').pid;

async function openTask() {
  const world = await fileWorld();
  const files = filesOf(world.projectDir);
  const item = await world.offer();
  await world.until(() => files.has(outbox));

  return { ...world, files, item };
}

test('killed after the note and before the task is written: the next offer writes it', async () => {
  const { files, item, another } = await openTask();
  await files.remove(taskFile);
  await another().offer(item);

  expect(await files.has(taskFile)).toBe(true);
});

test('a note that is damaged is written again', async () => {
  const { files, item, engine, another, until } = await openTask();
  await files.write('.3ox/file-queue/run-1-scan_files.json', '{"run": "ru');
  await another().offer(item);
  await files.write(`${outbox}/${name}`, answerText(item));

  await until(() => engine.results.size === 1);
});

test('killed with an answer taken: another one takes it, at once when it can see that the process is gone', async () => {
  const { files, item, engine, until, clock } = await openTask();
  await files.write(`${outbox}/.taking-${gone}-0badc0de-${name}`, answerText(item));
  const before = clock.now();
  await until(() => engine.results.size === 1);
  expect(clock.now() - before).toBeLessThan(60_000);
  expect(await files.names(outbox)).toEqual([]);
});

test('and after a minute when it cannot', async () => {
  const { files, item, engine, until, clock } = await openTask();
  const before = clock.now();
  await files.write(`${outbox}/.taking-${process.pid}-0badc0de-${name}`, answerText(item));
  await until(() => engine.results.size === 1);

  expect(clock.now() - before).toBeGreaterThanOrEqual(60_000);
});

test('killed after the engine recorded it and before the file was removed: it is recorded once, and removed', async () => {
  const { files, item, engine, until } = await openTask();
  const note = await files.text('.3ox/file-queue/run-1-scan_files.json');
  await files.write(`${outbox}/${name}`, answerText(item));
  await until(async () => engine.results.size === 1 && !(await files.has(taskFile)));
  await until(async () => (await files.names('.3ox/file-queue')).length === 0);
  await files.write('.3ox/file-queue/run-1-scan_files.json', note);
  await files.write(`${outbox}/.taking-${gone}-0badc0de-${name}`, answerText(item));
  await until(async () => (await files.names(outbox)).length === 0);

  expect(engine.results.size).toBe(1);
  await until(async () => (await files.names('.3ox/file-queue')).length === 0);
});

test('killed in the middle of giving a file its name back: it has one name again', async () => {
  const { files, item, engine, until } = await openTask();
  await files.write(`${outbox}/${name}`, answerText(item));
  await link(files.at(`${outbox}/${name}`), files.at(`${outbox}/.taking-${gone}-0badc0de-${name}`));

  await until(() => engine.results.size === 1);
  await until(async () => (await files.names(outbox)).length === 0);
});

test('an answer that was taken is not put over a newer one of its name', async () => {
  const { files, item, engine, until } = await openTask();
  const progress = (message: string) => answerText(item, { status: 'progress', message }, null);
  await files.write(`${outbox}/.taking-${gone}-0badc0de-${name}`, progress('first'));
  await files.write(`${outbox}/${name}`, progress('second'));
  const messages = () =>
    engine.heard.flatMap((report) => ('progress' in report ? report.progress?.message : []));
  await until(() => messages().length === 2);

  expect(messages().sort()).toEqual(['first', 'second']);
});

test('killed after the reason and before the file was set aside: it gets the next number', async () => {
  const { files, until } = await openTask();
  await files.write(`${outbox}/${name}`, 'header: { workflow_id: 0 }\npayload: 1\n');
  await until(() => files.has(`${outbox}/rejected/${name}.1`));
  await files.write(`${outbox}/rejected/${name}.2.reason.txt`, 'killed here\n');
  await files.write(`${outbox}/${name}`, 'header: { workflow_id: 0 }\npayload: 2\n');
  await until(() => files.has(`${outbox}/rejected/${name}.3`));
});

test('a queue that starts again goes on with what was offered and claimed before', async () => {
  const { files, item, engine, queue, another, until } = await openTask();
  await files.move(taskFile, `${taskFile}.w1.claimed`);
  await until(() => engine.heard.length > 0);
  await queue.close();
  another();
  const heard = engine.heard.length;
  await until(() => engine.heard.length > heard);
  await files.remove(`${taskFile}.w1.claimed`);
  await files.write(`${outbox}/${name}`, answerText(item));
  await until(() => engine.results.size === 1);

  expect(engine.heard.every(({ worker }) => worker === 'w1')).toBe(true);
});

test('three queues on the same folders record each of a hundred answers once, and set none aside', async () => {
  const { files, engine, offer, another, until } = await openTask();
  another();
  another();
  const items = await Promise.all(Array.from({ length: 100 }, (_, n) => offer({ run: `many-${n}` })));
  for (const item of items)
    await files.write(`${outbox}/response-${item.run}-scan_files.yaml`, answerText(item));
  await until(() => engine.results.size === 100);
  await until(async () => (await files.names(outbox)).length === 0);

  expect(engine.heard.filter(({ kind }) => kind === 'complete')).toHaveLength(100);
}, 60_000);
