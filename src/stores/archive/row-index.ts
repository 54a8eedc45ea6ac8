import { createHash } from 'node:crypto';

/** Where the block of rows stands that holds a run: bytes of the file of rows. */
export type Block = { readonly at: number; readonly bytes: number };

/** A run's key, the place of its block, and how long that is: 6, 6 and 4 bytes. */
const entryBytes = 16;
const keyBytes = 6;

/** A short key that spreads runs evenly. Two runs may have one key: whoever reads the block compares the ids. */
function keyOf(run: string): number {
  return createHash('sha256').update(run).digest().readUIntBE(0, keyBytes);
}

/** Collects the places of runs while a segment is written: 16 bytes for each, however long their rows are. */
export function createRowIndex(): {
  readonly add: (run: string, block: Block) => void;
  /** All entries, in the order of their keys. */
  readonly bytes: () => Buffer;
} {
  let entries = Buffer.alloc(1024 * entryBytes);
  let count = 0;

  return {
    add: (run, { at, bytes }) => {
      if (count * entryBytes === entries.length)
        entries = Buffer.concat([entries, Buffer.alloc(entries.length)]);
      const start = count * entryBytes;
      entries.writeUIntBE(keyOf(run), start, keyBytes);
      entries.writeUIntBE(at, start + keyBytes, 6);
      entries.writeUInt32BE(bytes, start + keyBytes + 6);
      count += 1;
    },
    bytes: () => sorted(entries, count),
  };
}

function sorted(entries: Buffer, count: number): Buffer {
  const keys = Float64Array.from({ length: count }, (_, at) => entries.readUIntBE(at * entryBytes, keyBytes));
  const order = Uint32Array.from(keys.keys()).sort((one, other) => (keys[one] ?? 0) - (keys[other] ?? 0));
  const inOrder = Buffer.alloc(count * entryBytes);
  for (const [to, from] of order.entries())
    entries.copy(inOrder, to * entryBytes, from * entryBytes, (from + 1) * entryBytes);

  return inOrder;
}

/** Reads so many bytes of an index at a place. */
export type ReadIndex = (at: number, bytes: number) => Promise<Buffer>;

/** The blocks that may hold the run: none, one, or by a rare chance more. `size` is that of the index in bytes. */
export async function blocksOf(run: string, read: ReadIndex, size: number): Promise<readonly Block[]> {
  const key = keyOf(run);
  const count = Math.floor(size / entryBytes);
  const keyAt = async (at: number) => (await read(at * entryBytes, keyBytes)).readUIntBE(0, keyBytes);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await keyAt(middle)) < key) low = middle + 1;
    else high = middle;
  }
  const blocks: Block[] = [];
  for (let at = low; at < count && (await keyAt(at)) === key; at += 1) {
    const entry = await read(at * entryBytes + keyBytes, entryBytes - keyBytes);
    blocks.push({ at: entry.readUIntBE(0, 6), bytes: entry.readUInt32BE(6) });
  }

  return blocks;
}
