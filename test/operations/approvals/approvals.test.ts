// Approvals over HTTP: what is asked of whom, by what it is to be judged, and the answers. Method: the real engine.
import { expect, test } from 'vitest';
import { openRoutes } from '../../http/routes-world.ts';
import { definitionText } from '../../support/definition-text.ts';

const signing = definitionText(`
  - { id: before, type: TRANSFORM, output: { total: "\${40 + 2}" } }
  - id: sign
    type: HUMAN
    name: Sign the release
    depends_on: before
    approvers: { names: [ana, bob] }
    quorum: 2
    form:
      required: [amount]
      optional: [{ channel: mail }]
      properties:
        amount: { type: number, description: in euro }
  - { id: judge, type: HUMAN, wait_for_approval: true, depends_on: sign, input: { sum: "\${before.output.total}" } }
`).replace('id: under-test', 'id: signing');

async function open() {
  const world = await openRoutes({ 'definitions/signing.yaml': signing });
  const { run } = (await world.post('/runs', { definition: 'signing' })).body as { run: string };
  const list = async (query = '', as = 'ana') =>
    ((await world.get(`/approvals${query}`, as)).body as { items: { task: string }[] }).items;
  await expect.poll(() => list()).toHaveLength(1);

  return { ...world, run, list };
}

test('an approval tells what it is judged by, who may answer and what the form asks for', async () => {
  const { get, run, list } = await open();
  expect(await list()).toMatchObject([
    {
      run,
      shortId: run.slice(0, 13),
      task: 'sign',
      name: 'Sign the release',
      status: 'PENDING_APPROVAL',
      approvers: 'ana or bob',
      quorum: 2,
      given: 0,
      evidence: { before: { total: 42 } },
      fields: [
        { name: 'amount', required: true, type: 'number', description: 'in euro' },
        { name: 'channel', required: false, default: 'mail', type: 'string' },
      ],
      mayAnswer: true,
    },
  ]);
  expect(await list('?mine=true', 'eve')).toEqual([]);
  expect((await get(`/approvals/${run}/sign`, 'eve')).body).toMatchObject({ mayAnswer: false });
  expect(await get(`/approvals/${run}/before`)).toMatchObject({
    status: 404,
    body: { code: 'task.unknown' },
  });
});

const buying = definitionText(`
  - { id: sign, type: HUMAN, show: [amount, "workflow.input.supplier + '!'"] }
`)
  .replace('id: under-test', 'id: buying')
  .replace('version: 1', 'version: 1\n  input: { required: [amount, supplier] }');

test('the list tells what each request is about, as it was when it was asked for', async () => {
  const { get, post } = await openRoutes({ 'definitions/buying.yaml': buying });
  const input = { amount: 1200, supplier: 'ACME' };
  await post('/runs', { definition: 'buying', input });
  const items = async () => ((await get('/approvals')).body as { items: { subject?: object }[] }).items;
  await expect
    .poll(items)
    .toMatchObject([{ subject: { amount: 1200, "workflow.input.supplier + '!'": 'ACME!' } }]);
  expect(Object.keys((await items())[0]?.subject ?? {})).toHaveLength(2);
});

test('four eyes: who started a run decides nothing in it, nor in a run that it starts', async () => {
  const paying = definitionText('- { id: sign, type: HUMAN, approvers: { exclude: requester } }');
  const { get, post } = await openRoutes({
    'definitions/paying.yaml': paying.replace('id: under-test', 'id: paying'),
    'definitions/buying.yaml': definitionText('- { id: pay, type: SUB_WORKFLOW, workflow: paying }').replace(
      'id: under-test',
      'id: buying',
    ),
  });
  await post('/runs', { definition: 'buying' }, 'ana');
  const waiting = async (as: string) =>
    ((await get('/approvals?mine=true', as)).body as { items: { run: string }[] }).items;
  await expect.poll(() => waiting('bob:L1')).toHaveLength(1);
  expect(await waiting('ana:L1')).toEqual([]);
  const run = (await waiting('bob:L1'))[0]?.run ?? '';
  const answer = { kind: 'approve', task: 'sign' };
  expect(await post(`/runs/${run}/commands`, answer, 'ana:L1')).toMatchObject({
    status: 403,
    body: { code: 'approval.excluded', detail: expect.stringContaining('ana asked for what is decided') },
  });
  expect((await get(`/approvals/${run}/sign`, 'ana')).body).toMatchObject({
    mayAnswer: false,
    approvers: expect.stringContaining('but not ana'),
    refused: [{ by: 'ana', code: 'approval.excluded' }],
  });
  expect(await post(`/runs/${run}/commands`, answer, 'bob:L1')).toMatchObject({ status: 200 });
});

test('a change is asked for over HTTP, by who may answer, and with a comment', async () => {
  const article = definitionText(`
  - { id: write, type: TRANSFORM, output: { text: "\${'tea ' + change.comment}" } }
  - { id: review, type: HUMAN, depends_on: write, approvers: { names: [ana] }, on_change: write }
`).replace('id: under-test', 'id: article');
  const { get, post } = await openRoutes({ 'definitions/article.yaml': article });
  const { run } = (await post('/runs', { definition: 'article' })).body as { run: string };
  const review = async () => (await get(`/approvals/${run}/review`)).body;
  await expect.poll(review).toMatchObject({ status: 'PENDING_APPROVAL', changesLeft: 10, changes: [] });
  const actions = async () =>
    ((await get(`/runs/${run}`)).body as { actions: { kind: string; command: string }[] }).actions;
  expect(await actions()).toContainEqual(
    expect.objectContaining({ kind: 'requestChange', command: expect.stringContaining('approvals change') }),
  );
  const change = (comment: string, as: string) =>
    post(`/runs/${run}/commands`, { kind: 'requestChange', task: 'review', comment }, as);
  expect(await change('', 'ana')).toMatchObject({ status: 400 });
  expect(await change('green', 'eve')).toMatchObject({ status: 403, body: { code: 'approval.not-allowed' } });
  expect(await change('green', 'ana')).toMatchObject({ status: 200 });
  await expect.poll(review).toMatchObject({
    status: 'PENDING_APPROVAL',
    changesLeft: 9,
    changes: [{ by: 'ana', comment: 'green' }],
    evidence: { write: { text: 'tea green' } },
    refused: [{ by: 'eve', decision: 'change' }],
  });
});

test('answers count as those of whoever asks, and one that does not fit is told', async () => {
  const { get, post, run, list } = await open();
  const answer = (body: object, as: string) =>
    post(`/runs/${run}/commands`, { kind: 'approve', task: 'sign', ...body }, as);

  expect(await answer({}, 'ana')).toMatchObject({ status: 422, body: { code: 'input.form' } });
  expect(await answer({ data: { amount: 5 } }, 'eve')).toMatchObject({
    status: 403,
    body: { code: 'approval.not-allowed' },
  });
  expect(await answer({ data: { amount: 5 }, comment: 'fine' }, 'ana')).toMatchObject({ status: 200 });
  expect((await get(`/approvals/${run}/sign`)).body).toMatchObject({
    given: 1,
    grants: [{ by: 'ana', comment: 'fine' }],
    refused: [{ by: 'eve', decision: 'approve' }],
    mayAnswer: false,
  });
  expect(await answer({ data: { amount: 5 } }, 'bob')).toMatchObject({ status: 200 });

  await expect
    .poll(() => list())
    .toMatchObject([{ task: 'judge', evidence: { sum: 42 }, approvers: /anyone/ }]);
  // An approval that asks nobody in particular is answered with a token of L1.
  const judge = { kind: 'approve', task: 'judge' };
  expect(await post(`/runs/${run}/commands`, judge, 'ana:L2')).toMatchObject({ status: 403 });
  expect(await post(`/runs/${run}/commands`, judge, 'ana:L1')).toMatchObject({ status: 200 });
});

type Listed = { readonly items: readonly Waiting[]; readonly total: number; readonly next?: string };
type Waiting = { readonly run: string; readonly since: string };

test('pages are complete and without doubles, the longest waiting first, while runs come and go', async () => {
  const { get, post, list } = await open();
  for (let count = 0; count < 4; count += 1) await post('/runs', { definition: 'signing' });
  await expect.poll(() => list()).toHaveLength(5);
  const all = (await list()) as unknown as readonly Waiting[];
  const page = async (query: string) => (await get(`/approvals?${query}`)).body as Listed;
  expect(all.map(({ since }) => since)).toEqual(all.map(({ since }) => since).toSorted());

  const first = await page('limit=2');
  expect(first).toMatchObject({ total: 5, items: all.slice(0, 2) });
  // One that was shown goes, one that was not goes, and another comes.
  for (const gone of [all[0], all[3]])
    await post(`/runs/${gone?.run}/commands`, { kind: 'cancelRun' }, 'ana:L1');
  await post('/runs', { definition: 'signing' });
  await expect.poll(async () => (await page('')).total).toBe(4);
  const second = await page(`limit=2&after=${first.next}`);
  expect(second).toMatchObject({ total: 4, items: [all[2], all[4]] });
  const third = await page(`limit=2&after=${second.next}`);
  expect(third.items).toHaveLength(1);
  expect(third).not.toHaveProperty('next');
});

test('a cursor that is none, or is of another list, is refused by name', async () => {
  const { get } = await open();
  const other = Buffer.from(JSON.stringify(['agents', 'ana'])).toString('base64url');
  for (const after of ['x', other]) {
    expect(await get(`/approvals?after=${after}`)).toMatchObject({
      status: 400,
      body: { code: 'usage.cursor', detail: expect.stringContaining('approvals') },
    });
  }
  for (const limit of [0, 1_001])
    expect(await get(`/approvals?limit=${limit}`)).toMatchObject({ status: 400 });
});
