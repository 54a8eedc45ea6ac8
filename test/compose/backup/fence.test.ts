// A site whose runs go on elsewhere stores nothing for them. Method: real servers; what is stored is what the server
// itself says.
import { expect, test, vi } from 'vitest';
import { fenceSite, restore, restoreAll } from '../../../src/compose/backup/backup.ts';
import { doctor } from '../../../src/compose/doctor/doctor.ts';
import type { StreamCopies } from '../../../src/ports/backup.ts';
import { openStreamCopies } from '../../../src/stores/jetstream/connection/stream-copies.ts';
import { definitionOf, openSite, type Site } from './site.ts';

const namespace = 'fenced';
const definition = definitionOf(`workflow:
  id: waits
  version: 1
  tasks: [{id: go, type: WAIT, signal: go}]
`);
const silent = (): void => undefined;
const start = { definition, file: 'waits', input: {}, actor: 'test' };
const go = { kind: 'signal', name: 'go', data: {} } as const;

async function fence({ url, projectDir }: Site, isLifted = false) {
  vi.stubEnv('NATS_URL', url);
  vi.stubEnv('WORKFLOW_NAMESPACE', namespace);

  return fenceSite({ projectDir, isLifted });
}

/** Where the journal ends, as its server says. */
async function endOf(site: Site): Promise<unknown> {
  const { state } = (await (await site.raw()).api('STREAM.INFO.WF_FENCED_JOURNAL')) as { state?: unknown };

  return state;
}

async function isFenced(site: Site): Promise<boolean> {
  return (await (await site.connect()).fence()) !== undefined;
}

/** Restores into the site as the command does. */
async function restoreInto(site: Site, options: { folder: string; fence?: string; isOldDown?: boolean }) {
  vi.stubEnv('NATS_URL', site.url);
  vi.stubEnv('WORKFLOW_NAMESPACE', namespace);

  return restore({ projectDir: site.projectDir, ...options }, silent);
}

test('behind a fence nothing is stored, everything can be read, and engines hear of it; until it is lifted', async () => {
  const site = await openSite(namespace);
  const engine = await site.engine();
  const { run } = await engine.workflows.start(start);
  await expect.poll(async () => (await engine.workflows.view(run)).state.tasks['go']?.state).toBe('awaiting');

  await fence(site);
  const end = await endOf(site);

  expect(await engine.store?.fenced).toMatchObject({ code: 'site.fenced' });
  await expect.poll(() => engine.store?.trouble()?.code).toBe('site.fenced');
  expect(await engine.workflows.command(run, go, 'test')).toMatchObject({ refusal: { code: 'site.fenced' } });
  expect((await engine.workflows.view(run)).state.status).toBe('RUNNING');
  await engine.close();
  await expect(site.engine()).rejects.toMatchObject({ code: 'site.fenced' });
  const lines = await doctor({ projectDir: site.projectDir, all: false, repair: false, yes: false }, silent);
  expect(JSON.stringify(lines)).toContain('site.fenced');
  expect(await endOf(site)).toEqual(end);

  expect(await fence(site, true)).toMatchObject({ isFenced: false });
  const again = await site.engine();
  expect(await again.workflows.command(run, go, 'test')).toMatchObject({ ok: true });
  await expect.poll(async () => (await again.workflows.view(run)).state.status).toBe('COMPLETED');
}, 60_000);

test('an engine of an earlier release, which knows of no fence, stores nothing either', async () => {
  const site = await openSite(namespace);
  const stream = await site.connect();
  const { ref, text } = definition;
  await stream.definitions.register({ ref, text, file: 'waits.yaml' });
  await fence(site);
  const raw = await site.raw();

  const stored = raw.publish('wf.fenced.run.1.one', { body: '{}', timeoutMs: 2_000 });

  await expect(stored).rejects.toThrow('no responders');
});

test('a restore fences the old site as its last act but one, and leaves it as it was where it fails', async () => {
  const old = await openSite(namespace);
  const { workflows } = await old.engine();
  await workflows.start(start);
  const copied = await old.backup();
  const fresh = await openSite(namespace);
  const copies = await openStreamCopies({ url: old.url, namespace });
  const streams = copied.manifest.streams.map((each) =>
    each.stream.endsWith('_JOURNAL') ? { ...each, state: { ...each.state, last_seq: 1_000 } } : each,
  );
  const broken = { ...copied, manifest: { ...copied.manifest, streams } };
  await expect(fresh.restore(broken, silent, copies)).rejects.toMatchObject({ code: 'backup.incomplete' });
  expect(await isFenced(old)).toBe(false);

  await fresh.restore(copied, silent, copies);

  await copies.close();
  expect([await isFenced(old), await isFenced(fresh)]).toEqual([true, false]);
});

test('a fence that cannot be set as a whole is not left half set', async () => {
  const site = await openSite(namespace);
  await (await site.engine()).workflows.start(start);
  const raw = await site.raw();
  const configOf = async (stream: string) =>
    ((await raw.api(`STREAM.INFO.${stream}`)) as { config: Record<string, unknown> }).config;
  const before = await configOf('WF_FENCED_JOURNAL');
  // The server refuses the settings of the second stream: another one has their subject.
  const taken = { name: 'OTHER', subjects: ['workflow.fenced.WF_FENCED_EVENTS'] };
  expect(await configOf('WF_FENCED_EVENTS')).toBeDefined();
  await raw.api('STREAM.CREATE.OTHER', taken);

  await expect(fence(site)).rejects.toThrow();

  expect((await configOf('WF_FENCED_JOURNAL'))['subjects']).toEqual(before['subjects']);
  expect(JSON.stringify(await configOf('WF_FENCED_JOURNAL'))).not.toContain('workflow-fence');
});

test('where the new site may go on, the old one stays fenced off, also when the restore fails', async () => {
  const old = await openSite(namespace);
  await (await old.engine()).workflows.start(start);
  const copied = await old.backup();
  const fresh = await openSite(namespace);
  const copies = await openStreamCopies({ url: fresh.url, namespace });
  const oldCopies = await openStreamCopies({ url: old.url, namespace });
  const failing: StreamCopies = {
    ...copies,
    restore: async (stream, parts, replicas) => {
      await copies.restore(stream, parts, replicas);
      if (copies.isJournal(stream.stream)) throw new Error('the answer was lost');
    },
    remove: (stream) =>
      copies.isJournal(stream) ? Promise.reject(new Error('gone')) : copies.remove(stream),
  };

  const restored = restoreAll(failing, { ...copied, replicas: 1, old: oldCopies }, silent);
  await expect(restored).rejects.toThrow(/WF_FENCED_JOURNAL could not .* stays fenced off/);

  await Promise.all([copies.close(), oldCopies.close()]);
  expect(await isFenced(old)).toBe(true);
});

test('a restore wants the old site fenced, or to be told that it is gone', async () => {
  const old = await openSite(namespace);
  await old.connect();
  const { folder } = await old.backup();
  const fresh = await openSite(namespace);
  const refused = { code: 'backup.old-site' };
  await expect(restoreInto(fresh, { folder })).rejects.toMatchObject(refused);
  await expect(restoreInto(fresh, { folder, fence: 'nats://127.0.0.1:1' })).rejects.toMatchObject(refused);

  await restoreInto(fresh, { folder, fence: old.url });

  expect(await isFenced(old)).toBe(true);
  const third = await openSite(namespace);
  expect(await restoreInto(third, { folder, isOldDown: true })).toMatchObject({ namespace });
});

test('what was copied behind a fence is restored without it', async () => {
  const old = await openSite(namespace);
  await old.connect();
  await fence(old);
  const copied = await old.backup();
  const fresh = await openSite(namespace);

  await fresh.restore(copied);

  expect(await isFenced(fresh)).toBe(false);
  const { workflows } = await fresh.engine();
  expect(await workflows.start(start)).toMatchObject({ ok: true });
});
