import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256Hex } from '../../machines/hash.ts';
import type { BlobStore } from '../../src/ports/runs/blob-store.ts';

export type OpenBlobStore = {
  readonly store: BlobStore;
  /** The same store through a connection of its own, where there are connections. */
  readonly other: BlobStore;
  /** Puts something else in the place of a blob, as only a damaged disk or a stranger would. */
  readonly plant: (digest: string, text: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

const KiB = 1024;

/** What every implementation of the blob store promises. */
export function blobStoreContract(open: () => Promise<OpenBlobStore>): void {
  let it: OpenBlobStore;
  beforeEach(async () => {
    it = await open();
  });
  afterEach(() => it.close());

  test.each([
    ['empty', ''],
    ['small', '{"a":1}'],
    ['just one chunk', 'x'.repeat(128 * KiB)],
    ['one byte more than a chunk', 'x'.repeat(128 * KiB + 1)],
    ['long, with characters of every size', 'aä€😀'.repeat(100 * KiB)],
  ])('gives back what was put, to every reader: %s', async (_, text) => {
    const blob = blobOf(text);
    await it.store.put(blob);

    expect((await it.other.get(blob.digest)) === text).toBe(true);
  });

  test('gives back 20 MiB', async () => {
    const blob = blobOf(`${'0123456789abcdef'.repeat(64)}`.repeat(20 * KiB));
    await it.store.put(blob);

    expect((await it.other.get(blob.digest)) === blob.text).toBe(true);
  });

  test('knows nothing that was not put, whatever it is asked', async () => {
    await it.store.put(blobOf('here'));

    for (const digest of ['', '*', '>', 'f'.repeat(64), sha256Hex('here').toUpperCase()]) {
      expect(await it.store.get(digest)).toBeUndefined();
    }
  });

  test('takes the same blob again', async () => {
    const blob = blobOf('x'.repeat(300 * KiB));
    await it.store.put(blob);
    await it.other.put(blob);

    expect((await it.store.get(blob.digest)) === blob.text).toBe(true);
  });

  test('takes the same blob from many at once, and others beside it', async () => {
    const blob = blobOf('y'.repeat(300 * KiB));
    const others = Array.from({ length: 5 }, (_, index) => blobOf(`${index}`.repeat(200 * KiB)));
    const puts = Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? it.store : it.other).put(blob));
    await Promise.all([...puts, ...others.map((other) => it.store.put(other))]);

    for (const { digest, text } of [blob, ...others])
      expect((await it.other.get(digest)) === text).toBe(true);
  });

  test('refuses a digest that is not that of the text', async () => {
    const digest = sha256Hex('something');

    await expect(it.store.put({ digest, text: 'something else' })).rejects.toMatchObject({
      code: 'blob.damaged',
    });
    expect(await it.store.get(digest)).toBeUndefined();
  });

  test('says that a blob is damaged rather than to give back something else', async () => {
    const digest = sha256Hex('something');
    await it.plant(digest, 'something else');

    await expect(it.store.get(digest)).rejects.toMatchObject({ code: 'blob.damaged' });
  });
}

export function blobOf(text: string): { readonly digest: string; readonly text: string } {
  return { digest: sha256Hex(text), text };
}
