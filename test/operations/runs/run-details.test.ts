// What the list of runs says beyond the lines: read from the runs themselves, and only as far as people may see it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunDetails } from '../../../src/api/run.ts';
import { controlled } from '../../cli/control-definitions.ts';
import { openRoutes } from '../../http/routes-world.ts';

async function open() {
  const world = await openRoutes(controlled);
  const start = async (input: Readonly<Record<string, unknown>>): Promise<string> => {
    const { body } = await world.post('/runs', { definition: 'gated', input });
    const { run } = body as { run: string };
    await expect.poll(() => world.board.line(run)?.head.status).toBe('FAILED');

    return run;
  };
  const details = async (...runs: readonly string[]) =>
    RunDetails.parse((await world.get(`/run-details?runs=${runs.join()}`)).body).runs;

  return { ...world, start, details };
}

test('what runs were given tells them apart, the required first, and secrets stay hidden', async () => {
  const { start, details } = await open();
  const [one, other] = [await start({ who: 'ana', token: 'swordfish' }), await start({ who: 'bob' })];
  const told = await details(one, other);

  expect(told.map(({ run, inputLines }) => [run, inputLines[0]])).toEqual([
    [one, { name: 'who', text: 'ana' }],
    [other, { name: 'who', text: 'bob' }],
  ]);
  expect(told[0]?.inputLines).toContainEqual({ name: 'token', text: '[hidden]' });
  expect(JSON.stringify(told)).not.toContain('swordfish');
});

test('how each task is, and what a retry changes of it', async () => {
  const { start, details, post, dir, board } = await open();
  const run = await start({ who: 'ana' });

  const [failed] = await details(run);
  expect(failed?.tasks.map(({ id, status }) => [id, status])).toEqual([
    ['greet', 'COMPLETED'],
    ['pass', 'FAILED'],
    ['after', 'CANCELLED'],
  ]);
  await writeFile(join(dir, 'gate'), '');
  await post(`/runs/${run}/commands`, { kind: 'retryRun' });
  await expect.poll(() => board.line(run)?.head.status).toBe('COMPLETED');

  const [retried] = await details(run);
  expect(retried?.tasks.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  expect(retried?.attempts).toBeGreaterThan(failed?.attempts ?? 0);
});

test('what can be told of a damaged run is read once', async () => {
  let reads = 0;
  const world = await openRoutes(controlled, undefined, ({ workflows }) => {
    const inspect = (run: string) => {
      reads += 1;
      return workflows.inspect(run);
    };

    return { workflows: { ...workflows, inspect } };
  });
  const { body } = await world.post('/runs', { definition: 'gated', input: { who: 'ana' } });
  const { run } = body as { run: string };
  await expect.poll(() => world.board.line(run)?.head.status).toBe('FAILED');
  const last = await world.app.journal.last(run);
  const record = last?.kind === 'record' ? last.record : undefined;
  world.app.journal.plant({ run, body: JSON.stringify({ ...record, id: `${run}/40`, sequence: 40 }) });
  await expect.poll(() => world.board.line(run)?.sequence).toBe(40);
  const told = async () => RunDetails.parse((await world.get(`/run-details?runs=${run}`)).body).runs;
  const first = await told();

  expect(first).toMatchObject([{ run, sequence: record?.sequence }]);
  expect(await told()).toEqual(first);
  expect(reads).toBe(1);
});

test('a run that is not there is left out, and more than 25 are refused', async () => {
  const { start, details, get } = await open();
  const run = await start({ who: 'ana' });

  expect((await details('nobody', run)).map((told) => told.run)).toEqual([run]);
  expect(await get(`/run-details?runs=${Array.from({ length: 26 }, () => run).join()}`)).toMatchObject({
    status: 400,
  });
});
