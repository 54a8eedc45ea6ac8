// The life of an attempt that a worker carries out, and whose reports count. Method: see agents-world.ts.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { agentNamed, createAgentsWorld, denied } from '../agents-world.ts';
import { ended, settled } from '../node-world.ts';

const far = '- { id: far, assigned_to: SCOUT, input: { n: "${workflow.input.n}" } }';

async function oneHeld(tasks = far) {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT'));
  const { node, workflows } = await world.join('one');
  const run = await world.start(workflows, tasks, { n: 3 });
  const held = await world.worker('w1').take();

  return { ...world, node, workflows, run, held };
}

test('a worker is given all it needs, begins, tells how it goes, and its result is the output of the task', async () => {
  const { held, run, workflows, stateOf, told } = await oneHeld(
    '- { id: far, name: Far away, assigned_to: SCOUT, agent_level: L3, timeout: 1m, heartbeat_timeout: 6s, input: { n: 3 } }',
  );
  expect(held.item).toMatchObject({
    protocol: 1,
    run,
    task: 'far',
    attempt: 1,
    key: `${run}/far`,
    attemptKey: `${run}/far/1`,
    agent: 'SCOUT',
    definition: { id: 'under-test', version: 1 },
    name: 'Far away',
    level: 'L3',
    input: { n: 3 },
    timeoutMs: 60_000,
    heartbeatTimeoutMs: 6_000,
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
  });
  expect(await stateOf(run, 'far')).toMatchObject({ state: 'scheduled' });

  expect(await held.says('start')).toEqual({
    ok: true,
    deadline: '2026-01-01T00:01:00.000Z',
    heartbeatMs: 2_000,
  });
  expect(await stateOf(run, 'far')).toMatchObject({ state: 'in_progress', worker: 'w1' });
  expect(await held.says('heartbeat', { progress: { percent: 40, message: 'half' } })).toEqual({ ok: true });
  expect(await stateOf(run, 'far')).toMatchObject({ progress: { percent: 40, message: 'half' } });
  expect(await held.says('complete', { output: { found: 7 } })).toEqual({ ok: true });

  expect(await ended(workflows, run)).toContain('COMPLETED');
  expect(await stateOf(run, 'far')).toMatchObject({ output: { found: 7 } });
  expect(await told(run)).toEqual([
    'run.started by test',
    'task.started by worker:w1',
    'task.heartbeat by worker:w1',
    'task.completed by worker:w1',
  ]);
});

test('a worker is told the times that expressions gave', async () => {
  const { held } = await oneHeld(
    '- { id: far, assigned_to: SCOUT, timeout: "${workflow.input.n}m", heartbeat_timeout: "${workflow.input.n * 2}s" }',
  );
  expect(held.item).toMatchObject({ timeoutMs: 180_000, heartbeatTimeoutMs: 6_000 });

  expect(await held.says('start')).toEqual({
    ok: true,
    deadline: '2026-01-01T00:03:00.000Z',
    heartbeatMs: 2_000,
  });
});

test('a result is reshaped and written to a file as that of any task', async () => {
  const { held, run, written, stateOf } = await oneHeld(
    '- { id: far, assigned_to: SCOUT, output: { twice: "${result.n * 2}" }, output_to: "out/${workflow.input.n}.json" }',
  );
  await held.says('start');
  await held.says('complete', { output: { n: 21 } });

  expect(await stateOf(run, 'far')).toMatchObject({ output: { twice: 42 } });
  expect(written).toEqual([['out/3.json', { twice: 42 }]]);
});

test('a failure of a worker is one of the attempt, and the next attempt is offered in its turn', async () => {
  const { run, held, worker, pass, stateOf } = await oneHeld(
    '- { id: far, assigned_to: SCOUT, retry_policy: { max_attempts: 2, initial_delay: 1s, jitter: none } }',
  );
  await held.says('start');
  const error = { code: 'drill.broken', message: 'it broke', retryable: true, details: { depth: 3 } };
  expect(await held.says('fail', { error })).toEqual({ ok: true });
  expect(await stateOf(run, 'far')).toMatchObject({ state: 'retrying', error });

  await held.claimed.done();
  await pass(1_000);
  expect((await worker('w2').take()).item).toMatchObject({
    attempt: 2,
    key: `${run}/far`,
    attemptKey: `${run}/far/2`,
  });
});

test('a result that is reported again is taken again, and recorded once', async () => {
  const { held, run, told } = await oneHeld(`${far}\n- { id: after, type: HUMAN, wait_for_approval: true }`);
  await held.says('start');
  expect(await held.says('start')).toMatchObject({ ok: true });
  const both = [held.says('complete', { output: 1 }), held.says('complete', { output: 1 })];
  expect(await Promise.all(both)).toEqual([{ ok: true }, { ok: true }]);
  expect(await held.says('complete', { output: 1 })).toEqual({ ok: true });

  const records = await told(run);
  expect(records.filter((line) => line.startsWith('task.started'))).toHaveLength(1);
  expect(records.filter((line) => line.startsWith('task.completed'))).toHaveLength(1);
});

test('a failure of an attempt that was cancelled is not taken for that of the attempt before', async () => {
  const { run, held, worker, pass, stateOf, asking } = await oneHeld(
    `- { id: far, assigned_to: SCOUT, retry_policy: { max_attempts: 2, initial_delay: 1s, jitter: none } }
- { id: asked, type: HUMAN }`,
  );
  await held.says('start');
  const error = { code: 'drill.broken', message: 'it broke', retryable: true };
  await held.says('fail', { error });
  await held.claimed.done();
  await pass(1_000);
  const again = await worker('w1').take();
  expect(await again.says('start')).toMatchObject({ ok: true });
  await asking().command(run, { kind: 'reject', task: 'asked', by: 'ann' }, 'ann');
  expect(await stateOf(run, 'far')).toMatchObject({ state: 'cancelled', attempt: 2, error });

  expect(await again.says('fail', { error })).toMatchObject({ ok: false, next: 'drop' });
});

test('nothing is believed of a worker that did not begin, or has the wrong item, token, agent or words', async () => {
  const { held, run, worker, told } = await oneHeld();
  const before = await told(run);
  expect(await held.says('complete', { output: 1 })).toMatchObject(denied('task.not-started'));
  expect(await held.says('start', { token: 'f'.repeat(32) })).toMatchObject(denied('report.token'));
  expect(await held.says('start', { attempt: 2 })).toMatchObject({ code: 'report.token' });
  expect(await held.says('start', { run: '../*' })).toMatchObject({ code: 'report.shard' });
  expect(await held.says('start', { worker: '' })).toMatchObject(denied('report.invalid'));
  // The transport says who reports: the token of another agent is none.
  const other = worker('w2', 'OTHER').link;
  const stolen = { kind: 'start' as const, protocol: 1 as const, run, task: 'far', attempt: 1, worker: 'w2' };
  const { token } = held.item;
  const signal = new AbortController().signal;
  expect(await other.report({ ...held.item, agent: 'OTHER' }, { ...stolen, token }, signal)).toMatchObject({
    code: 'report.token',
  });
  expect(await told(run)).toEqual(before);
  expect(await held.says('start')).toMatchObject({ ok: true });
});

test('what no run can hold fails the attempt, or is left out', async () => {
  const tasks = '- { id: far, assigned_to: SCOUT, optional: true }\n- { id: other, assigned_to: SCOUT }';
  const { held, run, worker, stateOf } = await oneHeld(tasks);
  const second = await worker('w2').take();
  await held.says('start');
  expect(await held.says('complete', { output: { $blob: 'forged' } })).toEqual({ ok: true });
  expect(await stateOf(run, 'far')).toMatchObject({ error: { code: 'output.reserved' } });

  const error = { code: 'no', message: 'no', retryable: false };
  await second.says('start');
  await second.says('fail', { error: { ...error, details: { deep: { $blob: 'forged' } } } });
  expect((await stateOf(run, 'other'))?.error).toEqual(error);
});

test('an input that cannot be made, or is too large for the queue, fails the attempt', async () => {
  const world = createAgentsWorld();
  const { workflows } = await world.join('one');
  const run = await world.start(
    workflows,
    `- { id: wrong, assigned_to: SCOUT, optional: true, input: { n: "\${1 / workflow.input.zero}" } }
     - { id: large, assigned_to: SCOUT, optional: true, input: { n: "\${workflow.input.large}" } }`.replaceAll(
      /^ +/gm,
      '',
    ),
    { zero: 0, large: 'x'.repeat(1_100_000) },
  );
  await expect.poll(async () => (await world.stateOf(run, 'wrong'))?.error?.code).toMatch(/^expression\./);
  await expect.poll(async () => (await world.stateOf(run, 'large'))?.error?.code).toBe('work.too-large');
});

test('a queue that cannot be reached is tried again', async () => {
  const world = createAgentsWorld();
  const { queue, roster } = world;
  let down = true;
  const shaky: typeof queue = {
    ...queue,
    offer: (item) => (down ? Promise.reject(new Error('no queue')) : queue.offer(item)),
  };
  const { workflows } = await world.join('one', { work: { queue: shaky, roster, secret: 's' } });
  const run = await world.start(workflows, far, { n: 3 });
  await settled();
  expect(world.troubles).toHaveLength(1);
  down = false;
  await world.pass(1_000);

  expect((await world.worker('w1').take()).item.run).toBe(run);
});

test('a result that is nested too deep to be looked at fails the attempt', async () => {
  const { held, run, stateOf } = await oneHeld();
  let output: Json = 1;
  for (let depth = 0; depth < 3_000; depth += 1) output = [output];
  await held.says('start');
  expect(await held.says('complete', { output })).toEqual({ ok: true });

  expect(await stateOf(run, 'far')).toMatchObject({ error: { code: 'output.too-deep' } });
});
