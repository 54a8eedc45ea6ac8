// A restore is whole or nothing, whatever ends it. Method: a real server, and folders that are short of something.
import { expect, test } from 'vitest';
import { restoreAll } from '../../../src/compose/backup/backup.ts';
import { BackupRefused, type StreamCopies } from '../../../src/ports/backup.ts';
import { openStreamCopies } from '../../../src/stores/jetstream/connection/stream-copies.ts';
import { type Copied, definitionOf, openSite, type Site } from './site.ts';

const journal = 'WF_BROUGHT_JOURNAL';
const definition = definitionOf(`workflow:
  id: waits
  version: 1
  tasks: [{id: go, type: WAIT, signal: go}]
`);

async function copied(): Promise<Copied> {
  const old = await openSite('brought');
  const { workflows, stream } = await old.engine();
  await workflows.start({ definition, file: 'waits', input: {}, actor: 'test' });
  await stream.agentMarks.write('drain/ada', { by: 'test' }, 0);
  // Events are copied after the journal, and restored before it.
  const event = { specversion: '1.0', id: '1', source: '/test', type: 'note.taken' } as const;
  await stream.events.publish({ ...event, time: '2026-01-01T00:00:00Z' });

  return old.backup();
}

async function streamsOf(site: Site): Promise<readonly string[]> {
  const raw = await site.raw();
  const { streams } = (await raw.api('STREAM.NAMES')) as { readonly streams?: readonly string[] | null };

  return streams ?? [];
}

/** A stream of the folder is not as its server would have it. */
function wrong({ folder, manifest }: Copied, end: string): Copied {
  const streams = manifest.streams.map((each) =>
    each.stream.endsWith(end) ? { ...each, state: { ...each.state, last_seq: 1_000_000 } } : each,
  );

  return { folder, manifest: { ...manifest, streams } };
}

test('where one stream is not restored whole, none is left', async () => {
  const given = await copied();
  const fresh = await openSite('brought');

  for (const end of ['_AGENTS', '_JOURNAL'])
    await expect(fresh.restore(wrong(given, end))).rejects.toMatchObject({ code: 'backup.incomplete' });

  expect(await streamsOf(fresh)).toEqual([]);
  await fresh.restore(given);
  expect(await streamsOf(fresh)).toContain(journal);
});

test('a journal of which messages are missing is not taken for a whole one', async () => {
  const given = await copied();
  const fresh = await openSite('brought');
  const streams = given.manifest.streams.map((each) =>
    each.stream === journal ? { ...each, state: { ...each.state, messages: each.state.messages + 1 } } : each,
  );

  await expect(fresh.restore({ ...given, manifest: { ...given.manifest, streams } })).rejects.toMatchObject({
    code: 'backup.incomplete',
  });
});

test('a restore that is complete leaves nothing that a later one would take for half of one', async () => {
  const given = await copied();
  const fresh = await openSite('brought');
  await fresh.restore(given);
  const raw = await fresh.raw();
  // As after a mishap, in a site that has gone on since.
  await raw.api(`STREAM.DELETE.${journal}`);

  await expect(fresh.restore(given)).rejects.toMatchObject({ code: 'backup.not-empty' });
  expect(await streamsOf(fresh)).not.toEqual([]);
});

test('a stream that the server refuses once is given to it again', async () => {
  const given = await copied();
  const fresh = await openSite('brought');
  const copies = await openStreamCopies({ url: fresh.url, namespace: 'brought' });
  const refused = new Set<string>();
  const refusing: StreamCopies = {
    ...copies,
    restore: async (stream, parts, replicas) => {
      if (refused.has(stream.stream)) return copies.restore(stream, parts, replicas);
      refused.add(stream.stream);
      throw new BackupRefused('backup.refused', 'restore failed: io: read/write on closed pipe');
    },
  };

  await restoreAll(refusing, { ...given, replicas: 1 }, () => undefined).finally(() => copies.close());

  expect([...refused].sort()).toEqual([...(await streamsOf(fresh))].sort());
});

test('the journal comes last, and what a restore that was killed has left is restored anew', async () => {
  const given = await copied();
  const fresh = await openSite('brought');
  const killed = new Error('killed');
  // As a kill would, the server ends in the middle.
  const killing = async (message: string): Promise<void> => {
    if (message !== `restoring ${journal}`) return;
    await fresh.server.kill9();
    throw killed;
  };
  const done: string[] = [];
  await expect(
    fresh.restore(given, (message) => {
      done.push(message);
      void killing(message).catch(() => undefined);
      if (message === `restoring ${journal}`) throw killed;
    }),
  ).rejects.toBeDefined();
  expect(done.at(-1)).toBe(`restoring ${journal}`);
  expect(done).toHaveLength(given.manifest.streams.length);
  await fresh.server.restart();
  expect(await streamsOf(fresh)).not.toContain(journal);

  await fresh.restore(given);

  expect(await streamsOf(fresh)).toEqual(
    expect.arrayContaining(given.manifest.streams.map(({ stream }) => stream)),
  );
});

test('nothing is restored where an engine is at work, also where it came in the middle', async () => {
  const given = await copied();
  const fresh = await openSite('brought');
  const raw = await fresh.raw();
  const lease = async (): Promise<void> => {
    await raw.api('STREAM.CREATE.KV_WF_BROUGHT_LEASES', {
      name: 'KV_WF_BROUGHT_LEASES',
      subjects: ['$KV.WF_BROUGHT_LEASES.>'],
    });
    await raw.publish('$KV.WF_BROUGHT_LEASES.engine.one', { body: '{}' });
  };
  let coming: Promise<void> | undefined;

  await expect(
    fresh.restore(given, () => {
      coming ??= lease();
    }),
  ).rejects.toMatchObject({ code: 'backup.served' });
  await coming;
  expect(await streamsOf(fresh)).toEqual(['KV_WF_BROUGHT_LEASES']);
  await expect(fresh.restore(given)).rejects.toMatchObject({ code: 'backup.served' });
});
