// Tasks that somebody gives to an agent by name: that one alone gets the work, whoever had it before is kept out, and
// who cannot have it is refused by name. Method: see agents-world.ts.
import { expect, test } from 'vitest';
import { agentNamed, createAgentsWorld } from '../agents-world.ts';
import { ended } from '../node-world.ts';

const digging = '- { id: far, requires: [dig], retry_policy: { max_attempts: 1 } }';
const mole = agentNamed('MOLE', { skills: ['dig'] });
const ox = agentNamed('OX', { skills: ['dig', 'haul'] });
const given = (to: string, more = {}) =>
  ({ kind: 'assignTask', task: 'far', to, by: 'ana', ...more }) as const;

async function standing(tasks = digging) {
  const world = createAgentsWorld();
  world.roster.set(mole, ox, agentNamed('MULE', { skills: ['haul'] }));
  const { workflows } = await world.join('one');
  const run = await world.start(workflows, tasks);
  const ask = async (to: string, more = {}) => {
    const asked = workflows.command(run, given(to, more), 'ana');
    // An engine that has just begun gives workers a second to say that they are there.
    await world.pass(2_000);
    const answer = await asked;
    return answer.ok ? 'done' : answer.refusal;
  };

  return { world, workflows, run, ask };
}

test('what waits with one agent goes to another, and the one that had taken it may not begin any more', async () => {
  const { world, workflows, run, ask } = await standing();
  const late = await world.worker('w1', 'MOLE').take();
  expect(await ask('OX')).toBe('done');
  expect(await late.says('start')).toMatchObject({ ok: false, code: 'report.agent', next: 'drop' });
  const held = await world.worker('w2', 'OX').take();
  await held.says('start');
  expect(await held.says('complete', { output: 1 })).toMatchObject({ ok: true });

  expect(await ended(workflows, run)).toContain('COMPLETED');
  const begun = (await world.told(run)).filter((line) => line.startsWith('task.started'));
  expect(begun).toEqual(['task.started by worker:w2']);
});

test('what a worker has begun stays there, unless it is taken away: then that worker is told to stop', async () => {
  const { world, workflows, run, ask } = await standing();
  const first = world.worker('w1', 'MOLE');
  const stops = first.stops();
  const held = await first.take();
  await held.says('start');
  expect(await ask('OX')).toMatchObject({ code: 'task.already-started' });
  expect(await ask('OX', { takeAway: true })).toBe('done');

  expect(stops).toEqual([held.item.attemptKey]);
  expect(await held.says('complete', { output: 1 })).toMatchObject({ ok: false, next: 'drop' });
  const next = await world.worker('w2', 'OX').take();
  await next.says('start');
  await next.says('complete', { output: 2 });
  expect(await ended(workflows, run)).toContain('COMPLETED');
  expect(await world.stateOf(run, 'far')).toMatchObject({ output: 2, worker: 'w2', attempt: 2, spent: 1 });
});

test('an agent that dies keeps what somebody gave to it: it is not given to whoever is found by skills', async () => {
  const { world, run, ask } = await standing();
  expect(await ask('OX')).toBe('done');
  await (await world.worker('w2', 'OX').take()).says('start');
  world.roster.set(mole, agentNamed('OX', { skills: ['dig'], workers: [] }));
  await world.pass(12_000);
  expect(await world.worker('w1', 'MOLE').look()).toBeUndefined();
  world.roster.set(mole, ox);
  const back = world.worker('w3', 'OX').take();
  await world.pass(31_000);
  await (await back).says('start');

  expect(await world.stateOf(run, 'far')).toMatchObject({ worker: 'w3', deaths: 1, attempt: 1 });
});

test('who is not known, lacks the skill, is drained or too low is refused by name', async () => {
  const { world, ask } = await standing('- { id: far, requires: [dig], agent_level: L2 }');
  world.roster.set(
    ...[mole, agentNamed('OX', { skills: ['dig'], level: 'L3' }), agentNamed('MULE', { skills: ['haul'] })],
    agentNamed('YAK', {
      ...{ skills: ['dig'], level: 'L1' },
      draining: { by: 'ben', at: '2026-01-01T00:00:00.000Z' },
    }),
  );

  expect(await ask('OXX')).toMatchObject({ code: 'agent.unknown' });
  expect(await ask('MULE')).toMatchObject({
    code: 'agent.lacks-skill',
    message: 'MULE does not offer the skill "dig", which far requires; MOLE, OX, YAK do',
  });
  expect(await ask('OX')).toMatchObject({ code: 'agent.level' });
  expect(await ask('YAK')).toMatchObject({ code: 'agent.draining' });
});

test('a task that names its agent may be given to any other, which is asked for no skill', async () => {
  const { world, workflows, run, ask } = await standing('- { id: far, assigned_to: SCOUT }');
  expect(await ask('MULE')).toBe('done');
  const held = await world.worker('w1', 'MULE').take();
  await held.says('start');
  await held.says('complete', { output: 1 });

  expect(await ended(workflows, run)).toContain('COMPLETED');
});
