// Events as senders of CloudEvents send them over HTTP: as JSON, in headers, and several at a time. Method: the built
// engine, plain requests, and the runs that they start.
import { expect, test } from 'vitest';
import { openOperated } from './operated-station.ts';
import { ownerHeaders } from './owner.ts';

const files = {
  'definitions/paid.yaml': `workflow:
  id: paid
  version: 1
  triggers: [{id: order, on: order.paid, input: {order: "\${event.data.order}", at: "\${event.time}"}}]
  input: {required: [order, at]}
  tasks: [{id: note, type: SET_VARIABLE, variables: {noted: true}}]
`,
};
const patient = { timeout: 30_000, interval: 100 };
const shop = { specversion: '1.0', source: '/shop', type: 'order.paid' };

test('events in structured, binary and batch mode start runs, with a time of any zone', async () => {
  const station = await openOperated(files);
  const engine = await station.engine();
  const send = async (body: unknown, headers: Record<string, string>) => {
    const own = { ...(await ownerHeaders(station.cwd)), ...headers };
    const answer = await engine.post('/api/v1/events', JSON.stringify(body), own);
    return [answer.status, (await answer.json()) as { readonly detail?: string }] as const;
  };
  const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
  const binary = {
    'content-type': 'application/json',
    ...{ 'ce-specversion': '1.0', 'ce-source': '/shop', 'ce-type': 'order.paid', 'ce-id': 'o%2D2' },
    'ce-time': '2026-01-01T02:00:00+02:00',
  };
  const batch = { 'content-type': 'application/cloudevents-batch+json' };
  const time = '2025-12-31T19:00:00-05:00';

  expect(await send({ ...shop, id: 'o-1', time, data: { order: 1 } }, structured)).toMatchObject([
    200,
    { stored: true, event: { time: '2026-01-01T00:00:00.000Z' } },
  ]);
  expect(await send({ order: 2 }, binary)).toMatchObject([
    200,
    { stored: true, id: 'o-2', event: { data: { order: 2 }, time: '2026-01-01T00:00:00.000Z' } },
  ]);
  const several = [3, 4].map((order) => ({ ...shop, id: `o-${order}`, data: { order } }));
  expect(await send(several, batch)).toMatchObject([
    200,
    {
      items: [
        { stored: true, id: 'o-3' },
        { stored: true, id: 'o-4' },
      ],
    },
  ]);
  expect(await send(several, batch)).toMatchObject([200, { items: [{ stored: false }, { stored: false }] }]);
  expect(await send([], batch)).toMatchObject([200, { items: [] }]);
  const refused = [
    await send([several[0], { ...shop, id: 'o-5', type: 'no type' }], batch),
    await send({ ...shop, id: 'o-6' }, batch),
    await send({ order: 7 }, { ...binary, 'ce-type': '*' }),
  ];
  expect(refused.map(([status]) => status)).toEqual([400, 400, 400]);

  const incomplete = await send([several[0], { type: 'order.paid', data: {} }], batch);
  expect(incomplete).toMatchObject([400, { code: 'http.invalid', fix: expect.stringContaining('"id"') }]);
  expect(incomplete[1].detail).toMatch(/1\.specversion: .*it is missing/);
  const wrong = await send([{ ...several[0], time: 'noon' }], batch);
  expect(wrong[1].detail).toMatch(/0\.time: .*it is "noon"/);
  expect(await send(undefined, batch)).toMatchObject([400, { code: 'http.json' }]);

  await expect.poll(() => station.runsOf('paid'), patient).toHaveLength(4);
}, 60_000);
