import type { Readable } from 'node:stream';

export type Collected = {
  /** Everything so far, or its end when `keep` is `tail`. */
  readonly bytes: () => Buffer;
  /** Whether there was more than is kept. */
  readonly overflowed: () => boolean;
};

/** Keeps the first bytes of a stream and calls back once when there are more. */
export function collectHead(stream: Readable, bytesMax: number, onOverflow: () => void): Collected {
  const chunks: Buffer[] = [];
  let kept = 0;
  let overflowed = false;
  stream.on('data', (chunk: Buffer) => {
    if (overflowed) return;
    const room = bytesMax - kept;
    chunks.push(chunk.subarray(0, room));
    kept += Math.min(chunk.length, room);
    if (chunk.length <= room) return;
    overflowed = true;
    onOverflow();
  });

  return { bytes: () => Buffer.concat(chunks), overflowed: () => overflowed };
}

/** Keeps the last bytes of a stream, however much there is. */
export function collectTail(stream: Readable, bytesMax: number): Collected {
  let tail = Buffer.alloc(0);
  let overflowed = false;
  stream.on('data', (chunk: Buffer) => {
    const joined = Buffer.concat([tail, chunk.subarray(-bytesMax)]);
    overflowed ||= tail.length + chunk.length > bytesMax;
    // A copy, because a view would keep the whole chunk alive.
    tail = Buffer.from(joined.subarray(-bytesMax));
  });

  return { bytes: () => tail, overflowed: () => overflowed };
}
