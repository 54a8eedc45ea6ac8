// A long task goes on where the last one was: what a worker says of how far it has come reaches whoever goes on with
// it, whatever dies in between, and does not fill the journal. What it printed comes with its result.
// Method: see agents-world.ts.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { detailsBytesMax } from '../../../events/worker-protocol.ts';
import { agentNamed, createAgentsWorld, denied } from '../agents-world.ts';
import { ended } from '../node-world.ts';

const far =
  '- { id: far, assigned_to: SCOUT, retry_policy: { max_attempts: 3, initial_delay: 1s, backoff: fixed } }';

async function underWay() {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT'));
  const one = await world.join('one');
  const run = await world.start(one.workflows, far);
  const held = await world.worker('w1').take();
  expect(await held.says('start')).not.toHaveProperty('lastDetails');
  const says = (details: Json) => held.says('heartbeat', { details });

  return { ...world, one, run, held, says };
}

test('the next attempt gets what the last one said, also what no record says yet', async () => {
  const { held, says, worker, pass } = await underWay();
  expect(held.item).not.toHaveProperty('lastDetails');
  for (const row of [100, 200, 300]) expect(await says({ row })).toEqual({ ok: true });
  const error = { code: 'disk.full', message: 'no room', retryable: true };
  expect(await held.says('fail', { error })).toEqual({ ok: true });
  await held.claimed.done();
  await pass(1_000);

  const next = await worker('w2').take();
  expect(next.item).toMatchObject({ attempt: 2, lastDetails: { row: 300 } });
  expect(await next.says('start')).toMatchObject({ ok: true, lastDetails: { row: 300 } });
});

test('the worker that takes over from one that died gets what that one said last', async () => {
  const { says, worker, pass, one, run } = await underWay();
  await says({ row: 100 });
  await says({ row: 200 });
  const next = worker('w2').take();
  await pass(10_000);
  const second = await next;

  expect(await second.says('start')).toMatchObject({ ok: true, lastDetails: { row: 200 } });
  expect(await second.says('complete', { output: 1 })).toEqual({ ok: true });
  expect(await ended(one.workflows, run)).toContain('COMPLETED');
});

test('a worker that gives an item back leaves what it said to the next', async () => {
  const { held, says, worker, pass } = await underWay();
  await says({ row: 100 });
  await says({ row: 200 });
  expect(await held.says('release')).toEqual({ ok: true });
  const next = worker('w2').take();
  await held.claimed.giveBack(0);
  await pass(1_000);
  const second = await next;

  expect(await second.says('start')).toMatchObject({ ok: true, lastDetails: { row: 200 } });
});

test('what was recorded outlives the engine', async () => {
  const { says, worker, pass, join, one } = await underWay();
  await says({ row: 100 });
  await join('two');
  await one.node.stop();
  const next = worker('w2').take();
  await pass(40_000);
  const second = await next;

  expect(await second.says('start')).toMatchObject({ ok: true, lastDetails: { row: 100 } });
});

test('what is said again and again is recorded every five seconds at most, and once when it stays the same', async () => {
  const { says, pass, told, run } = await underWay();
  for (let second = 0; second < 20; second += 1) {
    await says({ second });
    await pass(1_000);
  }
  for (let second = 0; second < 20; second += 1) {
    await says({ second: 'over' });
    await pass(1_000);
  }
  const beats = (await told(run)).filter((line) => line.startsWith('task.heartbeat'));

  expect(beats.length).toBeGreaterThan(2);
  expect(beats.length).toBeLessThanOrEqual(6);
});

test.each([
  ['details that are too large', { details: 'x'.repeat(detailsBytesMax) }, 'report.details'],
  ['progress beyond the end', { progress: { percent: 101 } }, 'report.invalid'],
  ['progress that is none', { progress: 'half' }, 'report.invalid'],
])('a heartbeat with %s is refused, and the work goes on', async (_what, said, code) => {
  const { held, pass, worker } = await underWay();
  for (let round = 0; round < 5; round += 1) {
    await pass(3_000);
    held.claimed.alive();
    expect(await held.says('heartbeat', said)).toMatchObject(denied(code, 'wait'));
  }

  expect(await worker('w2').look()).toBeUndefined();
  expect(await held.says('complete', { output: 1 })).toEqual({ ok: true });
});

test.each<[string, Json, Json | undefined]>([
  ['all of it', { stdout: 'built 1', stderr: 'slow' }, { stdout: 'built 1', stderr: 'slow' }],
  ['without what its result says already', { stdout: '{"a": 1}\n', stderr: 'slow' }, { stderr: 'slow' }],
  ['nothing where that was all', { stdout: '{"a":1}' }, undefined],
  ['nothing of what is too long', { stdout: 'x'.repeat(65_537) }, undefined],
  ['nothing of what is no log', 'built', undefined],
])('of what a worker printed is kept with its result: %s', async (_what, log, kept) => {
  const { held, one, run } = await underWay();
  expect(await held.says('complete', { output: { a: 1 }, log })).toEqual({ ok: true });
  expect(await ended(one.workflows, run)).toContain('COMPLETED');
  const logs: (Json | undefined)[] = [];
  for await (const entry of one.workflows.history(run)) {
    if ('record' in entry && entry.record.type === 'task.completed') logs.push(entry.record.data.fact.log);
  }

  expect(logs).toEqual([kept]);
});
