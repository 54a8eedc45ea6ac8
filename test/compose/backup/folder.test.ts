// What is believed of a folder. Method: real backups, of which one thing is changed.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expiredIn, verified, writeManifest } from '../../../src/compose/backup/backup-folder.ts';
import { type Copied, definitionOf, openSite } from './site.ts';

async function copied(): Promise<Copied> {
  const site = await openSite('kept');
  const { events, definitions } = await site.connect();
  const { ref, text } = definitionOf('workflow: {id: one, version: 1, tasks: [{id: a, type: NOOP}]}');
  await definitions.register({ ref, text, file: 'one.yaml' });
  const event = { specversion: '1.0', id: '1', source: '/test', type: 'note.taken' } as const;
  await events.publish({ ...event, time: '2026-01-01T00:00:00Z' });

  return site.backup();
}

type Streams = Copied['manifest']['streams'];

/** As somebody would write it who knows how. */
async function rewritten({ folder, manifest }: Copied, change: (streams: Streams) => Streams): Promise<void> {
  await rm(join(folder, 'backup.json'));
  await writeManifest(folder, { ...manifest, streams: change(manifest.streams) });
}

test('a list of files that was changed is not believed', async () => {
  const { folder, manifest } = await copied();
  expect(await verified(folder)).toEqual(manifest);
  const path = join(folder, 'backup.json');
  const text = await readFile(path, 'utf8');

  await writeFile(path, text.replace('"deny_purge": true', '"deny_purge": false'));

  await expect(verified(folder)).rejects.toMatchObject({ code: 'backup.damaged' });
});

test('a folder whose streams are not those of its namespace is none of ours', async () => {
  const given = await copied();
  const [first] = given.manifest.streams;
  if (first === undefined) throw new Error('nothing was copied');

  for (const change of [
    (streams: Streams) => streams.map((each) => ({ ...each, stream: each.stream.replace('KEPT', 'OTHER') })),
    (streams: Streams) => streams.map((each) => ({ ...each, config: { ...each.config, name: 'OTHER' } })),
    (streams: Streams) => [...streams, first],
  ]) {
    await rewritten(given, change);
    await expect(verified(given.folder)).rejects.toMatchObject({ code: 'backup.unknown' });
  }
});

test('what is too old to be kept is told, and what is kept for ever is not', async () => {
  const { manifest } = await copied();
  const cutMs = Date.parse(manifest.cutAt);
  const days = (count: number): number => count * 24 * 60 * 60_000;

  expect(expiredIn(manifest, cutMs + days(29))).toEqual([]);
  expect(expiredIn(manifest, cutMs + days(31))).toEqual(['WF_KEPT_EVENTS']);
});
