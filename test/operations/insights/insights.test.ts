// How runs went, over HTTP and as a command. Method: the real engine over a journal in memory.

import { expect, test } from 'vitest';
import { Insights } from '../../../src/api/insights.ts';
import { createProject } from '../../cli/project.ts';
import { openRoutes } from '../../http/routes-world.ts';
import { linesOf } from '../../support/indexed.ts';

const definition = (id: string, task: string) =>
  `workflow:\n  id: ${id}\n  version: 1\n  tasks: [{id: only, ${task}}]\n`;
const files = {
  'definitions/ends.yaml': definition('ends', 'type: NOOP'),
  'definitions/fails.yaml': definition('fails', 'type: TERMINATE, status: FAILED, reason: no'),
};

test('tells how runs went in a span of time, of all definitions or of one', async () => {
  const { get, post, board } = await openRoutes(files);
  for (const id of ['ends', 'fails']) await post('/runs', { definition: id });
  await expect
    .poll(async () => (await linesOf(board)).filter(({ head }) => head.endedAt !== undefined))
    .toHaveLength(2);
  const told = async (query: string) => Insights.parse((await get(`/insights${query}`)).body);

  const all = await told('');
  expect(all.total).toMatchObject({ started: 2, completed: 1, failed: 1, successRate: 0.5 });
  expect([all.read, all.of]).toEqual([2, 2]);
  const one = await told('?definition=ends');
  expect(one.byDefinition.map(({ definition: id, completed }) => [id, completed])).toEqual([['ends', 1]]);
  expect((await told('?from=2001-01-01&to=2001-01-02')).of).toBe(0);
  expect(await get('/insights?from=soon')).toMatchObject({ status: 400, body: { code: 'usage.time' } });
  expect(await get('/insights?from=2026-01-02&to=2026-01-01')).toMatchObject({
    ...{ status: 400, body: { code: 'usage.time' } },
  });
});

test('a command tells it by definition', async () => {
  const { cli } = await createProject(files);
  await cli('start ends');
  await cli('start fails');
  const { exit, out } = await cli('insights --definition ends');
  expect(exit).toBe(0);
  const lines = out.split('\n').map((line) => line.split(/ +/));
  expect(lines[0]).toEqual([
    ...['DEFINITION', 'VERSION', 'STARTED', 'COMPLETED', 'FAILED'],
    ...['SUCCESSRATE', 'P50MS', 'P95MS'],
  ]);
  expect(lines[1]?.slice(0, 6)).toEqual(['ends', '1', '1', '1', '0', '1']);
  expect(lines).toHaveLength(3);
  expect(await cli('insights --from soon')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('"soon" is no time'),
  });
});
