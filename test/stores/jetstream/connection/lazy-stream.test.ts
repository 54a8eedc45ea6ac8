// A stream that is made when it is needed first: what becomes of a stream that was taken away, of a full disk, of
// settings that are not ours, and of a cluster's "not now". Method: real servers; only the last answer is written down.
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ApiRefusal } from '../../../../src/stores/jetstream/connection/jetstream-errors.ts';
import {
  createLazyStream,
  type LazyStream,
} from '../../../../src/stores/jetstream/connection/lazy-stream.ts';
import { createLink, type Link } from '../../../../src/stores/jetstream/connection/link.ts';
import type { StreamSettings } from '../../../../src/stores/jetstream/connection/streams.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace } from '../open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

class GivenUp extends Error {}

function lazy(link: Link, settings: StreamSettings): LazyStream {
  return createLazyStream({ link, settings, giveUp: (reason, cause) => new GivenUp(reason, { cause }) });
}

async function opened() {
  const connection = await connect({ servers: server.url });
  onTestFinished(() => connection.close());
  const name = freshNamespace();
  const settings = { name, subjects: [`${name}.>`], storage: 'file', max_age: 0, num_replicas: 1 };
  const { streams } = await jetstreamManager(connection);

  return {
    name,
    settings,
    streams,
    link: createLink(connection),
    stream: lazy(createLink(connection), settings),
  };
}

test('is made by whatever comes first, and holds what was stored in order', async () => {
  const { name, stream } = await opened();
  expect(await stream.last(`${name}.a`)).toBeUndefined();

  expect(await stream.store({ subject: `${name}.a`, body: 'one', after: 0 })).toBe(1);
  expect(await stream.store({ subject: `${name}.a`, body: 'rival', after: 0 })).toBeUndefined();
  expect(await stream.store({ subject: `${name}.a`, body: 'two', after: 1, header: { Kind: 'x' } })).toBe(2);
  expect(await stream.last(`${name}.a`)).toMatchObject({
    seq: 2,
    body: 'two',
    headers: expect.stringContaining('Kind: x'),
  });
  expect(await stream.next(`${name}.a`, 0)).toMatchObject({ seq: 1, body: 'one' });
  expect(await stream.next(`${name}.a`, 2)).toBeUndefined();
});

test('is made again when it was taken away', async () => {
  const { name, stream, streams } = await opened();
  await stream.store({ subject: `${name}.a`, body: 'one' });
  await streams.delete(name);

  expect(await stream.store({ subject: `${name}.a`, body: 'again' })).toBe(1);
});

test('is given up at once when it is full', async () => {
  const { name, settings, link } = await opened();
  const small = lazy(link, { ...settings, max_bytes: 1_000, discard: 'new' });

  await expect(small.store({ subject: `${name}.a`, body: 'x'.repeat(2_000) })).rejects.toThrow(
    /maximum bytes exceeded/,
  );
});

test('is given up at once when it is there with other settings', async () => {
  const { name, settings, link, stream } = await opened();
  await stream.last(`${name}.a`);

  await expect(lazy(link, { ...settings, max_age: 1_000_000_000 }).last(`${name}.a`)).rejects.toThrow(
    /max_age is 0, not 1000000000/,
  );
});

test('tries again when another message of the subject is on its way through the cluster', async () => {
  const notNow = {
    error: { code: 400, err_code: 10164, description: 'last sequence by subject in process' },
  };
  const answers = [notNow, notNow, { seq: 7 }];
  const message = () => ({ data: [0], json: () => answers.shift() });
  const link = {
    isUp: () => true,
    onDown: () => () => undefined,
    lastProblem: () => undefined,
    api: async () => ({ config: { name: 's' } }),
    connection: { request: async () => message(), isClosed: () => false },
  } as unknown as Link;

  expect(await lazy(link, { name: 's' }).store({ subject: 's.a', body: '', after: 6 })).toBe(7);
});

test('tries again when a server of the cluster does not know yet of the stream that was just made', async () => {
  const notFound = new ApiRefusal({ code: 404, err_code: 10059, description: 'stream not found' });
  const message = { subject: 's.a', seq: 3, data: Buffer.from('one').toString('base64') };
  const gets = [notFound, notFound];
  const link = {
    isUp: () => true,
    onDown: () => () => undefined,
    lastProblem: () => undefined,
    api: async (verb: string) => {
      const refusal = verb.startsWith('STREAM.MSG.GET') ? gets.shift() : undefined;
      if (refusal !== undefined) throw refusal;

      return { config: { name: 's' }, message };
    },
    connection: { isClosed: () => false },
  } as unknown as Link;

  expect(await lazy(link, { name: 's' }).last('s.a')).toMatchObject({ seq: 3, body: 'one' });
});
