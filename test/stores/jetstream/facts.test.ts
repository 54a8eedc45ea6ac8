// What our journal, leases and stores rely on, asked of the server itself. A new release of the server is accepted when
// these are green. Method: raw requests to a real server; a proxy where messages are to be lost or late.
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../src/stores/jetstream/connection/names.ts';
import { journalSettings } from '../../../src/stores/jetstream/connection/streams.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { freshNamespace } from './open-jetstream.ts';
import { connectRaw, expecting, headerOf, type RawClient } from './raw-client.ts';

const WRONG_POSITION = 10071;
const PURGE_DENIED = 10110;
const DELETE_DENIED = 10057;
const UPDATE_REFUSED = 10052;

let server: TestServer;
let raw: RawClient;
let name: string;
beforeAll(async () => {
  server = await startTestServer();
  raw = await connectRaw(server.url);
});
afterAll(async () => {
  await raw.close();
  await server.stop();
});
beforeEach(() => {
  name = freshNamespace();
});

async function createStream(settings: object = {}): Promise<void> {
  const { error } = await raw.api(`STREAM.CREATE.${name}`, { name, subjects: [`${name}.>`], ...settings });
  expect(error).toBeUndefined();
}

async function messages(): Promise<number | undefined> {
  return (await raw.api(`STREAM.INFO.${name}`)).state?.messages;
}

describe('one writer wins', () => {
  test('a publish behind another position is refused by 10071, with the position there is', async () => {
    await createStream();
    await raw.publish(`${name}.a`, { header: expecting(0) });
    const { error } = await raw.publish(`${name}.a`, { header: expecting(0) });

    expect(error).toMatchObject({
      err_code: WRONG_POSITION,
      code: 400,
      description: 'wrong last sequence: 1',
    });
    expect(await messages()).toBe(1);
  });

  test.each([1, 3, 5])('message %i of a batch of 5 is stale, and none of them is stored', async (stale) => {
    await createStream({ allow_atomic: true });
    for (let index = 1; index <= 5; index++) await raw.publish(`${name}.${index}`, { header: expecting(0) });
    const headerAt = (index: number): Record<string, string> => ({
      ...expecting(index === stale ? 0 : index),
      'Nats-Batch-Id': name,
      'Nats-Batch-Sequence': String(index),
    });
    for (let index = 1; index < 5; index++)
      raw.connection.publish(`${name}.${index}`, '', { headers: headerOf(headerAt(index)) });
    const last = { ...headerAt(5), 'Nats-Batch-Commit': '1' };

    expect((await raw.publish(`${name}.5`, { header: last })).error).toBeDefined();
    expect(await messages()).toBe(5);
  });
});

describe('an answer that does not come', () => {
  async function throughProxy() {
    await createStream();
    const proxy = await startTcpProxy(server.url);
    const client = await connectRaw(proxy.url);
    onTestFinished(async () => {
      await client.close();
      await proxy.close();
    });

    return { proxy, client };
  }

  test('a message whose answer was lost is stored', async () => {
    const { proxy, client } = await throughProxy();
    const swallowed = proxy.swallowAnswer();
    const answer = client.publish(`${name}.a`, { header: expecting(0), timeoutMs: 500 });
    await swallowed;

    await expect(answer).rejects.toThrow('timeout');
    expect(await raw.last(name, `${name}.a`)).toMatchObject({ seq: 1 });
  });

  test('a message that is not there when one looks may still land', async () => {
    const { proxy, client } = await throughProxy();
    const held = proxy.holdRequest();
    const answer = client.publish(`${name}.a`, { header: expecting(0) });
    const putBack = await held;
    expect(await raw.last(name, `${name}.a`)).toBeUndefined();
    putBack();

    expect(await answer).toMatchObject({ seq: 1 });
  });

  test('a publish behind the same position wins over the late one, which is then refused', async () => {
    const { proxy, client } = await throughProxy();
    const held = proxy.holdRequest();
    const late = client.publish(`${name}.a`, { header: expecting(0), body: 'late' });
    const putBack = await held;
    expect(await raw.publish(`${name}.a`, { header: expecting(0), body: 'fence' })).toMatchObject({ seq: 1 });
    putBack();

    expect((await late).error).toMatchObject({ err_code: WRONG_POSITION });
    expect(await raw.last(name, `${name}.a`)).toMatchObject({ seq: 1, body: 'fence' });
  });
});

describe('message ids', () => {
  test('an id that was seen on any subject is answered as a duplicate, and nothing is stored', async () => {
    await createStream();
    await raw.publish(`${name}.a`, { header: { 'Nats-Msg-Id': 'x' } });

    expect(await raw.publish(`${name}.b`, { header: { 'Nats-Msg-Id': 'x' } })).toMatchObject({
      duplicate: true,
      seq: 1,
    });
    expect(await raw.last(name, `${name}.b`)).toBeUndefined();
  });

  test('one server looks at the position first, then at the id', async () => {
    await createStream();
    const header = expecting(0, { 'Nats-Msg-Id': 'x' });
    await raw.publish(`${name}.a`, { header });

    expect((await raw.publish(`${name}.a`, { header })).error?.err_code).toBe(WRONG_POSITION);
  });
});

describe('time to live', () => {
  const ttl = { 'Nats-TTL': '1s' };
  const leases = { allow_msg_ttl: true, subject_delete_marker_ttl: 60e9, max_msgs_per_subject: 1 };
  const marker = async (subject: string) => {
    const isThere = async (): Promise<boolean> =>
      /Nats-Marker-Reason: MaxAge/.test((await raw.last(name, subject))?.headers ?? '');
    await expect.poll(isThere, { timeout: 20_000, interval: 20 }).toBe(true);
    const found = await raw.last(name, subject);

    return { seq: found?.seq ?? 0, storedAtMs: found?.storedAtMs ?? 0 };
  };

  test('a message ends not before its time and at most 1 s after it, and its writer is refused from then on', async () => {
    await createStream(leases);
    const { seq = 0 } = await raw.publish(`${name}.a`, { header: expecting(0, ttl) });
    const stored = await raw.last(name, `${name}.a`);
    const livedMs = (await marker(`${name}.a`)).storedAtMs - (stored?.storedAtMs ?? 0);

    expect(livedMs).toBeGreaterThanOrEqual(1_000);
    expect(livedMs).toBeLessThanOrEqual(2_000);
    const stale = await raw.publish(`${name}.a`, { header: expecting(seq, ttl) });
    expect(stale.error?.err_code).toBe(WRONG_POSITION);
  });

  test('a message that is replaced without a time to live never ends', async () => {
    await createStream(leases);
    const { seq = 0 } = await raw.publish(`${name}.a`, { header: expecting(0, ttl) });
    await raw.publish(`${name}.a`, { header: expecting(seq), body: 'for ever' });
    await raw.publish(`${name}.b`, { header: ttl });
    await marker(`${name}.b`);

    expect(await raw.last(name, `${name}.a`)).toMatchObject({ body: 'for ever' });
  });

  test('what has ended is taken over by one of three who try', async () => {
    await createStream(leases);
    await raw.publish(`${name}.a`, { header: ttl });
    const { seq } = await marker(`${name}.a`);
    const answers = await Promise.all(
      [1, 2, 3].map(() => raw.publish(`${name}.a`, { header: expecting(seq, ttl) })),
    );

    expect(answers.filter(({ error }) => error === undefined)).toHaveLength(1);
  });
});

describe('what is stored stays', () => {
  test('purging and deleting are refused, and allowing them again too', async () => {
    await createStream({ deny_purge: true, deny_delete: true });
    await raw.publish(`${name}.a`);
    const { config } = await raw.api(`STREAM.INFO.${name}`);

    expect((await raw.api(`STREAM.PURGE.${name}`)).error?.err_code).toBe(PURGE_DENIED);
    expect((await raw.api(`STREAM.MSG.DELETE.${name}`, { seq: 1 })).error?.err_code).toBe(DELETE_DENIED);
    for (const change of [{ deny_purge: false }, { deny_delete: false }]) {
      const { error } = await raw.api(`STREAM.UPDATE.${name}`, { ...config, ...change });
      expect(error?.err_code).toBe(UPDATE_REFUSED);
    }
    expect(await messages()).toBe(1);
  });

  test('a stream with schedules can be purged whatever was asked for, so that we refuse one', async () => {
    const names = namesOf(name);
    const settings = { ...journalSettings(names, 1), discard: 'old', allow_msg_schedules: true };
    const { config } = await raw.api(`STREAM.CREATE.${names.journalStream}`, settings);

    expect(config).toMatchObject({ allow_msg_schedules: true });
    expect(config?.['deny_purge'] ?? false).toBe(false);
    await expect(connectJetStream({ url: server.url, namespace: name })).rejects.toMatchObject({
      code: 'nats.stream-misconfigured',
      message: expect.stringMatching(/deny_purge.*allow_msg_schedules/),
    });
  });
});

test('a work queue forgets in a crash of the server how often it has delivered', async () => {
  await createStream({ retention: 'workqueue' });
  const config = { durable_name: 'd', ack_policy: 'explicit', ack_wait: 1e9, max_deliver: -1 };
  await raw.api(`CONSUMER.DURABLE.CREATE.${name}.d`, { stream_name: name, config });
  await raw.publish(`${name}.a`);
  const next = async (): Promise<number> => {
    // The message comes under its own subject, so that the inbox must be this request's alone.
    const options = { timeout: 3_000, noMux: true };
    const pull = JSON.stringify({ batch: 1, expires: 2.5e9 });
    const asked = () => raw.connection.request(`$JS.API.CONSUMER.MSG.NEXT.${name}.d`, pull, options);
    // A server that has just come back may lose what it is asked, or answer that there is nothing yet.
    for (;;) {
      const { reply = '' } = await asked().catch(() => ({ reply: '' }));
      if (reply !== '') return Number(reply.split('.')[4]);
    }
  };

  let forgotten = false;
  for (let crash = 0; crash < 5 && !forgotten; crash++) {
    const before = [await next(), await next()];
    await server.kill9();
    await server.restart();
    await expect.poll(() => messages().catch(() => 0), { timeout: 20_000 }).toBe(1);
    forgotten = (await next()) <= Math.max(...before);
  }
  expect(forgotten).toBe(true);
}, 120_000);
