// What was erased stays so where a backup brings its key back, also for commands that only look on. Method: a real
// server on which a key is put back as a restore does it.
import { expect, onTestFinished, test, vi } from 'vitest';
import { openSession, subjectKeysOf } from '../../../src/compose/session/open-session.ts';
import { createProject } from '../../cli/project.ts';
import { startTestServer } from '../../support/nats.ts';

test('a command that only looks on destroys again what was erased, before it shows anything', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  vi.stubEnv('NATS_URL', server.url);
  const { dir } = await createProject({});
  const open = async () => {
    const session = await openSession({ projectDir: dir, engine: 'none' }, () => undefined);
    onTestFinished(session.close);
    return { ...session, keys: subjectKeysOf(dir, session.stream), entries: session.stream.keyEntries };
  };
  const first = await open();
  const { key } = await first.keys.of('customer:1', 'run-1');
  const wrapped = (await first.entries.get(`key.${key}`)) ?? '';
  await first.keys.erase({ key, at: '2026-01-01T00:00:00.000Z', by: 'ada', runs: [] });
  // A session notes what the server knows of, whoever erased it.
  await open();
  await first.entries.destroy(`erased.${key}`);
  await first.entries.create(`key.${key}`, wrapped);
  expect((await first.keys.named(key)).erasedAt).toBeUndefined();

  const { entries, keys } = await open();
  expect(await entries.get(`key.${key}`)).toBeUndefined();
  expect((await keys.named(key)).erasedAt).toBe('2026-01-01T00:00:00.000Z');
});
