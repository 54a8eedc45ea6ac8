import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bundle, bundleHash } from '../../machines/bundle.ts';
import { sha256Hex } from '../../machines/hash.ts';
import type { BundleStore, PublishedBundle } from '../../src/ports/definitions/bundle-store.ts';

export type OpenBundleStore = {
  readonly store: BundleStore;
  /** The same store as another process sees it. */
  readonly other: BundleStore;
  readonly close: () => Promise<void>;
};

const policy = 'name: "ä ▛"\nrequired_files: [README.md]\n';

/** A bundle with one policy; another version is another bundle. */
export function exampleBundle(version: number): Bundle {
  return {
    definitions: [
      { id: 'orders', version, hash: sha256Hex(`orders ${version}`), file: 'definitions/orders.yaml' },
    ],
    files: [{ path: 'POLICY/a.yaml', sha256: sha256Hex(policy) }],
    needsFiles: [],
  };
}

export const publication = (bundle: Bundle, by = 'ana'): PublishedBundle => ({
  hash: bundleHash(bundle),
  by,
  at: '2026-01-31T09:00:00.000Z',
  without: [],
});

/** What every implementation of the store of bundles promises. */
export function bundleStoreContract(open: () => Promise<OpenBundleStore>): void {
  let opened: OpenBundleStore;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  test('a bundle that was kept is found by its hash, and the texts of its files by their digests', async () => {
    const { store, other } = opened;
    const bundle = exampleBundle(1);
    const texts = new Map([[sha256Hex(policy), policy]]);
    await store.keep(bundle, texts);
    await other.keep(bundle, texts);

    expect(await other.find(bundleHash(bundle))).toEqual(bundle);
    expect(await other.text(sha256Hex(policy))).toBe(policy);
    expect(await other.find(sha256Hex('another'))).toBeUndefined();
    expect(await other.text('no digest')).toBeUndefined();
  });

  test('the bundle that was published last is current, and every one that was stays told of', async () => {
    const { store, other } = opened;
    expect([await store.current(), await store.history()]).toEqual([undefined, []]);
    const [one, two] = [publication(exampleBundle(1)), publication(exampleBundle(2), 'ben')];
    await store.publish({ ...one, reason: 'new prices', without: ['gone'] });
    await other.publish(two);
    await store.publish({ ...one, at: '2026-02-01T09:00:00.000Z' });

    expect(await other.current()).toMatchObject({ hash: one.hash, at: '2026-02-01T09:00:00.000Z' });
    expect(await other.history()).toEqual([
      { ...one, reason: 'new prices', without: ['gone'] },
      two,
      { ...one, at: '2026-02-01T09:00:00.000Z' },
    ]);
  });

  test('of several that publish at once none is lost', async () => {
    const { store, other } = opened;
    const all = [1, 2, 3, 4].map((version) => publication(exampleBundle(version)));
    await Promise.all(all.map((each, index) => (index % 2 === 0 ? store : other).publish(each)));

    const hashes = (list: readonly PublishedBundle[]) => list.map(({ hash }) => hash).sort();
    expect(hashes(await store.history())).toEqual(hashes(all));
    expect(await other.current()).toEqual((await store.history()).at(-1));
  });

  test('whoever follows is told of the current one, and of each that another process makes current', async () => {
    const { store, other } = opened;
    const over = new AbortController();
    const told: string[] = [];
    const [one, two] = [publication(exampleBundle(1)), publication(exampleBundle(2))];
    await other.publish(one);
    await store.watch(({ hash }) => told.push(hash), over.signal);
    expect(told).toEqual([one.hash]);
    await other.publish(two);

    await expect.poll(() => told.at(-1)).toBe(two.hash);
    over.abort();
  });
}
