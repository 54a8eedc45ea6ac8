// How many runs may be under way at once holds on the other server, too. Method: runs end and begin in the middle of a
// backup, between the copy of one stream and the next.
import { expect, test } from 'vitest';
import { definitionOf, openSite } from './site.ts';

const single = definitionOf(`workflow:
  id: single
  version: 1
  concurrency: {limit: 1, on_limit: refuse}
  tasks: [{id: go, type: WAIT, signal: go}]
`);

test('a place that was given while the backup was taken is not given twice', async () => {
  const old = await openSite('places');
  const { workflows } = await old.engine();
  const start = (given = workflows) =>
    given.start({ definition: single, file: 'single', input: {}, actor: 'test' });
  const first = await start();
  const copied = await old.backup({
    _JOURNAL: async () => {
      await workflows.command(first.run, { kind: 'signal', name: 'go', data: {} }, 'test');
      await expect.poll(async () => (await workflows.view(first.run)).state.status).toBe('COMPLETED');
      const { run } = await start();
      await expect.poll(async () => (await workflows.view(run)).state.tasks['go']?.state).toBe('awaiting');
    },
  });
  const fresh = await openSite('places');
  await fresh.restore(copied);

  const other = await fresh.engine();

  expect(await start(other.workflows)).toMatchObject({ ok: false, refusal: { code: 'run.limit' } });
}, 60_000);

test('what engines make anew is taken away where an earlier life has left it', async () => {
  const old = await openSite('anew');
  const { workflows } = await old.engine();
  const start = { definition: single, file: 'single', input: {}, actor: 'test' };
  await workflows.start(start);
  const copied = await old.backup();
  const fresh = await openSite('anew');
  const raw = await fresh.raw();
  await raw.api('STREAM.CREATE.KV_WF_ANEW_LIMITS', {
    name: 'KV_WF_ANEW_LIMITS',
    subjects: ['$KV.WF_ANEW_LIMITS.>'],
  });
  await raw.publish('$KV.WF_ANEW_LIMITS.complete');

  await fresh.restore(copied);

  expect(await raw.api('STREAM.INFO.KV_WF_ANEW_LIMITS')).toMatchObject({ error: { err_code: 10059 } });
});
