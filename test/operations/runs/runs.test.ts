// Runs over HTTP: the list, one run, its start. Method: the real engine over a journal in memory.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { controlled } from '../../cli/control-definitions.ts';
import { openRoutes } from '../../http/routes-world.ts';
import { createRecordWriter } from '../../support/records.ts';

const open = () => openRoutes(controlled);

test('a run is started from a file of the project, and is on the list and on its page', async () => {
  const { get, post } = await open();
  const { status, body } = await post('/runs', { definition: 'gated', input: { who: 'ana' } });
  expect({ status, body }).toEqual({
    status: 201,
    body: {
      run: expect.any(String),
      sequence: 1,
      definition: { id: 'gated', version: 1, hash: expect.any(String) },
    },
  });
  const { run } = body as { run: string };

  await expect
    .poll(async () => (await get(`/runs/${run}`)).body)
    .toMatchObject({
      run,
      shown: 'FAILED',
      definition: { id: 'gated', version: 1 },
      input: { who: 'ana', count: 1, token: '[hidden]' },
      failedTask: 'pass',
      startedBy: 'manual',
      isPast: false,
      why: expect.arrayContaining([expect.stringContaining('pass failed')]),
    });
  await expect
    .poll(async () => (await get('/runs')).body)
    .toMatchObject({
      items: [{ run, shortId: run.slice(0, 13), status: 'FAILED', trigger: 'manual' }],
      total: 1,
      all: 1,
      counts: { FAILED: 1 },
    });
});

test('the page tells what may be asked of the run, and where its tasks stand in the text', async () => {
  const { get, post } = await open();
  const { run } = (await post('/runs', { definition: 'definitions/waiting.yaml' })).body as { run: string };
  const page = async (query = '') =>
    (await get(`/runs/${run}${query}`)).body as never as {
      actions: { kind: string; task?: string; signal?: string; command: string }[];
      tasks: { id: string; line: number; status: string }[];
      sequence: number;
    };
  await expect
    .poll(async () => (await page()).actions)
    .toContainEqual({
      kind: 'signal',
      task: 'paid',
      signal: 'paid',
      command: `workflow signal ${run} paid`,
      who: 'L2 or above',
    });
  const now = await page();
  expect(now.actions.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['pauseRun', 'cancelRun', 'terminateRun', 'skipTask', 'fork']),
  );
  const line = (id: string) => now.tasks.find((row) => row.id === id)?.line;
  expect([line('book'), line('unbook'), line('paid')].every((each) => each !== undefined)).toBe(true);
  expect((line('unbook') ?? 0) - (line('book') ?? 0)).toBe(1);

  const past = await page('?at=1');
  expect(past).toMatchObject({ sequence: 1, last: now.sequence, isPast: true });
  expect(past.actions.map(({ kind }) => kind)).toEqual(['fork']);
});

test('refuses input that does not fit, with each field by its name', async () => {
  const { post } = await open();

  expect(await post('/runs', { definition: 'gated', input: { count: 'many', typo: 1 } })).toMatchObject({
    status: 422,
    body: {
      code: 'input.unknown',
      problems: [{ path: 'typo' }, { code: 'input.missing', path: 'who' }, { path: 'count' }],
    },
  });
  expect(await post('/runs', { definition: 'gatd' })).toMatchObject({
    status: 404,
    body: { code: 'definition.not-found', fix: 'did you mean "gated"?' },
  });
  expect(await post('/runs', { definition: '../outside.yaml' })).toMatchObject({ status: 404 });
});

test('a file of the project that is not published is told of, and started where drafts are asked for', async () => {
  const { get, post, dir } = await open();
  const asked = { definition: 'gated', input: { who: 'ana', token: 'one' } };
  expect((await post('/runs', asked)).body).not.toHaveProperty('draft');
  const file = 'definitions/gated.yaml';
  const text = await readFile(join(dir, file), 'utf8');
  await writeFile(join(dir, file), text.replace('version: 1', 'version: 2'));

  expect((await post('/runs', asked)).body).toMatchObject({
    definition: { id: 'gated', version: 1 },
    draft: { file, version: 2, message: expect.stringContaining('v2, which is not published') },
  });
  expect((await post('/runs', { ...asked, draft: true })).body).toMatchObject({ definition: { version: 2 } });
  expect((await get('/runs?where=definition%3Dgated')).body).toMatchObject({ total: 3 });
});

test('a file with errors is refused with the place of each, as the command line does', async () => {
  const { post, dir } = await open();
  await writeFile(
    join(dir, 'definitions', 'hurt.yaml'),
    'workflow:\n  id: hurt\n  version: 1\n  tasks: [{ id: a, type: NOPE }]\n',
  );
  const refused = {
    status: 422,
    body: {
      code: 'definition.invalid',
      problems: [{ file: 'definitions/hurt.yaml', line: 4, column: expect.any(Number), severity: 'error' }],
    },
  };

  expect(await post('/runs', { definition: 'hurt' })).toMatchObject(refused);
  expect(await post('/runs', { definition: 'definitions/hurt.yaml' })).toMatchObject(refused);
});

test('a start with the key of an earlier one is answered with its run; another start is not', async () => {
  const { post } = await open();
  const asked = { definition: 'gated', input: { who: 'ana', token: 'one' }, idempotencyKey: 'k1' };
  const first = await post('/runs', asked);
  expect(first.status).toBe(201);
  expect(await post('/runs', asked)).toEqual(first);
  expect(await post('/runs', { ...asked, input: { who: 'bob' } })).toMatchObject({
    status: 409,
    body: { code: 'run.key-taken' },
  });
  // A key is that of whoever asks.
  expect((await post('/runs', asked, 'bob')).body).not.toEqual(first.body);
});

test('finds runs by terms, by status and by text, and pages through them while they change', async () => {
  const { get, post, board } = await open();
  const list = async (query: string) =>
    (await get(`/runs?${query}`)).body as never as {
      items: { run: string }[];
      total: number;
      next?: string;
      counts: Record<string, number>;
    };
  for (const who of ['a', 'b', 'c']) await post('/runs', { definition: 'gated', input: { who } });
  const { run: waiting } = (await post('/runs', { definition: 'waiting' })).body as { run: string };
  await expect.poll(async () => (await list('')).counts).toEqual({ FAILED: 3, RUNNING: 1 });

  expect((await list('where=definition%3Dgated&limit=2')).total).toBe(3);
  expect((await list('status=RUNNING')).items.map(({ run }) => run)).toEqual([waiting]);
  expect((await list(`q=${waiting}`)).total).toBe(1);
  const first = await list('sort=started&limit=3');
  await post(`/runs/${waiting}/commands`, { kind: 'pauseRun' });
  await expect.poll(() => board.line(waiting)?.head.status).toBe('PAUSED');
  const rest = await list(`sort=started&limit=3&after=${first.next}`);
  expect(new Set([...first.items, ...rest.items].map(({ run }) => run)).size).toBe(4);
  expect(rest.next).toBeUndefined();
  expect(await get(`/runs?sort=updated&after=${first.next}`)).toMatchObject({
    status: 400,
    body: { code: 'usage.cursor' },
  });
  expect(await get('/runs?status=ODD')).toMatchObject({ body: { code: 'usage.status' } });
  expect(await get('/runs?where=colour%3Dred')).toMatchObject({ body: { code: 'usage.where' } });
});

test('a run that is quarantined is shown as it was while it was sound, and says why', async () => {
  const { get, post, app, board } = await open();
  const { run } = (await post('/runs', { definition: 'gated', input: { who: 'ana' } })).body as {
    run: string;
  };
  await expect.poll(() => board.line(run)?.head.status).toBe('FAILED');
  const { sequence, position } = board.line(run) ?? { sequence: 0, position: 0 };
  await app.journal.append({ run, id: `${run}/stranger`, body: 'not a record', after: position });

  await expect
    .poll(async () => (await get(`/runs/${run}`)).body)
    .toMatchObject({
      shown: 'QUARANTINED',
      sequence,
      problem: expect.stringContaining('[journal.foreign]'),
      damage: { code: 'journal.foreign' },
      why: expect.arrayContaining([expect.stringContaining('no engine works on it any more')]),
      actions: [],
    });
  await expect
    .poll(async () => (await get('/runs?status=QUARANTINED')).body)
    .toMatchObject({
      items: [{ run, status: 'QUARANTINED', problem: expect.any(String) }],
    });
  expect((await get(`/runs/${run}?at=1`)).body).toMatchObject({
    isPast: true,
    sequence: 1,
    shown: 'RUNNING',
  });
});

test('a run of which not even the first event can be trusted is shown by its line', async () => {
  const { get, app, board } = await open();
  const { body } = createRecordWriter('run-x').next(0);
  app.journal.plant({ run: 'run-x', body: body.replace('"actor":"test"', '"actor":"nobody"') });
  await expect.poll(() => board.line('run-x')?.damage?.code).toBe('journal.altered');

  expect(await get('/runs/run-x')).toMatchObject({
    status: 200,
    body: {
      run: 'run-x',
      shown: 'QUARANTINED',
      problem: expect.stringContaining('journal.altered'),
      why: [expect.stringContaining('journal.altered')],
      tasks: [],
      actions: [],
    },
  });
});
