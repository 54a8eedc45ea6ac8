// Others act while a journal is carried over, and answers are lost: nothing is removed that is not what was looked at.

import { RequestError } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectJetStream, type JetStreamHandle } from '../../../../src/stores/jetstream/connect.ts';
import { dial } from '../../../../src/stores/jetstream/connection/dial.ts';
import { createLink, type Link } from '../../../../src/stores/jetstream/connection/link.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
import { openStreamCopies } from '../../../../src/stores/jetstream/connection/stream-copies.ts';
import type { StreamInfo } from '../../../../src/stores/jetstream/connection/streams.ts';
import { createJetStreamGenerations } from '../../../../src/stores/jetstream/generations/generations.ts';
import { openJournalLink } from '../../../../src/stores/jetstream/generations/journal-link.ts';
import { appendMany, bodiesOf, collect } from '../../../contract/open-journal.ts';
import { startTestServer, type TestServer } from '../../../support/nats.ts';
import { freshNamespace } from '../open-jetstream.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Around = (asked: {
  readonly verb: string;
  /** How many changes were asked for before. */
  readonly change: number;
  readonly link: Link;
  readonly ask: () => Promise<unknown>;
}) => Promise<unknown>;

/** Carries a journal over, with something around each change that the server is asked for. */
async function carryWith(namespace: string, without: ReadonlyMap<string, number>, around: Around) {
  const names = namesOf(namespace);
  const { connection } = await dial({ url: server.url });
  const plain = createLink(connection);
  let changes = 0;
  const api: Link['api'] = async (verb, payload, timeoutMs) => {
    const ask = () => plain.api<never>(verb, payload, timeoutMs);
    if (!/^STREAM\.(CREATE|UPDATE|PURGE|DELETE)\./.test(verb)) return ask();

    return (await around({ verb, change: changes++, link: plain, ask })) as never;
  };
  const link = { ...plain, api };
  const journal = await openJournalLink(link, names);
  const generations = createJetStreamGenerations({ link, names, journal, generationAgeMs: 0 });
  try {
    return await generations.next({ without }).catch((error: Error) => error);
  } finally {
    journal.close();
    await connection.close();
  }
}

/** The changes of a carrier, in order. */
const [closing, wholeness] = [2, 4];

async function filled(
  namespace: string,
): Promise<{ readonly handle: JetStreamHandle; readonly here: string[] }> {
  const handle = await connectJetStream({ url: server.url, namespace, generationAgeMs: 0 });
  await appendMany(handle.journal, 'here', { count: 3 });

  return { handle, here: bodiesOf(await collect(handle.journal.read('here'))) };
}

test('a removal whose answer was lost is not asked for again where another carrier has used the name since', async () => {
  const namespace = freshNamespace();
  const { handle, here } = await filled(namespace);
  await appendMany(handle.journal, 'busy', { count: 2 });
  let hasLost = false;

  // The first carrier is refused as the run went on, and goes back.
  const outcome = await carryWith(namespace, new Map([['busy', 4]]), async ({ verb, ask }) => {
    const answer = await ask();
    if (!verb.startsWith('STREAM.DELETE') || hasLost) return answer;
    hasLost = true;
    expect((await handle.generations.next({ without: new Map() })).generation).toBe(2);
    throw new RequestError('no answer');
  });

  expect(outcome).toMatchObject({ code: 'generations.run-moved-on' });
  expect(hasLost).toBe(true);
  expect(bodiesOf(await collect(handle.journal.read('here')))).toEqual(here);
  await appendMany(handle.journal, 'later', { count: 2 });
  await handle.close();
});

test('what is appended to an old generation that somebody opened again is not removed with it', async () => {
  const namespace = freshNamespace();
  const { handle } = await filled(namespace);
  const { journalStream, journalSubjects, definitionSubjects } = namesOf(namespace);

  const outcome = await carryWith(namespace, new Map(), async ({ change, link, ask }) => {
    if (change === wholeness) {
      const { config } = await link.api<StreamInfo>(`STREAM.INFO.${journalStream}`, {});
      const open = { ...config, subjects: [journalSubjects, definitionSubjects], metadata: {} };
      await link.api(`STREAM.UPDATE.${journalStream}`, open);
      await appendMany(handle.journal, 'later', { count: 2 });
    }
    return ask();
  });

  expect(outcome).toMatchObject({
    message: expect.stringContaining('somebody else has had a hand in the journal'),
  });
  expect(await collect(handle.journal.read('later'))).toHaveLength(2);
  expect(await collect(handle.journal.read('here'))).toHaveLength(3);
  await handle.close();
});

test('a site that is fenced off while its journal is carried over stays fenced off', async () => {
  const namespace = freshNamespace();
  const { handle } = await filled(namespace);
  const copies = await openStreamCopies({ url: server.url, namespace });
  const fence = { at: '2026-11-27T12:00:00.000Z', by: 'ana' };

  let fencing: Promise<boolean> | undefined;

  // The carrier has read the settings of the journal, and does not know of the fence yet.
  await carryWith(namespace, new Map(), async ({ change, ask }) => {
    if (change === closing) {
      fencing = copies.fence(fence);
      await expect.poll(() => handle.fence()).toEqual(fence);
    }
    return ask();
  });

  expect(await fencing).toBe(true);
  expect(await handle.fence()).toEqual(fence);
  await copies.liftFence();
  expect(await handle.fence()).toBeUndefined();
  await appendMany(handle.journal, 'later', { count: 2 });
  await copies.close();
  await handle.close();
});

test('whoever connects while a journal is carried over reads it at once', async () => {
  const namespace = freshNamespace();
  const { handle, here } = await filled(namespace);
  const read: string[][] = [];

  const outcome = await carryWith(namespace, new Map(), async ({ ask }) => {
    const answer = await ask();
    const other = await connectJetStream({ url: server.url, namespace, generationAgeMs: 0 });
    read.push(bodiesOf(await collect(other.journal.read('here'))));
    await other.close();
    return answer;
  });

  expect(outcome).toMatchObject({ generation: 2 });
  expect(read).toEqual(Array.from({ length: 7 }, () => here));
  await handle.close();
});
