// Agents that read and write files, as in the documents this product was asked for in. Method: the real file system, a
// clock that is moved by hand, and an engine of a few lines that says who may begin and whose result counts.

import { expect, test } from 'vitest';
import { attemptKeyOf } from '../../events/worker-protocol.ts';
import { answerText, filesOf, fileWorld, inbox, outbox, workItem } from './file-world.ts';

const taskFile = `${inbox}/task-run-1-scan_files.yaml`;
const answerFile = `${outbox}/response-run-1-scan_files.yaml`;

test('a task is a file with header, payload and routing', async () => {
  const { projectDir, offer } = await fileWorld();
  await offer({ name: 'Scan Target Folder', level: 'L3', timeoutMs: 90_000, heartbeatTimeoutMs: 30_000 });

  expect(await filesOf(projectDir).yaml(taskFile)).toEqual({
    header: {
      sirius_time: '⧗-25.61.1420',
      workflow_id: 'run-1',
      task_id: 'scan_files',
      task_name: 'Scan Target Folder',
      agent_level: 'L3',
      assigned_to: 'SCANNER',
      timeout: '1m30s',
      heartbeat_timeout: '30s',
      requires_response: true,
      attempt: 1,
      key: 'run-1/scan_files',
      attempt_key: 'run-1/scan_files/1',
      token: 'token-of-run-1-scan_files-1',
      traceparent: expect.stringMatching(/^00-/),
      definition: { id: 'inventory-validation', version: 1 },
    },
    payload: { folder: 'data' },
    routing: { urgency: 'normal', reply_to: outbox, reply_as: 'response-run-1-scan_files.yaml' },
  });
});

test.each(['response-run-1-scan_files.yaml', 'result-run-1-scan_files.yaml', 'response-anything.json'])(
  'an agent that knows no token answers by %s and removes its task',
  async (name) => {
    const { projectDir, engine, offer, until } = await fileWorld();
    const files = filesOf(projectDir);
    const item = await offer();
    await until(() => files.has(outbox));
    await files.write(`${outbox}/${name}`, answerText(item, {}, { files: 2 }));
    await files.remove(taskFile);

    await until(async () => engine.results.size === 1 && (await files.names(outbox)).length === 0);
    expect(engine.results.get(attemptKeyOf(item))).toBe('{"files":2}');
    expect(engine.heard.map(({ kind, worker }) => [kind, worker])).toEqual([
      ['start', 'files:SCANNER'],
      ['complete', 'files:SCANNER'],
    ]);
  },
);

test('failures and progress are told as the agent words them', async () => {
  const { projectDir, engine, offer, until } = await fileWorld();
  const files = filesOf(projectDir);
  const item = await offer();
  await until(() => files.has(outbox));
  await files.write(
    answerFile,
    answerText(item, { status: 'progress', percent: 40, message: 'half way' }, null),
  );
  await until(() => engine.heard.some(({ kind }) => kind === 'heartbeat'));
  expect(engine.heard.at(-1)).toMatchObject({ progress: { percent: 40, message: 'half way' } });
  await until(async () => !(await files.has(answerFile)));

  const error = { code: 'disk.full', message: 'no room', retryable: false };
  await files.write(answerFile, answerText(item, { status: 'failed', error }, { free: 0 }));
  await until(() => engine.results.size === 1);
  expect(JSON.parse(engine.results.get(attemptKeyOf(item)) ?? '')).toEqual({
    ...error,
    details: { free: 0 },
  });
});

test('a failure that is only said may help when it is tried again', async () => {
  const { projectDir, engine, offer, until } = await fileWorld();
  const files = filesOf(projectDir);
  const item = await offer();
  await until(() => files.has(outbox));
  await files.write(answerFile, answerText(item, { status: 'failed', error: 'the tape broke' }, null));
  await until(() => engine.results.size === 1);

  expect(JSON.parse(engine.results.get(attemptKeyOf(item)) ?? '')).toEqual({
    code: 'agent.failed',
    message: 'the tape broke',
    retryable: true,
  });
});

test('a task that is there, claimed or answered is not offered twice; one that vanished is', async () => {
  const { projectDir, engine, queue, offer, until } = await fileWorld();
  const files = filesOf(projectDir);
  const item = await offer();
  const before = await files.text(taskFile);
  await queue.offer({ ...item, offeredAt: '2026-01-01T00:00:00.000Z' });
  expect(await files.text(taskFile)).toBe(before);

  await files.move(taskFile, `${taskFile}.w1.claimed`);
  await queue.offer(item);
  expect(await files.names(inbox)).toEqual(['task-run-1-scan_files.yaml.w1.claimed']);

  await files.remove(`${taskFile}.w1.claimed`);
  await queue.offer(item);
  expect(await files.names(inbox)).toEqual(['task-run-1-scan_files.yaml']);

  engine.mood.away = true;
  await until(() => files.has(outbox));
  await files.write(answerFile, answerText(item));
  await files.remove(taskFile);
  await queue.offer(item);
  expect(await files.names(inbox)).toEqual([]);
});

test('a newer attempt takes the place of an older one, and what is over is taken away', async () => {
  const { projectDir, queue, offer } = await fileWorld();
  const files = filesOf(projectDir);
  const first = await offer();
  await files.move(taskFile, `${taskFile}.w1.claimed`);
  const second = await offer({ attempt: 2 });
  expect(await files.names(inbox)).toEqual(['task-run-1-scan_files.yaml']);
  expect((await files.yaml(taskFile))['header']).toMatchObject({ attempt: 2, token: second.token });

  await queue.withdraw({ agent: 'SCANNER', attemptKey: attemptKeyOf(first), reason: 'late' });
  expect(await files.has(taskFile)).toBe(true);
  await queue.withdraw({ agent: 'SCANNER', attemptKey: attemptKeyOf(second), reason: 'over' });
  expect(await files.names(inbox)).toEqual([]);
  expect(await files.names('.3ox/file-queue')).toEqual([]);
});

test('what no file holds, and an agent without folders, are refused as the engine expects', async () => {
  const { queue } = await fileWorld();

  await expect(queue.offer(workItem({ input: 'x'.repeat(1024 * 1024) }))).rejects.toMatchObject({
    code: 'work.too-large',
  });
  await expect(queue.offer(workItem({ agent: 'NOBODY' }))).rejects.toMatchObject({
    code: 'work.unavailable',
  });
});

test('answers wait while the engine is away or the run stands still', async () => {
  const { projectDir, engine, queue, offer, until, clock } = await fileWorld();
  const files = filesOf(projectDir);
  const item = await offer();
  engine.mood.away = true;
  await until(() => files.has(outbox));
  await files.write(answerFile, answerText(item));
  for (let round = 0; round < 20; round += 1) clock.advance(500);
  engine.mood.waitMs = 60_000;
  engine.mood.away = false;
  await until(() => engine.heard.length > 0);
  delete engine.mood.waitMs;
  await queue.offer(item);

  await until(() => engine.results.size === 1);
  expect(await files.names(`${outbox}/rejected`)).toEqual([]);
});

test('folders that are taken away come back, and answers in them are found', async () => {
  const { projectDir, engine, offer, until } = await fileWorld();
  const files = filesOf(projectDir);
  const item = await offer();
  await until(() => files.has(outbox));
  await files.remove(outbox);
  await until(() => files.has(outbox));
  await files.write(answerFile, answerText(item));

  await until(() => engine.results.size === 1);
});

test('trouble with a folder is told once a minute, and ends when the folder is mended', async () => {
  const { projectDir, engine, offer, until, clock, troubles } = await fileWorld();
  const files = filesOf(projectDir);
  const item = await offer();
  await until(() => files.has(outbox));
  await files.remove(outbox);
  await files.write(outbox, 'in the way');
  await until(() => troubles.length > 0);
  for (let second = 0; second < 20; second += 1) clock.advance(1_000);
  expect(troubles).toHaveLength(1);

  await files.remove(outbox);
  await until(() => files.has(outbox));
  await files.write(answerFile, answerText(item));
  await until(() => engine.results.size === 1);
});
