// Keys of subjects: what they open, what is left of them, and master keys. Method: entries in memory and on a real
// server, with the master keys of a folder.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/compose/system-clock.ts';
import { createErasures, eraseAgain } from '../../src/engine/erasing.ts';
import { createKeyRing } from '../../src/keys/key-ring.ts';
import { createSigningKeys } from '../../src/keys/project-keys.ts';
import { createSubjectKeys } from '../../src/keys/subject-keys.ts';
import type { KeyCodec, KeyEntries, SubjectKeys } from '../../src/ports/access/subject-keys.ts';
import { RunArchived } from '../../src/ports/runs/archive.ts';
import { createErasureList } from '../../src/project/erasure-list.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { createMemoryKeyEntries } from '../../src/stores/memory/key-entries.ts';
import { createProject } from '../cli/project.ts';
import { givenRun } from '../support/archived-runs.ts';
import { startTestServer } from '../support/nats.ts';

const at = '2026-01-01T00:00:00.000Z';

async function opened(entries: KeyEntries = createMemoryKeyEntries()) {
  const { dir } = await createProject({});
  const ring = createKeyRing(dir);

  return { dir, ring, entries, keys: createSubjectKeys({ entries, codec: ring }) };
}

test.each(['in memory', 'on a server'])(
  'entries %s are created once, replaced, listed and destroyed',
  async (where) => {
    const entries = where === 'in memory' ? createMemoryKeyEntries() : await onServer();
    expect([await entries.create('run.a.1', 'one'), await entries.create('run.a.1', 'two')]).toEqual([
      true,
      false,
    ]);
    await entries.create('run.ab.1', 'other');
    await entries.create('run.a.2', '');
    expect((await entries.list('run.a.')).map(({ name }) => name)).toEqual(['run.a.1', 'run.a.2']);
    expect(await entries.replace('run.a.1', 'three', 'one')).toBe(true);
    expect(await entries.replace('run.a.1', 'four', 'one')).toBe(false);
    expect(await entries.replace('run.a.9', 'four', 'one')).toBe(false);
    expect(await entries.get('run.a.9')).toBeUndefined();
    expect(await entries.get('run.a.1')).toBe('three');
    await entries.destroy('run.a.1');
    expect(await entries.get('run.a.1')).toBeUndefined();
    await entries.destroy('run.a.1');
    expect(await entries.create('run.a.1', 'four')).toBe(true);
  },
);

async function onServer(): Promise<KeyEntries> {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const stream = await connectJetStream({ url: server.url });
  onTestFinished(() => stream.close());

  return stream.keyEntries;
}

test('the same subject has the same key, which opens what it sealed and nothing else', async () => {
  const { keys } = await opened();
  const [one, again, other] = [
    await keys.of('customer:1', 'run-1'),
    await keys.of('customer:1', 'run-2'),
    await keys.of('customer:2', 'run-3'),
  ];
  const sealed = one.seal('"Ada"');
  expect(again.seal('"Ada"')).toBe(sealed);
  expect(sealed).not.toContain('customer');
  expect([again.open(sealed), other.open(sealed), one.open(`${sealed.slice(0, -1)}x`)]).toEqual([
    '"Ada"',
    undefined,
    undefined,
  ]);
  expect(await keys.runsOf(one.key)).toEqual(['run-1', 'run-2']);
});

test('a key that is destroyed opens nothing, and stays destroyed where a backup brings it back', async () => {
  const kept = new Map<string, string>();
  const { keys, dir } = await opened(createMemoryKeyEntries(kept));
  const { key } = await keys.of('customer:1', 'run-1');
  const backup = new Map(kept);
  await keys.erase({ key, at, by: 'ada', runs: [{ run: 'run-1', values: 2 }] });
  await createErasureList(dir, 'test').add(await keys.erasures());
  expect(await keys.named(key)).toMatchObject({ key, erasedAt: at });
  expect([...kept.keys()]).not.toContain(`key.${key}`);
  expect((await keys.of('customer:1', 'run-2')).key).not.toBe(key);

  const restored = createSubjectKeys({ entries: createMemoryKeyEntries(backup), codec: createKeyRing(dir) });
  expect((await restored.named(key)).erasedAt).toBeUndefined();
  expect(await eraseAgain(restored, createErasureList(dir, 'test'))).toBe(1);
  expect(await restored.named(key)).toMatchObject({ key, erasedAt: at });
  expect(await eraseAgain(restored, createErasureList(dir, 'test'))).toBe(0);
});

test('a key that is destroyed while it is wrapped anew stays destroyed', async () => {
  const kept = new Map<string, string>();
  const { keys, ring, dir } = await opened(createMemoryKeyEntries(kept));
  const { key } = await keys.of('customer:1', 'run-1');
  await ring.rotate();
  const codec: KeyCodec = {
    ...ring,
    unwrap: async (wrapped, about) => {
      if (about === key) await keys.erase({ key, at, by: 'ada', runs: [] });
      return ring.unwrap(wrapped, about);
    },
  };
  const rewrapping = createSubjectKeys({ entries: createMemoryKeyEntries(kept), codec });
  // The pepper is.
  expect(await rewrapping.rewrap()).toBe(1);
  expect([...kept.keys()]).not.toContain(`key.${key}`);
  expect(await createKeyRing(dir).list()).toHaveLength(2);
});

test.each(['erase', 'eraseAgain'])('an erasure that was interrupted is finished by %s', async (by) => {
  const kept = new Map<string, string>();
  const { keys, dir } = await opened(createMemoryKeyEntries(kept));
  const { key } = await keys.of('customer:1', 'run-1');
  // As far as it came: the account is there, and so is the key.
  kept.set(`erased.${key}`, JSON.stringify({ key, at, by: 'ada', runs: [] }));
  const erasureList = createErasureList(dir, 'test');
  if (by === 'eraseAgain') await eraseAgain(keys, erasureList);
  else {
    const { erase } = erasuresWith({ keys, dir });
    expect(await erase({ subject: 'customer:1', by: 'ada', terminateLive: false })).toMatchObject({
      certificate: { keys: [{ key, at }] },
    });
  }
  expect([...kept.keys()]).not.toContain(`key.${key}`);
});

test('a run that begins while its key is destroyed is ended, and stands in the certificate', async () => {
  const kept = new Map<string, string>();
  const { keys, dir } = await opened(createMemoryKeyEntries(kept));
  const { key } = await keys.of('customer:1', 'run-1');
  const running = new Set<string>();
  const { erase } = erasuresWith({
    keys: {
      ...keys,
      erase: async (erasure) => {
        // It had its key in hand, and was noted, before the account was there.
        kept.set(`run.${key}.run-2`, '');
        running.add('run-2');
        await keys.erase(erasure);
      },
    },
    dir,
    reader: readerOf(running, `"sealed:v1:${key}:x"`),
    workflows: {
      command: async (run) => {
        running.delete(run);
        return { ok: true, run, sequence: 1 };
      },
    },
  });
  expect(await erase({ subject: 'customer:1', by: 'ada', terminateLive: false })).toMatchObject({
    certificate: { runs: 2, keys: [{ runs: [{ run: 'run-1' }, { run: 'run-2', values: 1 }] }] },
  });
  expect([...running]).toEqual([]);
});

test.each(['head', 'nothing'] as const)('a subject is erased of whom %s of a run is kept', async (kept) => {
  const { keys, dir } = await opened();
  const { key } = await keys.of('customer:1', 'run-1');
  await keys.of('customer:1', 'run-2');
  const { last, entries } = readerOf(new Set(), `{"a":"sealed:v1:${key}:x"}`);
  const reader = {
    last,
    entries: async function* (run: string) {
      if (run === 'run-1') throw new RunArchived(givenRun(run, { kept }));
      yield* entries(run);
    },
  };
  const { erase } = erasuresWith({ keys, dir, reader });

  const runs = [
    { run: 'run-1', values: 0 },
    { run: 'run-2', values: 1 },
  ];
  expect(await erase({ subject: 'customer:1', by: 'ada', terminateLive: false })).toMatchObject({
    certificate: { runs: 2, values: 1, keys: [{ runs }] },
  });
  expect((await keys.named(key)).erasedAt).toBeDefined();
});

test('no run begins under a key that is being destroyed', async () => {
  const kept = new Map<string, string>();
  const entries = createMemoryKeyEntries(kept);
  const { keys, dir } = await opened(entries);
  const { key } = await keys.of('customer:1', 'run-1');
  const racing = createSubjectKeys({
    codec: createKeyRing(dir),
    entries: {
      ...entries,
      create: async (name, body) => {
        if (name.startsWith('run.')) await keys.erase({ key, at, by: 'ada', runs: [] });
        return entries.create(name, body);
      },
    },
  });
  const found = await racing.named(key, 'run-2');
  expect(found.erasedAt).toBe(at);
  expect(await keys.runsOf(key)).toEqual(['run-1']);
  // What it would have to seal is not handed out.
  expect(found.seal('"Ada"')).not.toContain('Ada');
});

test('retiring makes no master key: it keeps the one that other engines have', async () => {
  const { keys, ring, dir } = await opened();
  const one = await keys.of('customer:1', 'run-1');
  const { rotate } = erasuresWith({ keys, dir });
  const [first] = await ring.list();
  const { current } = await rotate({ retire: false });
  // The key and the pepper.
  expect(await rotate({ retire: true })).toEqual({ current, rewrapped: 2, retired: [first] });
  expect(await ring.list()).toEqual([current]);
  expect((await keys.named(one.key)).seal('1')).toBe(one.seal('1'));
});

/** Runs with one record each, of which these are under way. */
function readerOf(running: ReadonlySet<string>, body: string) {
  const reader = {
    last: async (run: string) => ({
      ...{
        kind: 'record',
        record: { data: { head: { status: running.has(run) ? 'RUNNING' : 'COMPLETED' } } },
      },
    }),
    entries: async function* () {
      yield { body };
    },
  };

  return reader as unknown as Parameters<typeof createErasures>[0]['reader'];
}

/** Erasing where no run has begun. */
function erasuresWith({
  keys,
  dir,
  ...deps
}: { readonly keys: SubjectKeys; readonly dir: string } & Partial<Parameters<typeof createErasures>[0]>) {
  return createErasures({
    ...{ subjectKeys: keys, masterKeys: createKeyRing(dir), signing: createSigningKeys(dir) },
    reader: { last: async () => undefined, entries: async function* () {} },
    workflows: { command: () => Promise.reject(new Error('no run is asked anything')) },
    erasureList: createErasureList(dir, 'test'),
    clock: systemClock,
    namespace: 'test',
    ...deps,
  });
}

test('the list of what was erased takes in what a server knows, from several at once, each for its namespace', async () => {
  const { keys, dir } = await opened();
  const { key } = await keys.of('customer:1', 'run-1');
  await keys.erase({ key, at, by: 'ada', runs: [] });
  const here = createErasureList(dir, 'test');
  const others = ['1', '2', '3'].map((other) => ({ key: other, at, by: 'ada', runs: [] }));
  await Promise.all([eraseAgain(keys, here), ...others.map((each) => here.add([each]))]);
  expect((await here.read()).map((each) => each.key).sort()).toEqual(['1', '2', '3', key].sort());
  const elsewhere = createErasureList(dir, 'other');
  expect(await elsewhere.read()).toEqual([]);
  await elsewhere.add(others);
  expect(await elsewhere.read()).toEqual(others);
});

test('a new master key wraps what is made from then on, and once older ones are retired no copy opens', async () => {
  const kept = new Map<string, string>();
  const { keys, ring, dir } = await opened(createMemoryKeyEntries(kept));
  const one = await keys.of('customer:1', 'run-1');
  const copied = kept.get(`key.${one.key}`) ?? '';
  const [first] = await ring.list();
  const second = await ring.rotate();
  // Nothing is wrapped anew for that.
  expect(kept.get(`key.${one.key}`)).toBe(copied);
  expect((await keys.named(one.key)).seal('1')).toBe(one.seal('1'));
  const other = await keys.of('customer:2', 'run-2');
  expect(kept.get(`key.${other.key}`)?.split('.')[1]).toBe(second);

  expect(await keys.rewrap()).toBe(2);
  expect(await ring.retire()).toEqual([first]);
  expect((await keys.named(one.key)).seal('1')).toBe(one.seal('1'));
  await expect(ring.unwrap(copied, one.key)).rejects.toMatchObject({ code: 'keys.unreadable' });
  // What is wrapped for one name opens for no other.
  await expect(ring.unwrap(kept.get(`key.${one.key}`) ?? '', other.key)).rejects.toThrow(/altered/);
  await writeFile(
    join(dir, '.3ox', 'master.keys'),
    `${(await readFile(join(dir, '.3ox', 'master.keys'), 'utf8')).slice(5)}`,
  );
  await expect(keys.named(one.key)).rejects.toMatchObject({ code: 'keys.unreadable' });
});
