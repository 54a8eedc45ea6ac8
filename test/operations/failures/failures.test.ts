// What failed alike, and what people say of it, over HTTP and as a command. Method: the real engine over a journal in
// memory; the runs fail at once.

import { expect, test } from 'vitest';
import type { FailureGroup } from '../../../src/api/insights.ts';
import { createFailureTriage } from '../../../src/engine/queries/failure-triage.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { createProject } from '../../cli/project.ts';
import { openRoutes } from '../../http/routes-world.ts';
import { linesOf } from '../../support/indexed.ts';

const files = {
  'definitions/fails.yaml':
    'workflow:\n  id: fails\n  version: 1\n  tasks: [{id: end, type: TERMINATE, status: FAILED, reason: no paper}]\n',
};

async function open() {
  const world = await openRoutes(files, undefined, { triage: createFailureTriage(createMemoryMarkStore()) });
  for (let count = 0; count < 2; count++) await world.post('/runs', { definition: 'fails' });
  await expect
    .poll(async () => (await linesOf(world.board)).map(({ head }) => head.status))
    .toEqual(['FAILED', 'FAILED']);
  const groups = async () =>
    ((await world.get('/failures')).body as { items: readonly FailureGroup[] }).items;
  const [group] = await groups();

  return { ...world, groups, path: `/failures/${group?.key}` };
}

test('runs that failed alike are one group, of which people say who knows of it, who looks after it and that it is muted', async () => {
  const { groups, post, raw, path } = await open();
  expect(await groups()).toMatchObject([{ definition: 'fails', versions: [1], count: 2 }]);

  expect((await raw(`${path}/acknowledge`, { method: 'POST' })).status).toBe(200);
  const known = await post(`${path}/acknowledge`, { note: 'printer' });
  expect(known).toMatchObject({
    status: 200,
    body: { items: [{ acknowledged: { by: 'ana', note: 'printer' } }] },
  });
  expect((await post(`${path}/assign`, { to: ' bob ' })).body).toMatchObject({
    items: [{ assigned: { to: 'bob', by: 'ana' } }],
  });
  const until = new Date(Date.now() + 86_400_000).toISOString();
  expect((await post(`${path}/mute`, { until })).body).toMatchObject({
    items: [{ muted: { until, by: 'ana', definition: 'fails', version: 1 } }],
  });

  for (const what of ['acknowledge', 'assign', 'mute'])
    expect((await raw(`${path}/${what}`, { method: 'DELETE' })).status).toBe(200);
  const [group] = await groups();
  expect([group?.acknowledged, group?.assigned, group?.muted]).toEqual([undefined, undefined, undefined]);
});

test('what cannot be said of a failure is refused: no such group, a time that is over, a token of too low a level', async () => {
  const { post, path } = await open();
  expect(await post('/failures/0123456789abcdef/acknowledge', {})).toMatchObject({
    ...{ status: 404, body: { code: 'failure.not-found' } },
  });
  expect(await post('/failures/printer/acknowledge', {})).toMatchObject({ status: 400 });
  expect(await post(`${path}/mute`, { until: '2001-01-01T00:00:00Z' })).toMatchObject({
    ...{ status: 400, body: { code: 'failure.mute-until' } },
  });
  expect(await post(`${path}/acknowledge`, {}, 'ana:L2')).toMatchObject({
    ...{ status: 403, body: { code: 'authority.level' } },
  });
});

test('a command lists the failures that are alike as a table', async () => {
  const { cli } = await createProject(files);
  await cli('start fails');
  const { exit, out } = await cli('failures');
  expect(exit).toBe(0);
  expect(out).toMatch(/^KEY +DEFINITION +TASK +CODE +COUNT +LASTAT +MESSAGE\n[0-9a-f]{16} +fails /);
  expect(JSON.parse((await cli('failures --json')).out)).toMatchObject({
    kind: 'FailuresList',
    items: [{ definition: 'fails', count: 1 }],
  });
});
