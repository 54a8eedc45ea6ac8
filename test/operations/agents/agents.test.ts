// Who carries tasks out, over HTTP. Method: agents.yaml in a project, and workers in memory that speak up.
import { expect, test } from 'vitest';
import type { Hello } from '../../../events/worker-protocol.ts';
import { openRoutes } from '../../http/routes-world.ts';

const declared = `
agents:
  SCANNER: { level: L2, department: ops, skills: [scan], capacity: 4 }
  WRITER: { level: L2 }
  PAPER: { level: L1, transport: { files: { inbox: 1N.3OX, outbox: 0UT.3OX } } }
principals:
  ana: { level: L1 }
  bo: { level: L2, domain: sales }
`;
const hello: Hello = {
  protocol: 1,
  worker: 'w1',
  agent: 'SCANNER',
  skills: [],
  capacity: 4,
  running: 1,
  utilisation: 0.5,
  language: 'python',
  host: 'station',
  startedAt: '2026-01-01T00:00:00Z',
  everyMs: 60_000,
  leaving: false,
};

async function staffed() {
  const world = await openRoutes({ 'agents.yaml': declared });
  world.app.staff.work.link().hello(hello);
  world.app.staff.depths.set('SCANNER', { waiting: 7, taken: 1 });

  return world;
}

test('tells of each agent whether somebody is there, how busy they are and what waits', async () => {
  const { get } = await staffed();
  const { status, body } = await get('/agents');
  expect({ status, body }).toMatchObject({
    status: 200,
    body: {
      items: [
        { name: 'PAPER', transport: 'files', state: 'idle', queued: 0, workers: [] },
        {
          name: 'SCANNER',
          department: 'ops',
          state: 'busy',
          running: 1,
          queued: 7,
          taken: 1,
          workers: [{ worker: 'w1', language: 'python', host: 'station', running: 1 }],
          current: [],
        },
        { name: 'WRITER', transport: 'nats', state: 'gone', declared: true },
      ],
    },
  });
});

test('an agent is drained and resumed by whoever may', async () => {
  const { get, post } = await staffed();
  const scanner = async () => {
    const { items: agents } = (await get('/agents')).body as { items: { name: string; state: string }[] };
    return agents.find(({ name }) => name === 'SCANNER');
  };
  expect(await post('/agents/SCANNER/drain', { reason: 'repair' }, 'bo')).toMatchObject({
    status: 403,
    body: { code: 'authority.level' },
  });
  expect(await post('/agents/SCANNER/drain', {}, 'ana:L2')).toMatchObject({ status: 403 });
  expect(await post('/agents/SCANNER/drain', { reason: 'repair' })).toMatchObject({ status: 200 });
  // Whoever said it sees it at once, though the roster hears of it later.
  expect(await scanner()).toMatchObject({ state: 'draining', draining: { by: 'ana', reason: 'repair' } });
  expect(await post('/agents/SCANNER/drain', {})).toMatchObject({
    status: 409,
    body: { code: 'agent.already-draining' },
  });
  expect(await post('/agents/SCANNER/resume', {})).toMatchObject({ status: 200 });
  expect((await scanner())?.state).toBe('busy');
  expect(await post('/agents/NOBODY/drain', {})).toMatchObject({
    status: 404,
    body: { code: 'agent.unknown' },
  });
});
