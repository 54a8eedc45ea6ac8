// What people and workers may do about events and triggers on a server with the configuration that `workflow
// nats-config` writes. Method: as in permissions-worker.test.ts.
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventOutcome } from '../../../events/event-outcome.ts';
import type { InboxItem } from '../../../src/ports/events/event-inbox.ts';
import { connectJetStream, type JetStreamHandle } from '../../../src/stores/jetstream/connect.ts';
import { cloudEvent } from '../../contract/event-publisher-contract.ts';
import { type GuardedServer, startGuardedServer, streamState, subscribed, tried } from './guarded-server.ts';

const streams = ['WF_DEFAULT_EVENTS', 'WF_DEFAULT_OUTCOMES', 'KV_WF_DEFAULT_TRIGGERS'];
const outcome: EventOutcome = {
  ...{ position: 1, at: '2026-01-01T00:00:00.000Z', status: 'taken', type: 'a', effects: [] },
};
const soon = { timeout: 20_000, interval: 20 };

let guarded: GuardedServer;
let engine: JetStreamHandle;
let admin: NatsConnection;
const handles: JetStreamHandle[] = [];
const items: InboxItem[] = [];
const leaving = new AbortController();
let ended: Promise<void>;

beforeAll(async () => {
  guarded = await startGuardedServer();
  engine = await connectJetStream({ url: guarded.urlOf('engine') });
  admin = await guarded.raw('engine');
  ended = takeAll();
  await engine.events.publish(cloudEvent('engine/1'));
  await engine.outcomes.note(outcome);
  await engine.triggerMarks.write('schedule/daily/09', 'kept', 0);
  await engine.triggerMarks.write('relay', 7, 0);
  const ref = { id: 'daily', version: 1, hash: 'a'.repeat(64) };
  await engine.definitions.register({ ref, text: 'text', file: 'daily.yaml' });
});
afterAll(async () => {
  leaving.abort();
  await ended;
  await Promise.all(handles.map((handle) => handle.close()));
  await engine.close();
  await guarded.stop();
});

async function takeAll(): Promise<void> {
  for await (const item of engine.inbox.take({ signal: leaving.signal, atOnceMax: 10 })) {
    items.push(item);
    await item.done();
  }
}

async function asking(user: string): Promise<JetStreamHandle> {
  const handle = await connectJetStream({ url: guarded.urlOf(user) });
  handles.push(handle);

  return handle;
}

async function ends(): Promise<readonly number[]> {
  const states = await Promise.all(streams.map((stream) => streamState(admin, stream)));

  return states.map((state) => state.last_seq);
}

test('an operator emits events in its own name, and as nobody else', async () => {
  const { events } = await asking('operator-ana');
  await events.publish(cloudEvent('ana/1'), { as: 'ana' });
  await expect.poll(() => items.at(-1)?.by, soon).toBe('ana');
  const before = await ends();

  for (const as of ['commander', 'engine', '*'])
    await expect(events.publish(cloudEvent('ana/2'), { as })).rejects.toMatchObject({
      code: 'authority.not-you',
    });
  await expect(events.publish(cloudEvent('ana/3'))).rejects.toMatchObject({ code: 'authority.refused' });
  expect(await ends()).toEqual(before);
});

test.each(['observer', 'operator-ana', 'operator-bot'])(
  '%s reads events, outcomes and marks',
  async (user) => {
    const { outcomes, triggerMarks } = await asking(user);

    expect(await outcomes.list({ limit: 10 })).toEqual([{ place: expect.any(Number), outcome }]);
    expect(await outcomes.of(1)).toEqual(outcome);
    expect((await triggerMarks.read('relay'))?.value).toBe(7);
    expect([...(await triggerMarks.all('schedule')).keys()]).toContain('schedule/daily/09');
    const connection = await guarded.raw(user);
    const read = await tried(connection, 'wf.default.api.STREAM.MSG.GET.WF_DEFAULT_EVENTS', { seq: 1 });
    expect(read).toContain('wf.default.event.order.paid');
  },
);

test('who registers definitions changes the marks of schedules and pauses, and not how far runs were told of', async () => {
  const { triggerMarks } = await asking('operator-commander');
  const kept = await triggerMarks.read('schedule/daily/09');

  expect(await triggerMarks.write('schedule/daily/09', 'changed', kept?.revision ?? 0)).toBeDefined();
  expect(await triggerMarks.write('paused/daily/09', { by: 'commander' }, 0)).toBeDefined();
  const relay = await triggerMarks.read('relay');
  await expect(triggerMarks.write('relay', 9, relay?.revision ?? 0)).rejects.toMatchObject({
    code: 'authority.refused',
  });
  const ana = (await asking('operator-ana')).triggerMarks;
  await expect(ana.write('paused/daily/10', {}, 0)).rejects.toMatchObject({ code: 'authority.refused' });
  expect((await engine.triggerMarks.read('relay'))?.value).toBe(7);
});

test.each(['worker-ada', 'observer', 'operator-bot'])(
  '%s emits nothing, notes nothing and marks nothing',
  async (user) => {
    const before = await ends();
    const connection = await guarded.raw(user);
    const name = user.replace(/^.*-/, '');

    for (const subject of [
      'wf.default.event.order.paid',
      `wf.default.event.@${name}.order.paid`,
      'wf.default.event.@commander.approval.decision',
      'wf.default.outcome.taken.a.1',
      '$KV.WF_DEFAULT_TRIGGERS.relay',
      '$KV.WF_DEFAULT_TRIGGERS.paused.daily.09',
      '$KV.WF_DEFAULT_TRIGGERS.schedule.daily.09',
    ])
      expect(await tried(connection, subject), subject).toMatch(/Permissions Violation for Publish/);
    expect(await ends()).toEqual(before);
  },
);

test('a worker reads no events, no outcomes and no marks', async () => {
  const ada = await guarded.raw('worker-ada');

  for (const stream of streams)
    for (const api of ['$JS.API', 'wf.default.api'])
      for (const verb of [
        `STREAM.MSG.GET.${stream}`,
        `STREAM.INFO.${stream}`,
        `CONSUMER.CREATE.${stream}.x.>`,
      ])
        expect(await tried(ada, `${api}.${verb}`), verb).toMatch(/Permissions Violation for Publish/);
  for (const subject of ['wf.default.event.>', 'wf.default.outcome.>', '$KV.WF_DEFAULT_TRIGGERS.>'])
    expect(await subscribed(ada, subject), subject).toMatch(/Permissions Violation for Subscription/);
});

test.each(['observer', 'operator-commander'])(
  '%s takes nothing from the engines, and has nothing sent in',
  async (user) => {
    const before = await ends();
    const given = items.length;
    const connection = await guarded.raw(user);
    const api = 'wf.default.api.CONSUMER';
    for (const subject of [
      `${api}.CREATE.WF_DEFAULT_EVENTS.triggers.wf.default.event.>`,
      `${api}.DELETE.WF_DEFAULT_EVENTS.triggers`,
      `${api}.MSG.NEXT.WF_DEFAULT_EVENTS.triggers`,
      `${api}.DURABLE.CREATE.WF_DEFAULT_EVENTS.triggers`,
      '$JS.ACK.WF_DEFAULT_EVENTS.triggers.1.1.1.1700000000000000000.0',
    ])
      expect(await tried(connection, subject), subject).toMatch(/Permissions Violation for Publish/);

    // Under a name of its own it may read; what it reads is delivered where it says, and yet is no event there.
    for (const [stream, filter] of [
      ['WF_DEFAULT_EVENTS', 'wf.default.event.>'],
      ['WF_DEFAULT_OUTCOMES', 'wf.default.outcome.>'],
      ['WF_DEFAULT_JOURNAL', 'wf.default.definition.>'],
    ]) {
      const config = {
        ...{ name: 'evil', deliver_subject: 'wf.default.event.@commander.approval.decision' },
        ...{ filter_subject: filter, ack_policy: 'none', deliver_policy: 'all', mem_storage: true },
      };
      await tried(connection, `${api}.CREATE.${stream}.evil.${filter}`, { stream_name: stream, config });
    }
    expect(await ends()).toEqual(before);
    expect(items).toHaveLength(given);
    for (const stream of ['WF_DEFAULT_OUTCOMES', 'WF_DEFAULT_JOURNAL'])
      await tried(connection, `${api}.DELETE.${stream}.evil`);
  },
);
