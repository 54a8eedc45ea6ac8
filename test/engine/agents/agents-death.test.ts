// Workers, engines and attempts that end before their time: nothing is lost, nothing is done twice while somebody lives
// to do it, and whoever has no use any more is told so. Method: see agents-world.ts.
import { expect, test } from 'vitest';
import { JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import { agentNamed, createAgentsWorld, denied } from '../agents-world.ts';
import { ended, settled } from '../node-world.ts';

const far = '- { id: far, assigned_to: SCOUT }';
const retried = 'retry_policy: { max_attempts: 3, initial_delay: 1s, jitter: none }';

async function underWay(tasks = far) {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT'));
  const one = await world.join('one');
  const run = await world.start(one.workflows, tasks);
  const held = await world.worker('w1').take();
  expect(await held.says('start')).toMatchObject({ ok: true });

  return { ...world, one, run, held };
}

test('a worker that dies has its attempt taken over, and may not end it when it comes back', async () => {
  const { run, held, worker, pass, stateOf, one } = await underWay();
  const next = worker('w2').take();
  await pass(10_000);
  const second = await next;
  expect(await second.says('start')).toMatchObject({ ok: true });
  expect(await stateOf(run, 'far')).toMatchObject({ worker: 'w2', deaths: 1, attempt: 1 });

  expect(await held.says('heartbeat')).toMatchObject(denied('task.other-worker'));
  expect(await held.says('complete', { output: 1 })).toMatchObject(denied('task.other-worker'));
  expect(await second.says('complete', { output: 2 })).toEqual({ ok: true });
  expect(await ended(one.workflows, run)).toContain('COMPLETED');
});

test('a worker that lives keeps its attempt, however long it takes', async () => {
  const { held, worker, pass, run, stateOf } = await underWay();
  const waiting = worker('w2');
  for (let round = 0; round < 20; round += 1) {
    await pass(3_000);
    held.claimed.alive();
    expect(await held.says('heartbeat')).toEqual({ ok: true });
  }
  expect(await waiting.look()).toBeUndefined();
  // A second worker that got the item all the same has to wait for as long as the first may live.
  expect(await held.says('start', { worker: 'w2' })).toMatchObject({
    ...denied('task.other-worker', 'wait'),
    retryAfterMs: 10_000,
  });
  expect(await held.says('complete', { output: 1 })).toEqual({ ok: true });
  expect(await stateOf(run, 'far')).toMatchObject({ worker: 'w1' });
});

test('an attempt with which three workers die is poison: it becomes a dead letter, not a fourth death', async () => {
  const { run, worker, pass, asking, one, told } = await underWay(
    `- { id: far, assigned_to: SCOUT, ${retried} }`,
  );
  for (const name of ['w2', 'w3', 'w4']) {
    const next = worker(name).take();
    await pass(10_000);
    const answer = await (await next).says('start');
    expect(answer).toMatchObject(name === 'w4' ? { ok: false, code: 'task.not-open' } : { ok: true });
  }
  expect(await ended(one.workflows, run)).toContain('FAILED');
  expect((await asking().view(run)).state).toMatchObject({
    failedTask: 'far',
    tasks: { far: { attempt: 1, error: { code: 'worker.lost' } } },
  });
  expect(await told(run)).toContain('task.failed by engine');
  expect(await worker('w5').look()).toBeUndefined();
});

test('a worker that gives an attempt back is no death, and the next begins at once', async () => {
  const { run, held, worker, stateOf } = await underWay();
  expect(await held.says('release')).toEqual({ ok: true });
  await held.claimed.giveBack(0);
  expect(await held.says('start', { worker: 'w2' })).toMatchObject({ ok: true });

  expect(await stateOf(run, 'far')).toMatchObject({ state: 'in_progress', worker: 'w2' });
  expect((await stateOf(run, 'far'))?.deaths).toBeUndefined();
  expect(await worker('w3').look()).toBeUndefined();
});

test('a heartbeat that comes after its worker gave the attempt back does not take it again', async () => {
  const { run, held, stateOf } = await underWay();
  expect(await held.says('release')).toEqual({ ok: true });
  expect(await held.says('heartbeat')).toEqual({ ok: true });
  expect(await held.says('start', { worker: 'w2' })).toMatchObject({ ok: true });

  expect((await stateOf(run, 'far'))?.deaths).toBeUndefined();
});

test('an engine that dies leaves its attempts to another one, and no worker begins anew for that', async () => {
  const { run, held, one, join, told, pass, worker } = await underWay();
  const two = await join('two');
  await one.node.stop();
  await pass(1_000);
  // While the new engine does not know who lives, nobody takes over.
  expect(await held.says('start', { worker: 'w2' })).toMatchObject(denied('task.other-worker', 'wait'));
  expect(await held.says('heartbeat')).toEqual({ ok: true });
  await pass(8_000);
  expect(await held.says('heartbeat')).toEqual({ ok: true });
  expect(await held.says('complete', { output: 1 })).toEqual({ ok: true });

  expect(await ended(two.workflows, run)).toContain('COMPLETED');
  expect((await told(run)).filter((line) => line.startsWith('task.started'))).toHaveLength(1);
  expect(await worker('w3').look()).toBeUndefined();
});

test('an attempt that was offered by an engine that died is not lost', async () => {
  const world = createAgentsWorld();
  const one = await world.join('one');
  const run = await world.start(one.workflows, far);
  await one.node.stop();
  const two = await world.join('two');
  const held = await world.worker('w1').take();
  await held.says('start');
  await held.says('complete', { output: 1 });

  expect(await ended(two.workflows, run)).toContain('COMPLETED');
  expect(await world.worker('w2').look()).toBeUndefined();
});

test('an item that the queue lost is offered again', async () => {
  const world = createAgentsWorld();
  const one = await world.join('one');
  const run = await world.start(one.workflows, far);
  await world.queue.withdraw({ agent: 'SCOUT', attemptKey: `${run}/far/1`, reason: 'lost' });
  expect(await world.worker('w1').look()).toBeUndefined();
  await world.pass(30_000);

  expect((await world.worker('w1').take()).item.attemptKey).toBe(`${run}/far/1`);
});

test('a time-out takes the attempt back, stops its worker, and the next attempt is offered', async () => {
  const { run, held, worker, pass, stateOf } = await underWay(
    `- { id: far, assigned_to: SCOUT, timeout: 5s, ${retried} }`,
  );
  const stops = worker('w1').stops();
  await pass(5_000);
  expect(stops).toEqual([`${run}/far/1`]);
  expect(await held.says('complete', { output: 1 })).toMatchObject({ ok: false });
  expect(await stateOf(run, 'far')).toMatchObject({ error: { code: 'task.timeout' } });
  await pass(1_000);
  const next = await worker('w2').take();

  expect(next.item.attempt).toBe(2);
  expect(await held.says('heartbeat')).toMatchObject(denied('task.stale-attempt'));
});

test('a heartbeat time-out fires when the worker is silent, and not while it is heard of', async () => {
  const { run, held, pass, stateOf } = await underWay(
    '- { id: far, assigned_to: SCOUT, heartbeat_timeout: 6s }',
  );
  for (let round = 0; round < 6; round += 1) {
    await pass(2_000);
    expect(await held.says('heartbeat')).toEqual({ ok: true });
  }
  expect(await stateOf(run, 'far')).toMatchObject({ state: 'in_progress' });
  await pass(6_000);

  expect(await stateOf(run, 'far')).toMatchObject({ state: 'timed_out' });
});

test('a run that is ended takes its attempts back and stops their workers', async () => {
  const { run, worker, asking, held } = await underWay(`${far}\n- { id: other, assigned_to: SCOUT }`);
  const stops = worker('w1').stops();
  await asking().command(run, { kind: 'terminateRun' }, 'ana');
  await settled();

  expect([...stops].sort()).toEqual([`${run}/far/1`, `${run}/other/1`]);
  expect(await worker('w2').look()).toBeUndefined();
  expect(await held.says('complete', { output: 1 })).toMatchObject({ ok: false });
});

test('a paused run begins nothing, and takes the results of what is under way', async () => {
  const { run, worker, asking, held, stateOf, pass } = await underWay(
    `${far}\n- { id: other, assigned_to: SCOUT }`,
  );
  const second = await worker('w2').take();
  await asking().command(run, { kind: 'pauseRun' }, 'ana');
  expect(await second.says('start')).toMatchObject(denied('run.paused', 'wait'));
  expect(await held.says('heartbeat')).toEqual({ ok: true });
  expect(await held.says('complete', { output: 1 })).toEqual({ ok: true });
  await held.claimed.done();
  expect(await stateOf(run, 'far')).toMatchObject({ state: 'completed' });
  await pass(60_000);
  await asking().command(run, { kind: 'resumeRun' }, 'ana');

  const again = await worker('w3').take();
  expect(again.item.task).toBe('other');
  expect(await again.says('start')).toMatchObject({ ok: true });
});

test('a drained agent begins nothing, and ends what it has', async () => {
  const { roster, worker, held, run, stateOf } = await underWay(
    `${far}\n- { id: other, assigned_to: SCOUT }`,
  );
  const second = await worker('w2').take();
  roster.set(agentNamed('SCOUT', { draining: { by: 'ana', at: '2026-01-01T00:00:00Z' } }));
  expect(await second.says('start')).toMatchObject(denied('agent.draining', 'wait'));
  expect(await held.says('complete', { output: 1 })).toEqual({ ok: true });
  roster.set(agentNamed('SCOUT'));

  expect(await second.says('start')).toMatchObject({ ok: true });
  expect(await stateOf(run, 'other')).toMatchObject({ worker: 'w2' });
});

test('a worker holds no drain of an engine up', async () => {
  const { one, join, held, run } = await underWay();
  const two = await join('two');
  await one.node.drain(60_000);
  await one.node.stop();
  expect(await held.says('complete', { output: 1 })).toEqual({ ok: true });

  expect(await ended(two.workflows, run)).toContain('COMPLETED');
});

test('a report that comes while the journal is down is recorded once it is back, however often it is told', async () => {
  const world = createAgentsWorld();
  let down = false;
  const { journal } = world;
  const append: typeof journal.append = (asked) =>
    down ? Promise.reject(new JournalUnavailable('down')) : journal.append(asked);
  const one = await world.join('one', { journal: { ...journal, append } });
  const run = await world.start(one.workflows, far);
  const held = await world.worker('w1').take();
  await held.says('start');
  down = true;
  const answers = [held.says('complete', { output: 1 }), held.says('complete', { output: 1 })];
  await world.pass(30_000);
  down = false;
  await world.pass(1_000);

  expect(await Promise.all(answers)).toEqual([{ ok: true }, { ok: true }]);
  expect((await world.told(run)).filter((line) => line.startsWith('task.completed'))).toHaveLength(1);
});

test('an engine whose leases grow old offers nothing until they are renewed', async () => {
  const world = createAgentsWorld();
  const { leases } = world;
  const one = await world.join('one');
  const renew = leases.renew;
  leases.renew = () => Promise.reject(new Error('no answer'));
  await world.pass(leases.ttlMs * 0.6);
  const run = await world.start(one.workflows, far);
  expect(await world.worker('w1').look()).toBeUndefined();
  leases.renew = renew;
  await world.pass(leases.ttlMs / 3);

  expect((await world.worker('w1').take()).item.run).toBe(run);
});
