// What other programs tell over HTTP starts runs: signed, once, and only what serve.yaml names. Method: the built
// engine, requests as GitHub and others send them, and the runs that follow.
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { openOperated } from './operated-station.ts';

const secret = 'a-secret-of-the-shop';
const files = {
  'definitions/paid.yaml': `workflow:
  id: paid
  version: 1
  triggers: [{id: order, on: order.paid, input: {order: "\${event.data.order}"}}]
  input: {required: [order]}
  tasks: [{id: note, type: SET_VARIABLE, variables: {noted: true}}]
  output: {order: "\${workflow.input.order}"}
`,
  'serve.yaml': `hooks:
  shop: {event: order.paid, secret: SHOP, signature: github}
  lost: {event: order.paid, secret: NOWHERE, signature: github}
`,
};
const patient = { timeout: 30_000, interval: 100 };

function signed(body: string, delivery: string, key = secret) {
  const signature = `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;

  return { 'X-Hub-Signature-256': signature, 'X-GitHub-Delivery': delivery };
}

test('a signed request starts one run however often it comes, and any other starts none', async () => {
  const station = await openOperated(files, { WORKFLOW_SECRET_SHOP: secret });
  const engine = await station.engine();
  const body = '{"order":7}';
  const send = async (path: string, headers: Record<string, string>, text = body) => {
    const answer = await engine.post(path, text, headers);
    return [answer.status, (await answer.json()) as { readonly code?: string }] as const;
  };

  expect(await send('/hooks/shop', signed(body, 'd-1'))).toEqual([202, { id: 'd-1', stored: true }]);
  expect(await send('/hooks/shop', signed(body, 'd-1'))).toEqual([202, { id: 'd-1', stored: false }]);
  const refused = [
    await send('/hooks/shop', signed(body, 'd-2', 'guessed')),
    await send('/hooks/shop', {}),
    await send('/hooks/shop', signed(body, 'd-2'), '{"order":8}'),
    await send('/hooks/nobody', signed(body, 'd-2')),
    await send('/hooks/lost', signed(body, 'd-2')),
    await send('/hooks/shop', signed('{', 'd-2'), '{'),
  ];
  expect(refused.map(([status, { code }]) => [status, code])).toEqual([
    [401, 'hook.signature'],
    [401, 'hook.signature'],
    [401, 'hook.signature'],
    [404, 'hook.unknown'],
    [503, 'http.unavailable'],
    [400, 'http.hook'],
  ]);

  await expect.poll(() => station.runsOf('paid'), patient).toHaveLength(1);
  const [run = ''] = await station.runsOf('paid');
  await station.reaches(run, 'COMPLETED');
  expect((await station.workflows.view(run)).state.output).toEqual({ order: 7 });
  expect(engine.said()).not.toContain(secret);
}, 90_000);

test('a hook that is added to serve.yaml counts without a restart', async () => {
  const station = await openOperated(files, { WORKFLOW_SECRET_SHOP: secret });
  const engine = await station.engine();
  const send = async () => (await engine.post('/hooks/form', 'order=12', { 'content-type': type })).status;
  const type = 'application/x-www-form-urlencoded';
  expect(await send()).toBe(404);
  await station.write('serve.yaml', 'hooks: {form: {event: order.paid, allow_unsigned: true}}\n');
  await expect.poll(send, patient).toBe(202);
  await expect.poll(() => station.runsOf('paid'), patient).toHaveLength(1);
  const [run = ''] = await station.runsOf('paid');
  await station.reaches(run, 'COMPLETED');
  expect((await station.workflows.view(run)).state.output).toEqual({ order: '12' });
}, 90_000);

test('a body that is larger than 1 MiB is not taken', async () => {
  const station = await openOperated(files, { WORKFLOW_SECRET_SHOP: secret });
  const engine = await station.engine();
  const body = JSON.stringify({ order: 'x'.repeat(1024 * 1024) });
  const answer = await engine.post('/hooks/shop', body, signed(body, 'd-9'));
  expect(answer.status).toBe(413);
}, 90_000);
