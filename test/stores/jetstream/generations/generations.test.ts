// The journal on a real nats-server goes on in another stream.
import { afterAll, beforeAll } from 'vitest';
import { connectJetStream } from '../../../../src/stores/jetstream/connect.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { generationsContract } from '../../../contract/generations-contract.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace, publish } from '../open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

generationsContract(async () => {
  const namespace = freshNamespace();
  const open = () => connectJetStream({ url: server.url, namespace, generationAgeMs: 0 });
  const [mine, theirs] = [await open(), await open()];

  return {
    journal: mine.journal,
    other: theirs.journal,
    generations: mine.generations,
    plant: (run, body) => publish(server.url, { subject: namesOf(namespace).runSubject(run), body }),
    close: async () => {
      await mine.close();
      await theirs.close();
    },
  };
});
