// What is kept beside the journal is on the other server as the journal needs it. Method: things are stored and taken
// away in the middle of a backup, between the copy of one stream and the next.
import { expect, test } from 'vitest';
import { sha256Hex } from '../../../machines/hash.ts';
import { newRunId } from '../../../src/compose/session/open-session.ts';
import { openSite } from './site.ts';

const asIs = (text: string) => Promise.resolve(text);

test('secrets of a run that ends meanwhile, and blobs that come meanwhile, are there', async () => {
  const old = await openSite('beside');
  const stream = await old.connect();
  const secrets = stream.runSecrets({ seal: asIs, open: asIs });
  const [ends, stays] = [newRunId(), newRunId()];
  for (const run of [ends, stays]) await secrets.keep(run, { token: run });
  const text = 'x'.repeat(300_000);
  const blob = { digest: sha256Hex(text), text };
  const copied = await old.backup({
    _JOURNAL: async () => {
      await secrets.forget(ends);
      await stream.blobs.put(blob);
    },
  });
  const fresh = await openSite('beside');
  await fresh.restore(copied);

  const there = await fresh.connect();
  const kept = there.runSecrets({ seal: asIs, open: asIs });
  expect([await kept.of(ends), await kept.of(stays)]).toEqual([{ token: ends }, { token: stays }]);
  expect(await there.blobs.get(blob.digest)).toBe(text);
});

test('pauses, schedules and what else is known of triggers go on from where they were', async () => {
  const old = await openSite('marks');
  const { triggerMarks } = await old.connect();
  const marks = {
    'paused/note/told': { at: '2026-01-01T00:00:00Z', by: 'ana' },
    'schedule/note/nightly': { upTo: '2026-01-01T02:00:00Z' },
  };
  for (const [key, value] of Object.entries(marks)) await triggerMarks.write(key, value, 0);
  const copied = await old.backup({
    // A schedule that fires after its copy fires again, and finds its run there.
    _JOURNAL: async () => {
      const mark = await triggerMarks.read('schedule/note/nightly');
      await triggerMarks.write(
        'schedule/note/nightly',
        { upTo: '2026-01-02T02:00:00Z' },
        mark?.revision ?? 0,
      );
    },
  });
  const fresh = await openSite('marks');
  await fresh.restore(copied);

  const there = (await fresh.connect()).triggerMarks;
  for (const [key, value] of Object.entries(marks)) expect((await there.read(key))?.value).toEqual(value);
});
