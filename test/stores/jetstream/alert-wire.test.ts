// Each dashboard tells the alerts of all engines. Method: two connections to one real server, as two engines have.
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Alert } from '../../../src/ports/events/alert-delivery.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { openAlertWires } from './open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const late: Alert = {
  ...{ id: 'a1', rule: 'late', on: 'run_late', subject: '01r late', run: '01r' },
  ...{ text: 'it is late ▛▞', at: '2026-01-01T00:00:00.000Z', link: 'http://127.0.0.1:7420/runs/01r' },
};
const alone: Alert = {
  ...{ id: 'a2', rule: 'alone', on: 'no_worker', subject: 'GREETER no worker' },
  ...{ text: 'nobody is there', at: '2026-01-01T00:00:01.000Z' },
};

test('what one engine says is told by both, each alert once, until nobody listens', async () => {
  const { mine, theirs, close } = await openAlertWires({ url: server.url });
  onTestFinished(close);
  const heard: [string, Alert][] = [];
  const stops = [
    mine.onAlert((alert) => heard.push(['mine', alert])),
    theirs.onAlert((alert) => heard.push(['theirs', alert])),
  ];
  // Whoever has just begun to listen may be a moment too late for the first.
  const known = () => new Set(heard.map(([who, { id }]) => `${who} ${id}`));
  await expect
    .poll(() => {
      mine.send(late);
      return known();
    })
    .toEqual(new Set(['mine a1', 'theirs a1']));
  stops[1]?.();
  theirs.send(alone);
  // What was sent before may still come in after it.
  await expect.poll(() => heard.filter(([, { id }]) => id === 'a2')).toEqual([['mine', alone]]);

  expect(heard[0]?.[1]).toEqual(late);
});

test('what is no alert is told to nobody', async () => {
  const { mine, close } = await openAlertWires({ url: server.url });
  onTestFinished(close);
  const raw = await connect({ servers: server.url });
  onTestFinished(() => raw.close());
  const heard: Alert[] = [];
  let subject: string | undefined;
  raw.subscribe('wf.*.alert', {
    callback: (_error, message) => {
      subject = message.subject;
    },
  });
  await raw.flush();
  await expect
    .poll(() => {
      mine.send(late);
      return subject;
    })
    .toBeDefined();
  mine.onAlert((alert) => heard.push(alert));
  await expect
    .poll(() => {
      for (const text of ['', 'no JSON', '{"id":"a3"}', '[]', JSON.stringify({ ...alone, more: 1 })]) {
        raw.publish(subject ?? '', text);
      }
      return heard.length;
    })
    .toBeGreaterThan(0);

  expect(new Set(heard.map(({ id }) => id))).toEqual(new Set(['a2']));
  expect(heard[0]).toEqual(alone);
});
