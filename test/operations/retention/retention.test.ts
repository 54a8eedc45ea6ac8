// Having runs leave the journal over HTTP: who may, what is told before, and what becomes of them. Method: the routes
// over a real engine with a journal and an archive in memory.
import { expect, test } from 'vitest';
import { authorityOf } from '../../../machines/agents/authority.ts';
import type { RetentionDocument } from '../../../src/api/run-requests.ts';
import { openRoutes } from '../../http/routes-world.ts';
import { definitionText } from '../../support/definition-text.ts';

const brief = definitionText('- {id: book, type: NOOP}', 'retention: {keep: 1ms}').replace(
  'id: under-test',
  'id: brief',
);
const authority = authorityOf([
  { name: 'ana', level: 'L1' },
  { name: 'bob', level: 'L2' },
]);

async function opened() {
  const world = await openRoutes({ 'definitions/brief.yaml': brief }, undefined, { authority });
  const { run } = (await world.post('/runs', { definition: 'brief' })).body as { run: string };
  const status = async () => ((await world.get(`/runs/${run}`)).body as { status: string }).status;
  await expect.poll(status).toBe('COMPLETED');
  const retain = async (body: unknown, as = 'ana') => {
    const answer = await world.post('/retention', body, as);
    return { ...answer, body: answer.body as RetentionDocument };
  };

  return { ...world, run, retain };
}

test('what would leave is told and changes nothing, and what leaves is gone from the journal', async () => {
  const { run, retain } = await opened();
  const policy = expect.stringContaining('keep 1ms, then archive');
  await expect.poll(async () => (await retain({ dryRun: true })).body.runs).toBe(1);
  const told = await retain({ dryRun: true });
  expect(told).toMatchObject({
    status: 200,
    body: { dryRun: true, runs: 1, left: 0, policies: [{ policy, runs: 1 }], first: [{ run }] },
  });
  expect(told.body).not.toHaveProperty('segment');

  expect((await retain({})).body).toMatchObject({ dryRun: false, left: 1, damaged: [], generation: 2 });
  expect((await retain({ dryRun: true })).body).toMatchObject({ runs: 0, policies: [] });
});

test('level L1 is needed, also to be told', async () => {
  const { retain } = await opened();

  for (const body of [{}, { dryRun: true }])
    expect(await retain(body, 'bob')).toMatchObject({ status: 403, body: { code: 'authority.level' } });
});
