// Many runs at once, and the emergency stop, over HTTP. Method: the real engine over a journal in memory.

import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { controlled } from '../../cli/control-definitions.ts';
import { openRoutes } from '../../http/routes-world.ts';
import { archivedEach } from '../../support/archived-each.ts';
import { linesOf } from '../../support/indexed.ts';

async function open() {
  const world = await openRoutes(controlled);
  const runs: string[] = [];
  for (const definition of ['waiting', 'waiting', 'asking']) {
    runs.push(((await world.post('/runs', { definition })).body as { run: string }).run);
  }
  const statuses = () => runs.map((run) => world.board.line(run)?.head.status);
  await expect.poll(statuses).toEqual(['RUNNING', 'RUNNING', 'PAUSED']);

  return { ...world, runs, statuses };
}

test('a bulk command is tried first, has to know how many it is about, and tells what became of each', async () => {
  const { post, statuses, runs } = await open();
  const bulk = (body: object) =>
    post('/runs/bulk', {
      where: 'status=RUNNING,PAUSED',
      command: { kind: 'pauseRun', reason: 'full' },
      ...body,
    });

  expect((await bulk({ dryRun: true })).body).toMatchObject({ dryRun: true, total: 3, changed: 0 });
  expect(await bulk({})).toMatchObject({ status: 400, body: { code: 'usage.confirm' } });
  expect(await bulk({ expectCount: 2 })).toMatchObject({ status: 409, body: { code: 'runs.count-differs' } });
  expect(statuses()).toEqual(['RUNNING', 'RUNNING', 'PAUSED']);

  const { status, body } = await bulk({ expectCount: 3 });
  expect(status).toBe(200);
  expect(body).toMatchObject({ total: 3, changed: 2, refused: 1 });
  const { items } = body as { items: { run: string; ok: boolean }[] };
  expect(items.find(({ run }) => run === runs[2])).toMatchObject({
    ok: false,
    refusal: { code: 'run.already-paused' },
    definition: 'asking@1',
  });
  await expect.poll(statuses).toEqual(['PAUSED', 'PAUSED', 'PAUSED']);
  expect(await bulk({ where: 'colour=red', dryRun: true })).toMatchObject({
    status: 400,
    body: { code: 'usage.where' },
  });
});

test('a run that was archived is left out of what is changed', async () => {
  const { post } = await openRoutes(controlled, undefined, ({ board }) => ({
    board: { ...board, each: archivedEach(board.each, () => 'head') },
  }));
  await post('/runs', { definition: 'waiting' });

  const asked = { where: 'definition=waiting', command: { kind: 'retryRun' }, expectCount: 0 };
  expect((await post('/runs/bulk', { ...asked, dryRun: true })).body).toMatchObject({ total: 0 });
  expect((await post('/runs/bulk', asked)).body).toMatchObject({ total: 0, refused: 0 });
});

test('who may not change runs is refused before anything is promised, at a dry run too', async () => {
  const { post, statuses } = await open();
  const as = 'ana:L2';
  const command = { kind: 'pauseRun' };
  const refused = { status: 403, body: { code: 'authority.level' } };
  expect(await post('/runs/bulk', { where: 'status=RUNNING', command, dryRun: true }, as)).toMatchObject(
    refused,
  );
  const stop = { where: '*', action: 'pause', reason: 'fire', expectCount: 3 };
  expect(await post('/emergency', stop, as)).toMatchObject(refused);
  expect(statuses()).toEqual(['RUNNING', 'RUNNING', 'PAUSED']);
});

test('reads the dead letters once, however many of them are dropped', async () => {
  let reads = 0;
  const text = 'workflow: { id: fails, version: 1, tasks: [{ id: end, run: { command: ["false"] } }] }';
  const { post, board } = await openRoutes({ 'definitions/fails.yaml': text }, undefined, ({ workflows }) => {
    const deadLetters = () => {
      reads += 1;
      return workflows.deadLetters();
    };

    return { workflows: { ...workflows, deadLetters } };
  });
  for (let count = 0; count < 3; count++) await post('/runs', { definition: 'fails' });
  await expect
    .poll(async () => (await linesOf(board)).map(({ head }) => head.status), { timeout: 10_000 })
    .toEqual(['FAILED', 'FAILED', 'FAILED']);

  const asked = { where: 'status=FAILED', command: { kind: 'dropDeadLetter' }, expectCount: 3 };
  expect((await post('/runs/bulk', asked)).body).toMatchObject({ total: 3, changed: 3, refused: 0 });
  expect(reads).toBe(1);
});

test('the emergency stop says what it will do, and does it', async () => {
  const { post, statuses } = await open();
  const stop = (body: object) =>
    post('/emergency', { where: '*', action: 'terminate', reason: 'fire', ...body });

  expect((await stop({ dryRun: true })).body).toMatchObject({
    dryRun: true,
    total: 3,
    effect: ['3 runs end now; what they did is not undone', expect.stringContaining('triggers go on')],
  });
  expect(await stop({ expectCount: 4 })).toMatchObject({ body: { code: 'runs.count-differs' } });
  expect((await stop({ where: 'definition=waiting', action: 'cancel', expectCount: 2 })).body).toMatchObject({
    changed: 2,
    effect: [expect.stringContaining('undone'), expect.any(String)],
  });
  await expect.poll(statuses).toEqual(['TERMINATED', 'TERMINATED', 'PAUSED']);
  expect((await stop({})).body).toMatchObject({ total: 1, changed: 1 });
  await expect.poll(statuses).toEqual(['TERMINATED', 'TERMINATED', 'TERMINATED']);
});

test('of a FORK that is open nothing finishes outside', async () => {
  const tasks = (branch: string) => `
    - { id: f, type: FORK, branches: [[${branch}], [{ id: x, type: NOOP }]] }
    - { id: j, type: JOIN, join_on: [a, x], depends_on: f }
`;
  const text = (id: string, branch: string) =>
    `workflow:\n  id: ${id}\n  version: 1\n  tasks:${tasks(branch)}`;
  const files = {
    'definitions/asks.yaml': text('asks', '{ id: a, type: HUMAN, wait_for_approval: true }'),
    'definitions/works.yaml': text('works', '{ id: a, run: { command: [sleep, "60"] } }'),
  };
  const { post, board } = await openRoutes(files);
  for (const definition of ['asks', 'works']) await post('/runs', { definition });
  const active = () => board.live().flatMap(({ head }) => head.active.map(({ status }) => status).sort());
  await expect
    .poll(() => active().sort())
    .toEqual(['IN_PROGRESS', 'IN_PROGRESS', 'IN_PROGRESS', 'PENDING_APPROVAL']);
  const asked = { where: '*', action: 'terminate', reason: 'fire' };

  expect((await post('/emergency', { ...asked, dryRun: true })).body).toMatchObject({
    effect: [
      expect.any(String),
      expect.stringMatching(/^at least 1 task may still finish outside/),
      expect.any(String),
    ],
  });
  await post('/emergency', asked);
});

test('starts are stopped by pausing the triggers of the definitions that are meant', async () => {
  const { post, app, triggers } = await open();
  for (const id of ['reports', 'other']) {
    const content = `workflow:\n  id: ${id}\n  version: 1\n  triggers: [{ on: ${id}.due }]\n  tasks: [{ id: done, type: NOOP }]\n`;
    const read = loadDefinition({ file: `${id}.yaml`, content });
    if (!read.ok) throw new Error(read.problems[0]?.message);
    await app.definitions.register({ ...read.loaded, file: `${id}.yaml` });
  }
  const paused = async () => (await triggers.triggers()).filter((each) => each.paused !== undefined);
  await expect.poll(async () => (await triggers.triggers()).length).toBe(2);
  const stop = (body: object) => post('/emergency', { action: 'stop-starts', reason: 'fire', ...body });

  // Terms that name no definition mean those that the runs are of.
  expect((await stop({ where: 'status=RUNNING', dryRun: true })).body).toMatchObject({ total: 0 });
  expect((await stop({ where: '*', dryRun: true })).body).toMatchObject({
    total: 2,
    triggers: ['other/other.due', 'reports/reports.due'],
    effect: [
      '2 triggers are paused, those of all definitions; nothing starts runs by itself there until they are resumed',
      '3 runs under way go on',
      'people and programs may still start runs by hand',
    ],
  });
  expect(await paused()).toEqual([]);
  expect(await stop({ where: 'definition=reports' })).toMatchObject({ status: 200, body: { changed: 1 } });
  expect((await paused()).map(({ id, paused: mark }) => [id, mark?.by, mark?.reason])).toEqual([
    ['reports.due', 'ana', 'fire'],
  ]);
  expect(await stop({ where: '*' })).toMatchObject({ body: { total: 1, triggers: ['other/other.due'] } });
});
