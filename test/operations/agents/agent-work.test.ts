// What agents did, over HTTP and on the command line. Method: the journal of a real run, in which agents did the tasks,
// in a journal in memory.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { definitionIn } from '../../golden/golden-files.ts';
import { openRoutes } from '../../http/routes-world.ts';
import { goldenBodies, goldenRun } from '../../projections/golden-books.ts';

const declared = 'agents:\n  SCANNER: { level: L2 }\n  WRITER: { level: L2 }\n';
const golden = join(import.meta.dirname, '../../golden');

async function open() {
  const world = await openRoutes({ 'agents.yaml': declared });
  const { run, bodies } = goldenBodies('agents');
  const ref = goldenRun('agents').records[0]?.data.head.definition;
  if (ref === undefined) throw new Error('the journal is empty');
  await world.app.definitions.register({
    ref,
    text: definitionIn(golden, '0.1.0', ref),
    file: 'agents.yaml',
  });
  let after = 0;
  for (const [index, body] of bodies.entries())
    after = await world.app.journal.append({ run, id: `${run}/${index + 1}`, body, after });
  await expect.poll(() => world.board.line(run)?.sequence, { timeout: 10_000 }).toBe(bodies.length);

  return { ...world, run };
}

test('each agent is told with what it did last; what is long ago is not of the last day', async () => {
  const { get, run } = await open();

  expect((await get('/agent-work')).body).toMatchObject({
    items: [
      { agent: 'EDITOR', latest: { run, task: 'c', attempt: 1, outcome: 'completed' } },
      {
        agent: 'SCANNER',
        lastDay: { completed: 0, failed: 0 },
        latest: { run, task: 'b', attempt: 2, worker: 'worker-SCANNER-1.1', outcome: 'completed' },
      },
    ],
    read: 1,
    of: 1,
  });
});

test('the page of an agent has its attempts, the latest first; of one that nobody knows there is none', async () => {
  const { get, run } = await open();

  expect((await get('/agents/SCANNER')).body).toMatchObject({
    agent: { name: 'SCANNER', state: 'gone', current: [] },
    acts: [
      { run, definition: { id: 'agents', version: 1 }, task: 'b', attempt: 2, outcome: 'completed' },
      { run, task: 'b', attempt: 1, outcome: 'failed' },
      { run, task: 'a', attempt: 1, outcome: 'completed' },
    ],
  });
  expect((await get('/agents/WRITER')).body).toMatchObject({
    work: { lastDay: { completed: 0, failed: 0 } },
    acts: [],
  });
  expect(await get('/agents/NOBODY')).toMatchObject({ status: 404, body: { code: 'agent.unknown' } });
});

test('a command lists what each agent did', async () => {
  const { cli, run } = await open();

  expect(await cli('agents work')).toEqual({
    exit: 0,
    out: [
      `AGENT    COMPLETED  FAILED  ${'RUN'.padEnd(run.length)}  TASK  OUTCOME`,
      `EDITOR   0          0       ${run}  c     completed`,
      `SCANNER  0          0       ${run}  b     completed\n`,
    ].join('\n'),
    err: '',
  });
});
