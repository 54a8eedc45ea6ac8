// Whoever carries the journal over may die before and after every request: whoever comes next ends it, and nothing is
// lost.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectJetStream, type JetStreamHandle } from '../../../../src/stores/jetstream/connect.ts';
import { dial } from '../../../../src/stores/jetstream/connection/dial.ts';
import { createLink, type Link } from '../../../../src/stores/jetstream/connection/link.ts';
import { namesOf } from '../../../../src/stores/jetstream/connection/names.ts';
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

/** Changes that the server is asked for while a journal is carried over, in this order. */
const CHANGES = ['CREATE', 'UPDATE', 'PURGE', 'UPDATE', 'DELETE', 'UPDATE'] as const;

class Dead extends Error {}

/** A link that breaks for good at the change with this number, before it is sent or when it was carried out. */
function mortal(
  link: Link,
  { change, isCarriedOut }: { readonly change: number; readonly isCarriedOut: boolean },
) {
  const seen: string[] = [];
  let isDead = false;
  const die = async (): Promise<never> => {
    isDead = true;
    await link.connection.close();
    throw new Dead();
  };
  const api: Link['api'] = async (verb, payload, timeoutMs) => {
    if (isDead) throw new Dead();
    const kind = /^STREAM\.(CREATE|UPDATE|PURGE|DELETE)\./.exec(verb)?.[1];
    const isLast = kind !== undefined && seen.push(kind) === change + 1;
    if (isLast && !isCarriedOut) await die();
    const answer = await link.api<never>(verb, payload, timeoutMs);
    if (isLast) await die();

    return answer;
  };

  return { link: { ...link, api }, seen };
}

async function carryAndDie(
  namespace: string,
  without: ReadonlyMap<string, number>,
  death: Parameters<typeof mortal>[1],
): Promise<readonly string[]> {
  const names = namesOf(namespace);
  const { connection } = await dial({ url: server.url });
  const { link, seen } = mortal(createLink(connection), death);
  const journal = await openJournalLink(link, names);
  const generations = createJetStreamGenerations({ link, names, journal, generationAgeMs: 0 });
  await expect(generations.next({ without })).rejects.toThrow();
  await connection.close();

  return seen;
}

async function contentOf(handle: JetStreamHandle, run: string): Promise<string[]> {
  return bodiesOf(await collect(handle.journal.read(run)));
}

describe.each(CHANGES.map((kind, change) => ({ kind, change })))('$change: $kind', ({ change }) => {
  test.each([false, true])('carried out before the death: %s', async (isCarriedOut) => {
    const namespace = freshNamespace();
    const open = () => connectJetStream({ url: server.url, namespace, generationAgeMs: 0 });
    const watcher = await open();
    await appendMany(watcher.journal, 'gone', { count: 3 });
    await appendMany(watcher.journal, 'here', { count: 3 });
    const before = { gone: await contentOf(watcher, 'gone'), here: await contentOf(watcher, 'here') };
    const last = (await watcher.journal.last('gone'))?.position ?? 0;

    const seen = await carryAndDie(namespace, new Map([['gone', last]]), { change, isCarriedOut });
    expect(seen).toEqual(CHANGES.slice(0, change + 1));
    const next = await open();

    for (const handle of [next, watcher]) {
      expect(await contentOf(handle, 'here')).toEqual(before.here);
      const gone = await contentOf(handle, 'gone');
      if (gone.length > 0) expect(gone).toEqual(before.gone);
      await appendMany(handle.journal, handle === next ? 'new' : 'other', { count: 2 });
    }
    const { generation } = await next.generations.current();
    expect(await contentOf(watcher, 'gone')).toHaveLength(generation === 1 ? 3 : 0);
    // Neither way is blocked by what was left.
    const again = await next.generations.next({ without: new Map() });
    expect(again.generation).toBe(generation + 1);
    expect(await contentOf(watcher, 'here')).toEqual(before.here);
    await next.close();
    await watcher.close();
  });
});
