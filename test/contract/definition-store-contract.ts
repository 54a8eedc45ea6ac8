import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DefinitionRef } from '../../events/run-events.ts';
import { sha256Hex } from '../../machines/hash.ts';
import type { DefinitionStore, StoredDefinition } from '../../src/ports/definitions/definition-store.ts';

export type OpenDefinitionStore = {
  readonly store: DefinitionStore;
  /** The same store as another process sees it. */
  readonly other: DefinitionStore;
  readonly close: () => Promise<void>;
};

/** What every implementation of the definition store promises. */
export function definitionStoreContract(open: () => Promise<OpenDefinitionStore>): void {
  let opened: OpenDefinitionStore;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  test('finds a definition by hash, by id and version, and by id alone the highest version', async () => {
    const { store } = opened;
    const versions = [2, 10, 9].map((version) => definition('release-notes_1', version));
    for (const one of versions) await store.register(one);
    const [two, ten] = versions;

    expect(await store.byHash(two?.ref.hash ?? '')).toEqual(two);
    expect(await store.byId('release-notes_1', 2)).toEqual(two);
    expect(await store.byId('release-notes_1')).toEqual(ten);
  });

  test('keeps who published a definition and why, where somebody did', async () => {
    const { store, other } = opened;
    const published = { by: 'ana', at: '2026-01-31T09:00:00.000Z', reason: 'new prices' };
    await store.register(definition('release', 1));
    await store.register({ ...definition('release', 2), published });

    expect(await other.byId('release', 1)).toEqual(definition('release', 1));
    expect(await other.byId('release')).toEqual({ ...definition('release', 2), published });
  });

  test('keeps texts of 512 KiB, whatever they are made of', async () => {
    const { store, other } = opened;
    for (const [index, character] of ['"', '\\', '\n', 'ä'].entries()) {
      const text = character.repeat((512 * 1024) / Buffer.byteLength(character));
      const large = definition('large', index + 1, text);
      await store.register(large);

      expect((await other.byHash(large.ref.hash))?.text === text).toBe(true);
    }
  });

  test('finds and lists what another process registered just now', async () => {
    const { store, other } = opened;
    for (let version = 1; version <= 20; version++) {
      const one = definition('release', version);
      await other.register(one);

      expect(await store.byId('release')).toEqual(one);
      expect(await store.list()).toHaveLength(version);
    }
  });

  test('finds nothing that is not there, whatever it is asked', async () => {
    const { store } = opened;
    await store.register(definition('release', 1));

    for (const id of ['other', 'releas', '*', '>', 'release.1', '', 'a b'])
      expect(await store.byId(id)).toBeUndefined();
    expect(await store.byId('release', 2)).toBeUndefined();
    for (const hash of ['', '*', 'f'.repeat(64)]) expect(await store.byHash(hash)).toBeUndefined();
  });

  test('takes the same content again and refuses other content under the same version', async () => {
    const { store } = opened;
    const first = definition('release', 1);
    await store.register(first);
    await store.register({ ...first, file: 'elsewhere.yaml' });

    await expect(store.register(definition('release', 1, 'changed'))).rejects.toMatchObject({
      code: 'definition.taken',
    });
    expect(await store.byId('release')).toEqual(first);
    expect(await store.list()).toEqual([first]);
  });

  test('keeps the text of a draft, which is no version, also where one of its number is registered', async () => {
    const { store, other } = opened;
    const draft = definition('release', 1, 'a draft');
    await store.keepDraft(draft);
    await store.keepDraft(draft);
    expect(await other.byHash(draft.ref.hash)).toEqual(draft);
    expect([await other.byId('release'), await other.list()]).toEqual([undefined, []]);

    const registered = definition('release', 1);
    await store.register(registered);
    expect(await other.byHash(draft.ref.hash)).toEqual(draft);
    expect(await other.list()).toEqual([registered]);
  });

  test('a draft that is published is the version that was published, by whom and why', async () => {
    const { store, other } = opened;
    const draft = definition('release', 1);
    const published = { by: 'ana', at: '2026-01-31T09:00:00.000Z' };
    await store.keepDraft(draft);
    await other.register({ ...draft, published });

    expect(await store.byId('release')).toEqual({ ...draft, published });
    expect(await store.byHash(draft.ref.hash)).toEqual({ ...draft, published });
  });

  test('lets one of two win that register different content at the same time', async () => {
    const { store, other } = opened;
    const rivals = ['a', 'b'].map((text) => definition('release', 1, text));
    const settled = await Promise.allSettled(
      rivals.map((one, index) => (index === 0 ? store : other).register(one)),
    );

    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = rivals[settled.findIndex(({ status }) => status === 'fulfilled')];
    expect(await store.byId('release', 1)).toEqual(winner);
  });

  test('lists every definition, text and banner as they were written', async () => {
    const { store } = opened;
    expect(await store.list()).toEqual([]);
    const all = Array.from({ length: 30 }, (_, index) =>
      definition(`flow-${index}`, 1, '# ▛▞ banner ⫎▸\r\nid: x\n'),
    );
    await Promise.all(all.map((one) => store.register(one)));

    expect(sorted(await store.list())).toEqual(sorted(all));
  });

  watching(() => opened);
}

function watching(opened: () => OpenDefinitionStore): void {
  test('tells who watches every registered version first, and then each that is registered', async () => {
    const { store, other } = opened();
    const all = [1, 2, 3].map((version) => definition('release', version));
    const [one, two, three] = all.map(({ ref }) => ref);
    for (const each of all.slice(0, 2)) await other.register(each);
    const told: DefinitionRef[] = [];
    const leaving = new AbortController();
    await store.watch((ref) => told.push(ref), leaving.signal);
    expect(told.toSorted((a, b) => a.version - b.version)).toEqual([one, two]);

    for (const each of [all[0], all[2]]) if (each !== undefined) await other.register(each);
    await expect.poll(() => told, { timeout: 10_000 }).toContainEqual(three);
    leaving.abort();
  });

  test('tells nobody who has left, and watches an empty store', async () => {
    const { store, other } = opened();
    const left: DefinitionRef[] = [];
    const told: DefinitionRef[] = [];
    const leaving = new AbortController();
    const staying = new AbortController();
    await store.watch((ref) => left.push(ref), leaving.signal);
    await store.watch((ref) => told.push(ref), staying.signal);
    leaving.abort();

    await other.register(definition('release', 1));
    await expect.poll(() => told, { timeout: 10_000 }).toEqual([definition('release', 1).ref]);
    expect(left).toEqual([]);
    staying.abort();
  });
}

function definition(
  id: string,
  version: number,
  text = `id: ${id}\nversion: ${version}\n`,
): StoredDefinition {
  return {
    ref: { id, version, hash: sha256Hex(`${id} ${version} ${text}`) },
    text,
    file: `definitions/${id}.yaml`,
  };
}

function sorted(definitions: readonly StoredDefinition[]): StoredDefinition[] {
  return [...definitions].sort((a, b) => a.ref.hash.localeCompare(b.ref.hash));
}
