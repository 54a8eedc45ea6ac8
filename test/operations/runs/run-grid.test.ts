// The grid of runs: each definition has its latest runs, however many another one has.
import { expect, test } from 'vitest';
import { RunGrid } from '../../../src/api/run.ts';
import { openRoutes } from '../../http/routes-world.ts';

const waiting = (id: string): string =>
  `workflow:\n  id: ${id}\n  version: 1\n  tasks:\n    - {id: hold, type: WAIT, signal: go}\n`;
const ids = ['busy', 'first', 'second', 'third'];

async function open() {
  const world = await openRoutes(
    Object.fromEntries(ids.map((id) => [`definitions/${id}.yaml`, waiting(id)])),
  );
  const start = async (definition: string): Promise<string> => {
    const { run } = (await world.post('/runs', { definition })).body as { run: string };
    await expect.poll(() => world.board.line(run)?.run).toBe(run);

    return run;
  };
  const few = [await start('first'), await start('second'), await start('third')];
  const many: string[] = [];
  for (let count = 0; count < 23; count += 1) many.push(await start('busy'));
  const grid = async (query = '') => RunGrid.parse((await world.get(`/run-grid${query}`)).body);

  return { ...world, grid, few, many };
}

test('each definition has its latest twenty runs, those that were started last first', async () => {
  const { grid, few, many } = await open();
  const { items, total, next } = await grid();

  expect({ total, next }).toEqual({ total: 4, next: undefined });
  expect(items.map(({ definition, total: of }) => [definition, of])).toEqual([
    ['busy', 23],
    ['first', 1],
    ['second', 1],
    ['third', 1],
  ]);
  expect(items[0]?.runs.map(({ run }) => run)).toEqual(many.slice(3).toReversed());
  expect(items.slice(1).map(({ runs }) => runs[0]?.run)).toEqual(few);
});

test('definitions come by as many as are asked for, and only those of which runs fit', async () => {
  const { grid, get, post, many } = await open();
  const first = await grid('?limit=3');
  expect([first.items.length, first.total]).toEqual([3, 4]);
  expect((await grid(`?limit=3&after=${first.next}`)).items.map(({ definition }) => definition)).toEqual([
    'third',
  ]);

  const paused = many[0] ?? '';
  expect(await post(`/runs/${paused}/commands`, { kind: 'pauseRun' })).toMatchObject({ status: 200 });
  await expect
    .poll(() => grid('?status=PAUSED'))
    .toMatchObject({ total: 1, items: [{ definition: 'busy', total: 1, runs: [{ run: paused }] }] });
  expect((await grid('?where=definition%3Dfirst')).items.map(({ total }) => total)).toEqual([1]);
  expect(await get('/run-grid?status=PUASED')).toMatchObject({ status: 400, body: { code: 'usage.status' } });
  expect(await get('/run-grid?limit=51')).toMatchObject({ status: 400 });
});
