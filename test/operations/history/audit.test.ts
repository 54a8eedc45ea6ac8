// What can be verified and compared of a run, over HTTP.
import { expect, test } from 'vitest';
import { verifyExport } from '../../../machines/audit/verify-export.ts';
import { addDownloadRoutes } from '../../../src/http/routes/downloads.ts';
import { controlled } from '../../cli/control-definitions.ts';
import { openRoutes } from '../../http/routes-world.ts';

async function open() {
  const world = await openRoutes(controlled, (api, deps) =>
    addDownloadRoutes(api, { ...deps, portsOf: () => deps as never }),
  );
  const { run } = (await world.post('/runs', { definition: 'gated', input: { who: 'ana' } })).body as {
    run: string;
  };
  await expect.poll(() => world.board.line(run)?.head.status).toBe('FAILED');

  return { ...world, run };
}

test('tells what can happen next, what changed between two events, and that a replay is exact', async () => {
  const { get, run } = await open();
  expect((await get(`/runs/${run}/next`)).body).toMatchObject({
    run,
    status: 'FAILED',
    events: [],
    commands: expect.arrayContaining([expect.objectContaining({ command: ['retry', run] })]),
  });
  const { sequence } = (await get(`/runs/${run}`)).body as { sequence: number };
  expect((await get(`/runs/${run}/diff?from=1&to=${sequence}`)).body).toMatchObject({
    run,
    from: 1,
    status: { from: 'RUNNING', to: 'FAILED' },
    tasks: expect.arrayContaining([expect.objectContaining({ task: 'pass', to: 'failed' })]),
  });
  expect((await get(`/runs/${run}/replay`)).body).toMatchObject({ run, events: sequence, differences: [] });
  expect((await get(`/runs/${run}/replay?until=2`)).body).toMatchObject({ state: { status: 'RUNNING' } });
  expect(await get(`/runs/${run}/diff?from=1&to=99`)).toMatchObject({
    status: 404,
    body: { code: 'run.no-event' },
  });
});

test('an export verifies elsewhere, and the events are there one per line', async () => {
  const { raw, run, get } = await open();
  const { sequence } = (await get(`/runs/${run}`)).body as { sequence: number };
  const exported = await raw(`/runs/${run}/export?format=audit`);
  expect(exported.headers.get('content-disposition')).toBe(`attachment; filename="${run}.audit.json"`);
  expect(verifyExport(await exported.text()).problems).toEqual([]);

  const lines = (await (await raw(`/runs/${run}/export`)).text()).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).sequence)).toEqual(
    Array.from({ length: sequence }, (_, index) => index + 1),
  );
});
