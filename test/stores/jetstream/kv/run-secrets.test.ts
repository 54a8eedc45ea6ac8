// The secrets of runs in a KV bucket of a real server, sealed with the key of a real project. Besides the contract: the
// files of the server hold no secret, and a key that was lost, or another run, opens nothing.
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { runSecretsContract } from '../../../contract/run-secrets-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { publish } from '../open-jetstream.ts';
import { openRunSecrets } from '../open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const opened = () => openRunSecrets({ url: server.url });

runSecretsContract(opened);

const canary = 'canary-4f9c-not-to-be-found';

test('no file of the server holds a secret, and what is forgotten is gone from the bucket', async () => {
  const { secrets, close } = await opened();
  onTestFinished(close);
  await secrets.keep('run-1', { token: canary });

  const files = await storedBytes(server.storeDir);
  expect(files.includes('run-1')).toBe(true);
  for (const form of [canary, Buffer.from(canary).toString('base64').slice(0, 20)]) {
    expect(files.includes(form)).toBe(false);
  }
  await secrets.forget('run-1');
  expect(await secrets.of('run-1')).toEqual({});
});

test('a lost key is told, and so is another one', async () => {
  const { project, secrets, other, close } = await opened();
  onTestFinished(close);
  await secrets.keep('run-1', { token: canary });
  const key = join(project, '.3ox', 'secret.key');
  await rename(key, `${key}.away`);

  const unreadable = { code: 'secret.unreadable' };
  await expect(other.of('run-1')).rejects.toMatchObject({
    ...unreadable,
    message: expect.stringContaining('.3ox/secret.key is missing'),
  });
  await secrets.keep('run-2', { token: 'under a new key' });
  await expect(other.of('run-1')).rejects.toMatchObject({
    ...unreadable,
    message: expect.stringMatching(/sealed with key [0-9a-f]{8}, but .* is key [0-9a-f]{8}/),
  });
  await rm(key);
  await rename(`${key}.away`, key);
  expect(await other.of('run-1')).toEqual({ token: canary });
});

test('what was sealed for one run does not open for another', async () => {
  const { namespace, secrets, close } = await opened();
  onTestFinished(close);
  let sealed = '';
  const handle = await connectJetStream({ url: server.url, namespace });
  onTestFinished(() => handle.close());
  const thief = handle.runSecrets({
    seal: async (text) => text,
    open: async (body) => {
      sealed = body;
      return '{}';
    },
  });
  await secrets.keep('run-1', { token: canary });
  await thief.of('run-1');
  const bucket = namesOf(namespace).secretsBucket;
  await publish(server.url, { subject: `$KV.${bucket}.run-2`, body: sealed });

  expect(sealed).toMatch(/^v1\./);
  await expect(secrets.of('run-2')).rejects.toMatchObject({ code: 'secret.unreadable' });
});

async function storedBytes(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());

  return Buffer.concat(await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name)))));
}
