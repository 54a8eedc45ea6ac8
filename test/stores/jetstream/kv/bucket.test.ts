// The one primitive that stores on KV buckets share, on a real server. What each store makes of it is pinned down by
// its contract; here is what they count on: revisions, markers, and what a watch tells.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dial } from '../../../../src/stores/jetstream/connection/dial.ts';
import { createLink, type Link } from '../../../../src/stores/jetstream/connection/link.ts';
import { type Bucket, createBucket, watchBucket } from '../../../../src/stores/jetstream/kv/bucket.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';

const gone = { 'KV-Operation': 'DEL' };
let server: TestServer;
let link: Link;
beforeAll(async () => {
  server = await startTestServer();
  link = createLink((await dial({ url: server.url })).connection);
});
afterAll(async () => {
  await link.connection.close();
  await server.stop();
});

const opened = (bucket: string): Bucket =>
  createBucket({ link, replicas: 1, bucket, giveUp: (reason) => new Error(reason) });

test('a key is written once where it was never written, and then only at its revision', async () => {
  const bucket = opened('WF_REVISIONS');
  expect(await bucket.get('a')).toBeUndefined();
  const first = await bucket.write('a', { body: 'one', after: 0 });
  expect(await bucket.write('a', { body: 'two', after: 0 })).toBeUndefined();
  expect(await bucket.get('a')).toMatchObject({ key: 'a', body: 'one', revision: first, isGone: false });
  const second = await bucket.write('a', { body: 'two', after: first ?? 0 });

  expect((await bucket.get('a'))?.revision).toBe(second);
});

test('a removed key has no value and is left out of the entries, and its last revision is still told', async () => {
  const bucket = opened('WF_REMOVED');
  await bucket.write('x.a', { body: 'one' });
  await bucket.write('x.b', { body: 'two' });
  await bucket.remove('x.a', gone);
  await bucket.remove('x.never', gone);
  const keys: string[] = [];
  for await (const { key } of bucket.entries('x.*')) keys.push(key);

  expect(keys).toEqual(['x.b']);
  expect(await bucket.get('x.a')).toBeUndefined();
  expect(await bucket.latest('x.a')).toMatchObject({ isGone: true, body: '' });
  expect(await bucket.latest('x.never')).toBeUndefined();
});

test('a purge leaves what was written since', async () => {
  const bucket = opened('WF_PURGED');
  const first = (await bucket.write('a', { body: 'one' })) ?? 0;
  await bucket.write('a', { body: 'two' });
  await bucket.purge('a', first);
  expect((await bucket.get('a'))?.body).toBe('two');
  await bucket.purge('a', (await bucket.get('a'))?.revision ?? 0);

  expect(await bucket.latest('a')).toBeUndefined();
});

test('a watch tells what is there, then every change, and what is gone', async () => {
  const bucket = opened('WF_WATCHED');
  await bucket.write('a', { body: 'one' });
  const over = new AbortController();
  const told: string[] = [];
  let onTold = (): void => {};
  const next = () =>
    new Promise<void>((resolve) => {
      onTold = resolve;
    });
  const begun = next();
  const watching = watchBucket(
    { link, bucket: 'WF_WATCHED', restore: () => Promise.resolve() },
    {
      onChange: (key, body) => void told.push(`${key} ${body ?? 'is gone'}`),
      onCaughtUp: () => onTold(),
      signal: over.signal,
    },
  );
  await begun;
  expect(told).toEqual(['a one']);
  const changed = next();
  await bucket.write('b', { body: 'two' });
  await changed;
  const removed = next();
  await bucket.remove('a', gone);
  await removed;
  over.abort();
  await watching;

  expect(told).toEqual(['a one', 'b two', 'a is gone']);
});
