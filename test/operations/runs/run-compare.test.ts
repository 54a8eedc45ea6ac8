// Two runs side by side, over HTTP, and a fork held against the run that it came from.
import { expect, test } from 'vitest';
import { RunComparison } from '../../../src/api/run-compare.ts';
import { JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import { controlled } from '../../cli/control-definitions.ts';
import { openRoutes } from '../../http/routes-world.ts';

async function open() {
  const world = await openRoutes(controlled);
  const start = async (who: string): Promise<string> => {
    const { body } = await world.post('/runs', { definition: 'gated', input: { who } });
    const { run } = body as { run: string };
    await expect.poll(() => world.board.line(run)?.head.status).toBe('FAILED');

    return run;
  };
  const compare = async (one: string, other: string) =>
    RunComparison.parse((await world.get(`/runs/${one}/compare/${other}`)).body);

  return { ...world, start, compare };
}

test('two runs are told side by side: what each was given, and that they went the same way', async () => {
  const { start, compare } = await open();
  const [one, other] = [await start('ana'), await start('bob')];
  const compared = await compare(one, other);

  expect(compared).toMatchObject({
    one: { run: one, definition: { id: 'gated' }, shown: 'FAILED', failedTask: 'pass' },
    other: { run: other, shown: 'FAILED' },
    way: 'same',
    input: [{ path: 'who', one: 'ana', other: 'bob' }],
  });
  expect(compared.tasks.find(({ task }) => task === 'pass')).toMatchObject({
    one: { status: 'FAILED' },
    other: { status: 'FAILED' },
    isDifferent: false,
  });
});

test('a fork went the way of the run that it was forked from, up to where it was forked', async () => {
  const { start, compare, post, board } = await open();
  const run = await start('ana');
  const { body } = await post(`/runs/${run}/fork`, { at: 2 });
  const { run: fork } = body as { run: string };
  await expect.poll(() => board.line(fork)?.head.status).toBe('FAILED');

  expect(await compare(run, fork)).toMatchObject({ way: 'same', one: { run }, other: { run: fork } });
});

test('while the run that it was forked from cannot be read, nothing is said of their ways', async () => {
  const gone = new JournalUnavailable('no server');
  let origin = '';
  const world = await openRoutes(controlled, undefined, ({ workflows }) => {
    const view = (run: string) => (run === origin ? Promise.reject(gone) : workflows.view(run));

    return { workflows: { ...workflows, view } };
  });
  const { body } = await world.post('/runs', { definition: 'gated', input: { who: 'ana' } });
  const { run } = body as { run: string };
  await expect.poll(() => world.board.line(run)?.head.status).toBe('FAILED');
  const { run: fork } = (await world.post(`/runs/${run}/fork`, { at: 2 })).body as { run: string };
  await expect.poll(() => world.board.line(fork)?.head.status).toBe('FAILED');
  origin = run;

  expect(await world.get(`/runs/${fork}/compare/${fork}`)).toMatchObject({
    status: 503,
    body: { code: 'journal.unavailable' },
  });
});

test('a run that is not there is refused as everywhere', async () => {
  const { start, get } = await open();
  const run = await start('ana');

  expect(await get(`/runs/${run}/compare/nobody`)).toMatchObject({
    status: 404,
    body: { code: 'run.not-found' },
  });
});

test('a command compares two runs, named by @last and @failed as everywhere', async () => {
  const { start, cli } = await open();
  await start('ana');
  const { exit, out } = await cli('compare @last @failed');
  expect({ exit, out }).toEqual({ exit: 0, out: expect.stringContaining('way: same\n') });
  expect(await cli('compare @last nobody')).toMatchObject({
    ...{ exit: 4, err: expect.stringContaining('there is no run "nobody"') },
  });
});
