// Events that come in, over HTTP. Method: the real desk on stores in memory; nobody looks after triggers, so that
// nothing changes by itself.
import { expect, test } from 'vitest';
import { openRoutes } from '../../http/routes-world.ts';

test('an event is published in a few words or as a CloudEvent, and what became of it is told', async () => {
  const { get, post, app } = await openRoutes({});
  expect(await post('/events', { type: 'order.paid', data: { total: 20 }, id: 'e1' })).toMatchObject({
    status: 200,
    body: { stored: true, id: 'e1' },
  });
  expect(await post('/events', { type: 'order.paid', id: 'e1' })).toMatchObject({ body: { stored: false } });
  const event = {
    specversion: '1.0',
    id: 'e2',
    source: '/shop',
    type: 'order.paid',
    time: '2026-01-31T09:00:00.000Z',
  } as const;
  expect(await post('/events', event)).toMatchObject({ body: { stored: true, id: 'e2' } });
  expect(await post('/events', { type: 'no good' })).toMatchObject({
    status: 400,
    body: { code: 'usage.event-type' },
  });
  expect(await post('/events', { type: 'order.paid' }, 'ana:L3')).toMatchObject({ status: 403 });

  await app.kept.outcomes.note({
    position: 7,
    at: '2026-01-31T09:00:01.000Z',
    status: 'taken',
    type: 'order.paid',
    event,
    effects: [
      { kind: 'started', definition: 'reports', trigger: 'order.paid', run: 't1' },
      { kind: 'ignored', definition: 'other', trigger: 'x', run: 't2', code: 'trigger.when', message: 'no' },
    ],
  });
  const row = {
    position: 7,
    id: 'e2',
    source: '/shop',
    runs: ['t1'],
    note: 'reports/order.paid started run t1; ignored by other/x: no [trigger.when]',
  };
  expect((await get('/events?type=order.paid&status=taken')).body).toMatchObject({ items: [row] });
  expect((await get('/events?status=dead')).body).toEqual({ items: [] });
  expect(await get('/events/7')).toMatchObject({ status: 200, body: row });
  expect(await get('/events/8')).toMatchObject({ status: 404, body: { code: 'event.not-found' } });
});
