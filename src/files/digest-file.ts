import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** What a file held when it was read. `size` counts the bytes that the digest covers. */
export type FileDigest = { readonly size: number; readonly mtime: string; readonly sha256: string };

const chunkBytesMax = 256 * 1024;

/** Reads a file once, a chunk at a time. Rejects when it is no plain file any more, or cannot be read. */
export async function digestFile(
  path: string,
  options: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<FileDigest> {
  // O_NOFOLLOW and O_NONBLOCK: a link or a pipe put in the file's place since it was listed is neither read nor
  // waited for.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await digest(handle, options);
  } finally {
    await handle.close();
  }
}

async function digest(
  handle: FileHandle,
  options: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<FileDigest> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new Error('it is no plain file');

  // One byte more than the size, so that a small file and its end are found in a single read.
  const chunk = Buffer.allocUnsafe(Math.min(stats.size + 1, chunkBytesMax));
  const hash = createHash('sha256');
  let size = 0;
  for (;;) {
    options.signal.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
    hash.update(chunk.subarray(0, bytesRead));
    size += bytesRead;
    options.onBytes(bytesRead);
    if (bytesRead === 0 || (bytesRead < chunk.length && size >= stats.size)) break;
  }

  return { size, mtime: stats.mtime.toISOString(), sha256: hash.digest('hex') };
}
