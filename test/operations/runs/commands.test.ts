// Commands for runs that exist, over HTTP. Method: the real engine over a journal in memory.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { controlled } from '../../cli/control-definitions.ts';
import { openRoutes } from '../../http/routes-world.ts';

/** A machine that does much else carries out a command later. */
const patience = { timeout: 15_000 };

async function open() {
  const world = await openRoutes(controlled);
  const start = async (definition: string, input = {}) => {
    const { body } = await world.post('/runs', { definition, input });
    return (body as { run: string }).run;
  };
  const shown = async (run: string) => ((await world.get(`/runs/${run}`)).body as { shown: string }).shown;

  const waits = (run: string) =>
    expect.poll(() => world.board.line(run)?.head.active.map(({ status }) => status)).toContain('WAITING');

  return { ...world, start, shown, waits };
}

test('a run is paused, is refused what does not fit, and goes on', async () => {
  const { start, waits, shown, post } = await open();
  const run = await start('waiting');
  await waits(run);
  const say = (body: unknown) => post(`/runs/${run}/commands`, body);

  expect(await say({ kind: 'pauseRun', reason: 'lunch' })).toMatchObject({ status: 200, body: { run } });
  expect(await say({ kind: 'pauseRun' })).toMatchObject({
    status: 409,
    body: { code: 'run.already-paused' },
  });
  expect(await say({ kind: 'resumeRun' })).toMatchObject({ status: 200 });
  expect(await say({ kind: 'signal', name: 'paid', data: { seat: 12 } })).toMatchObject({ status: 200 });
  expect(await say({ kind: 'skipTask', task: 'by_hand' })).toMatchObject({ status: 200 });
  await expect.poll(() => shown(run), patience).toBe('COMPLETED');
  expect(await say({ kind: 'cancelRun' })).toMatchObject({ status: 409, body: { code: 'run.closed' } });
  expect(await say({ kind: 'explode' })).toMatchObject({ status: 400, body: { code: 'http.invalid' } });
  expect(await post('/runs/nothing/commands', { kind: 'pauseRun' })).toMatchObject({
    status: 404,
    body: { code: 'run.not-found' },
  });
});

test('a failed run is done again from a task with edited input, in which the rest stays', async () => {
  const { start, shown, post, get, dir } = await open();
  const run = await start('gated', { who: 'ana', count: 3, token: 'hush' });
  await expect.poll(() => shown(run), patience).toBe('FAILED');
  const again = (input: unknown) => post(`/runs/${run}/commands`, { kind: 'rerun', from: 'greet', input });

  expect(await again({ count: 'many' })).toMatchObject({
    status: 422,
    body: { code: 'input.mistyped', problems: [{ path: 'count' }] },
  });
  expect(await again({ token: 'other' })).toMatchObject({ body: { code: 'input.secret-edit' } });
  await writeFile(join(dir, 'gate'), '');
  expect(await again({ who: 'bob' })).toMatchObject({ status: 200 });
  await expect.poll(() => shown(run), patience).toBe('COMPLETED');
  expect((await get(`/runs/${run}`)).body).toMatchObject({
    input: { who: 'bob', count: 3, token: '[hidden]' },
    output: { said: 'hello bob' },
  });
});

test('a value that is kept apart from the journal stays when another one is edited', async () => {
  const { start, shown, post, get, dir } = await open();
  const run = await start('gated', { who: 'x'.repeat(200_000), count: 3 });
  await expect.poll(() => shown(run), patience).toBe('FAILED');
  const input = async () => ((await get(`/runs/${run}`)).body as { input: Record<string, unknown> }).input;
  const { who } = await input();
  expect(who).toMatchObject({ $blob: { bytes: 200_002 } });
  await writeFile(join(dir, 'gate'), '');
  const again = { kind: 'rerun', from: 'greet', input: { count: 4 } };
  expect(await post(`/runs/${run}/commands`, again)).toMatchObject({ status: 200 });
  await expect.poll(() => shown(run), patience).toBe('COMPLETED');
  expect(await input()).toMatchObject({ who, count: 4 });
});

test('a new run goes on from an event of an old one, which stays as it is', async () => {
  const { start, shown, post, get, dir } = await open();
  const old = await start('gated', { who: 'ana' });
  await expect.poll(() => shown(old), patience).toBe('FAILED');
  await writeFile(join(dir, 'gate'), '');
  const { status, body } = await post(`/runs/${old}/fork`, { at: 2, input: { who: 'cem' }, reason: 'try' });
  expect(status).toBe(200);
  const { run } = body as { run: string };
  expect(run).not.toBe(old);
  await expect.poll(() => shown(run), patience).toBe('COMPLETED');
  expect((await get(`/runs/${run}`)).body).toMatchObject({ input: { who: 'cem' } });
  expect(await shown(old)).toBe('FAILED');
  expect(await post(`/runs/${old}/fork`, { at: 999 })).toMatchObject({
    status: 404,
    body: { code: 'run.no-event' },
  });
});

test('a dead letter is listed, and dropped; one that waits for somebody is not', async () => {
  const { start, shown, post, get } = await open();
  const [failed, paused] = [await start('gated', { who: 'ana' }), await start('asking')];
  await expect.poll(() => shown(failed), patience).toBe('FAILED');
  await expect.poll(() => shown(paused), patience).toBe('PAUSED');
  const letters = async () => (await get('/dead-letters')).body as { items: { run: string }[] };
  expect((await letters()).items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ run: failed, task: 'pass', status: 'FAILED', shortId: failed.slice(0, 13) }),
      expect.objectContaining({ run: paused, status: 'PAUSED' }),
    ]),
  );
  const drop = (run: string) => post(`/runs/${run}/commands`, { kind: 'dropDeadLetter', reason: 'known' });
  expect(await drop(paused)).toMatchObject({ status: 409, body: { code: 'dead-letter.paused' } });
  expect(await drop(failed)).toMatchObject({ status: 200 });
  expect(await drop(failed)).toMatchObject({ status: 404, body: { code: 'dead-letter.none' } });
  expect((await letters()).items.map(({ run }) => run)).toEqual([paused]);
});

test('a token does not reach further than its level', async () => {
  const { start, waits, post } = await open();
  const run = await start('waiting');
  await waits(run);
  const as = (level: string, body: unknown) => post(`/runs/${run}/commands`, body, `ana:${level}`);

  expect(await as('L3', { kind: 'pauseRun' })).toMatchObject({
    status: 403,
    body: { code: 'authority.level' },
  });
  expect(await as('L3', { kind: 'signal', name: 'paid' })).toMatchObject({ status: 403 });
  expect(await post(`/runs/${run}/fork`, { at: 1 }, 'ana:L3')).toMatchObject({ status: 403 });
  expect(await post(`/runs/${run}/migrate`, {}, 'ana:L2')).toMatchObject({ status: 403 });
  // Having an engine take a run up is for those who may resume it.
  expect(await post(`/runs/${run}/resume`, {}, 'ana:L2')).toMatchObject({
    status: 403,
    body: { code: 'authority.level' },
  });
  expect(await post(`/runs/${run}/resume`, {}, 'ana:L1')).toMatchObject({ status: 200 });
  expect(await post('/runs', { definition: 'waiting' }, 'ana:L3')).toMatchObject({ status: 403 });
  expect(await as('L2', { kind: 'signal', name: 'paid', data: { seat: 12 } })).toMatchObject({ status: 200 });
  expect(await as('L1', { kind: 'pauseRun' })).toMatchObject({ status: 200 });
});

test('makes sure that an engine works on a run', async () => {
  const { start, post } = await open();
  const run = await start('waiting');
  expect(await post(`/runs/${run}/resume`, {})).toMatchObject({ status: 200, body: { run } });
  expect(await post(`/runs/${run}/migrate`, { version: 7 })).toMatchObject({
    status: 404,
    body: { code: 'definition.not-found' },
  });
});

test('a command has a run go on by another version of its definition, the highest if none is named', async () => {
  const { start, waits, cli, dir, get } = await open();
  const run = await start('waiting');
  await waits(run);
  const file = 'definitions/waiting.yaml';
  for (const version of [2, 3]) {
    const text = controlled[file].replace('version: 1', `version: ${version}`);
    await writeFile(join(dir, file), `${text}  # ${version}\n`);
    expect(await cli(`definitions publish ${file}`)).toMatchObject({ exit: 0 });
  }
  const version = async () => ((await get(`/runs/${run}`)).body as { definition: object }).definition;

  expect(await cli('migrate @last --to 2 --as ana')).toMatchObject({
    ...{ exit: 0, out: expect.stringContaining(`run: ${run}`) },
  });
  expect(await version()).toMatchObject({ version: 2 });
  expect(await cli('migrate @last')).toMatchObject({ exit: 0 });
  expect(await version()).toMatchObject({ version: 3 });
  expect(await cli('migrate @last --to 9')).toMatchObject({
    ...{ exit: 4, err: expect.stringContaining('has no version 9 that is registered') },
  });
});
