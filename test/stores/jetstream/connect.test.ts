// What is said when the server is not there, too old, without JetStream, or holds a stream that is not safe; and
// that opening changes nothing that exists.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { collect } from '../../contract/open-journal.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { freshNamespace, publish } from './open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('names the server that cannot be reached, without the password', async () => {
  const url = 'nats://me:secret@127.0.0.1:1';
  const refusal = await connectJetStream({ url }).catch((error: unknown) => error);

  expect(refusal).toMatchObject({ code: 'nats.unreachable' });
  expect(String(refusal)).toContain('nats://127.0.0.1:1:');
  expect(String(refusal)).not.toMatch(/secret|me:/);
});

test('refuses a server older than 2.12, naming both versions', async () => {
  const old = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(
      'INFO {"server_id":"X","version":"2.11.9","headers":true,"max_payload":1048576,"jetstream":true}\r\n',
    );
    socket.on('data', (chunk: Buffer) => {
      if (chunk.includes('PING')) socket.write('PONG\r\n');
    });
  });
  old.listen(0, '127.0.0.1');
  await once(old, 'listening');
  const address = old.address();
  const port = typeof address === 'object' ? address?.port : 0;

  await expect(connectJetStream({ url: `127.0.0.1:${port}` })).rejects.toMatchObject({
    code: 'nats.too-old',
    message: expect.stringMatching(/2\.11\.9.*2\.12/),
  });
  old.close();
});

test('refuses an account without JetStream at once, and takes user and password from the address', async () => {
  const accounts = 'accounts { PLAIN { users: [{ user: "me", password: "p@ss" }] } }';
  const plain = await startTestServer({ conf: `host: "127.0.0.1"\n${accounts}` });
  const url = plain.url.replace('://', '://me:p%40ss@');

  await expect(connectJetStream({ url })).rejects.toMatchObject({ code: 'nats.no-jetstream' });
  await plain.stop();
});

test('refuses a journal stream that may lose events, naming every difference, and leaves it as it is', async () => {
  const namespace = freshNamespace();
  const stream = `WF_${namespace.toUpperCase()}_JOURNAL`;
  const connection = await connect({ servers: server.url });
  const config = {
    name: stream,
    subjects: [`wf.${namespace}.run.>`],
    storage: 'memory',
    max_age: 3_600_000_000_000,
  };
  await connection.request(`$JS.API.STREAM.CREATE.${stream}`, JSON.stringify(config));

  await expect(connectJetStream({ url: server.url, namespace })).rejects.toMatchObject({
    code: 'nats.stream-misconfigured',
    message: expect.stringMatching(/storage is "memory".*max_age.*deny_delete.*deny_purge.*allow_atomic/),
  });
  const info = await connection.request(`$JS.API.STREAM.INFO.${stream}`, '{}');
  expect(info.json()).toMatchObject({ config: { storage: 'memory', deny_purge: false } });
  await connection.close();
});

test('creates the streams once when many processes open a namespace at the same time', async () => {
  const namespace = freshNamespace();
  const options = { url: server.url, namespace };
  const handles = await Promise.all(Array.from({ length: 8 }, () => connectJetStream(options)));

  expect(handles.map(({ serverVersion }) => /^2\.\d+/.test(serverVersion))).not.toContain(false);
  for (const handle of handles) await handle.close();
});

test.each(['', 'A', 'a.b', '*', 'a b', 'a'.repeat(33)])('refuses the namespace %j', async (namespace) => {
  await expect(connectJetStream({ url: server.url, namespace })).rejects.toThrow(RangeError);
});

test('tells messages on subjects that no run can have, as foreign', async () => {
  const namespace = freshNamespace();
  const { journal, close } = await connectJetStream({ url: server.url, namespace });
  const subjects = [`wf.${namespace}.run.99.alpha`, `wf.${namespace}.run.1.a.b`, `wf.${namespace}.run.7`];
  for (const subject of subjects) await publish(server.url, { subject, body: '{}' });

  const found = await collect(journal.lastOfEach());
  expect(found).toHaveLength(3);
  for (const one of found)
    expect(one).toMatchObject({ kind: 'foreign', reason: expect.stringMatching(/no run has/) });
  await close();
});

test('refuses a second append of a run while one is in flight, as a mistake of the program', async () => {
  const { journal, close } = await connectJetStream({ url: server.url, namespace: freshNamespace() });
  const append = { run: 'alpha', id: 'alpha/1', body: '{}', after: 0 };
  const first = journal.append(append);

  await expect(journal.append(append)).rejects.toThrow(/one at a time/);
  await first;
  await close();
});

test('rejects appends that wait when the connection is closed', async () => {
  const { journal, close } = await connectJetStream({ url: server.url, namespace: freshNamespace() });
  const append = journal.append({ run: 'alpha', id: 'alpha/1', body: '{}', after: 0 });
  const outcome = append.then(
    () => 'stored',
    (error: { code: string }) => error.code,
  );
  await close();

  expect(['stored', 'journal.unavailable']).toContain(await outcome);
});
