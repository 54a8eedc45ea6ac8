// Answers that the engine cannot take yet, and what is done about their tasks meanwhile. Method: the real file system,
// a clock that is moved by hand, an engine that says so.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { ReportAnswer } from '../../events/worker-protocol.ts';
import { answerText, filesOf, fileWorld, inbox, openQueue, outbox } from './file-world.ts';

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

/** The same with a queue whose engine says after a while that it is to be asked again in a minute. */
async function pausedWorld(answerMs: (nth: number) => number) {
  const world = await openTask();
  await world.queue.close();
  const { projectDir, clock, engine } = world;
  const asked: number[] = [];
  const report = async (): Promise<ReportAnswer> => {
    asked.push(clock.now());
    await new Promise<void>((resolve) => void clock.after(answerMs(asked.length), resolve));
    return { ok: false, code: 'run.paused', message: 'paused', next: 'wait', retryAfterMs: 60_000 };
  };
  const troubles: unknown[] = [];
  const queue = openQueue({
    ...{ projectDir, clock, agents: ['SCANNER'] },
    engine: { ...engine, report },
    onTrouble: (error) => troubles.push(error),
  });

  return { ...world, queue, asked };
}

test.each([0, 600, 3_000])(
  'an answer that is to be asked about again after a minute waits for it, when the engine took %i ms to say so',
  async (answerMs) => {
    const { files, item, asked, until } = await pausedWorld((nth) => (nth === 1 ? answerMs : 0));
    await files.write(`${outbox}/response-run-1-scan_files.yaml`, answerText(item));
    await until(() => asked.length === 2);

    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(60_000);
  },
);

test.each([
  'response-run-1-scan_files.yaml',
  'response-run-1-scan_files.yml',
  'result-run-1-scan_files.json',
  `.taking-${gone}-0badc0de-response-run-1-scan_files.yaml`,
])('a task whose answer waits as %s is not offered again', async (name) => {
  const { files, item, engine, another } = await openTask();
  engine.mood.away = true;
  await files.write(`${outbox}/${name}`, answerText(item));
  await files.remove(taskFile);
  await another().offer(item);

  expect(await files.names(inbox)).toEqual([]);
});

test('a queue that closes takes up no further of the answers that wait', async () => {
  const { files, item, queue, asked, until } = await pausedWorld(() => 1_000);
  for (let n = 0; n < 200; n += 1) {
    await files.write(
      `${outbox}/response-many-${n}.yaml`,
      answerText({ ...item, run: `many-${n}` }, { token: 't', attempt: 1 }),
    );
  }
  await until(() => asked.length > 0);
  await until(() => asked.length >= 32, 1);
  let closed = false;
  const closing = queue.close().then(() => {
    closed = true;
  });
  await until(() => closed);
  await closing;

  // One more than are reported at a time: the look at the next had begun.
  expect(asked.length).toBeLessThanOrEqual(33);
});
