// What leases make of answers that say "not now", and of those that never come. Method: one server cannot be brought to
// give a cluster's answers, so those are written down here; a proxy swallows the others.
import { type Msg, TimeoutError } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import type { Link } from '../../../src/stores/jetstream/connection/link.ts';
import { createJetStreamLeases } from '../../../src/stores/jetstream/kv/leases.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { freshNamespace } from './open-jetstream.ts';

const holder = { node: 'one', host: 'here', pid: 1 };
const notNow = { error: { code: 400, err_code: 10164, description: 'last sequence by subject in process' } };
const nobody = {};
const refused = { error: { code: 400, err_code: 10071, description: 'wrong last sequence: 9' } };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** The last answer is given again and again; undefined is none. */
function leasesAnswered(answers: readonly (object | undefined)[], stored?: object) {
  const left = [...answers];
  let restored = 0;
  const request = async (): Promise<Pick<Msg, 'data' | 'json'>> => {
    const answer = left.length > 1 ? left.shift() : left[0];
    if (answer === undefined) throw new TimeoutError();
    const data = answer === nobody ? new Uint8Array() : Buffer.from(JSON.stringify(answer));

    return { data, json: () => JSON.parse(Buffer.from(data).toString()) };
  };
  const api = async () => ({ message: stored });
  const link = { connection: { request }, isUp: () => true, api, writes: { saw: () => undefined } };
  const restore = async (): Promise<void> => {
    restored++;
  };
  const options = { link: link as unknown as Link, bucket: 'leases', restore, ttlMs: 300 };

  return { leases: createJetStreamLeases(options), restored: () => restored };
}

test('a lease is renewed when another write of its key was on the way', async () => {
  const { leases } = leasesAnswered([notNow, notNow, { seq: 7 }]);

  expect(await leases.renew('shard.1', holder, 6)).toBe(7);
});

test('a lease is not lost while the server cannot say who wrote last', async () => {
  const { leases } = leasesAnswered([notNow]);

  await expect(leases.renew('shard.1', holder, 6)).rejects.toMatchObject({ errCode: 10164 });
});

test('a lease is renewed after an election, however often nobody answered, and the bucket looked for', async () => {
  const { leases, restored } = leasesAnswered([nobody, nobody, nobody, { seq: 7 }]);

  expect(await leases.renew('shard.1', holder, 6)).toBe(7);
  expect(restored()).toBe(3);
});

test('a lease whose renewal was stored without an answer is ours, and another one is not', async () => {
  const data = (node: string): string => Buffer.from(JSON.stringify({ ...holder, node })).toString('base64');
  const mine = leasesAnswered([undefined, refused], { subject: 's', seq: 9, data: data('one') });
  const theirs = leasesAnswered([undefined, refused], { subject: 's', seq: 9, data: data('two') });

  expect(await mine.leases.renew('shard.1', holder, 6)).toBe(9);
  expect(await theirs.leases.renew('shard.1', holder, 6)).toBeUndefined();
});

test('a lease is renewed, and can be again, when the answer of a real server was lost', async () => {
  const proxy = await startTcpProxy(server.url);
  const options = { url: proxy.url, namespace: freshNamespace(), leaseTtlMs: 3_000 };
  const { leases, close } = await connectJetStream(options);
  onTestFinished(async () => {
    await close();
    await proxy.close();
  });
  const token = (await leases.claim('a', holder)) ?? 0;
  const swallowed = proxy.swallowAnswer();
  const renewed = leases.renew('a', holder, token);
  await swallowed;

  expect(await renewed).toBeGreaterThan(token);
  expect(await leases.renew('a', holder, (await renewed) ?? 0)).toBeDefined();
});
