// Attempts that an engine hands to a worker: begun in its name, and recorded by their end alone where that comes soon,
// as those of the engine itself are. Method: see agents-world.ts.
import { expect, test } from 'vitest';
import { agentNamed, createAgentsWorld, denied } from '../agents-world.ts';
import { ended, settled } from '../node-world.ts';

const handed = { handed: true };

async function oneHanded(tasks = '- { id: far, assigned_to: SCOUT }') {
  const world = createAgentsWorld();
  world.roster.set(agentNamed('SCOUT'));
  const { node, workflows } = await world.join('one');
  const run = await world.start(workflows, tasks);
  const held = await world.worker('w1').take();
  const begun = await held.says('start', handed);

  return { ...world, node, workflows, run, held, begun };
}

test('a handed attempt that ends at once is recorded by its end, with the time at which it began', async () => {
  const { run, held, begun, workflows, told, clock, stateOf } = await oneHanded();
  expect(begun).toEqual({ ok: true, heartbeatMs: 3_333 });
  clock.advance(10);
  expect(await held.says('complete', { ...handed, output: { found: 7 } })).toEqual({ ok: true });

  expect(await ended(workflows, run)).toContain('COMPLETED');
  expect(await told(run)).toEqual(['run.started by test', 'task.completed by worker:w1']);
  expect(await stateOf(run, 'far')).toMatchObject({
    worker: 'w1',
    startedAt: '2026-01-01T00:00:00.000Z',
    output: { found: 7 },
  });
});

test('one that takes longer is recorded as begun', async () => {
  const { run, held, told, stateOf, pass } = await oneHanded();
  await pass(30, 10);
  expect(await stateOf(run, 'far')).toMatchObject({ state: 'in_progress', worker: 'w1' });
  await held.says('complete', { ...handed, output: null });

  expect(await told(run)).toEqual([
    'run.started by test',
    'task.started by worker:w1',
    'task.completed by worker:w1',
  ]);
});

test('what a worker says of its progress is recorded after its start', async () => {
  const { run, held, told } = await oneHanded();
  expect(await held.says('heartbeat', { ...handed, details: { row: 7 } })).toEqual({ ok: true });
  await held.says('fail', { ...handed, error: { code: 'paint.dry', message: 'none' } });

  expect(await told(run)).toEqual([
    'run.started by test',
    'task.started by worker:w1',
    'task.heartbeat by worker:w1',
    'task.failed by worker:w1',
  ]);
});

test('nobody else begins what was handed to a worker, until it gives it back or is lost', async () => {
  const { held, pass, run, stateOf } = await oneHanded();
  const other = { ...handed, worker: 'w2' };
  expect(await held.says('start', other)).toMatchObject(denied('task.other-worker', 'wait'));
  expect(await held.says('complete', { ...other, output: 1 })).toMatchObject(denied('task.other-worker'));
  await held.says('release', handed);
  expect(await held.says('start', other)).toMatchObject({ ok: true });
  await pass(30, 10);
  expect(await stateOf(run, 'far')).toMatchObject({ state: 'in_progress', worker: 'w2' });
  await pass(11_000);

  expect(await held.says('start', handed)).toMatchObject({ ok: true });
  expect(await stateOf(run, 'far')).toMatchObject({ worker: 'w1' });
});

test('an engine that takes over takes the result of a handed attempt, and one that nobody handed is refused', async () => {
  const { run, held, node, join, told, workflows: _gone } = await oneHanded();
  await node.stop();
  await join('two');
  await settled();
  expect(await held.says('complete', { output: 1 })).toMatchObject(denied('task.not-started'));
  expect(await held.says('complete', { ...handed, output: 1 })).toEqual({ ok: true });

  expect(await told(run)).toEqual(['run.started by test', 'task.completed by worker:w1']);
});

test('a paused run hands nothing out', async () => {
  const { run, held, workflows } = await oneHanded('- { id: far, assigned_to: SCOUT }');
  await held.says('release', handed);
  await workflows.command(run, { kind: 'pauseRun' }, 'ana');

  expect(await held.says('start', handed)).toMatchObject(denied('run.paused', 'wait'));
});
