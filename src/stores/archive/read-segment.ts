import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { ArchiveManifest, ArchiveRow, messageOfLine } from '../../../machines/audit/archive-segment.ts';
import { digestFile } from '../../files/digest-file.ts';
import { errorNumber } from '../../files/file-failure.ts';
import { messageOf } from '../../lib/text.ts';
import { ArchiveBroken, type ArchivedMessage, ArchiveUnavailable } from '../../ports/runs/archive.ts';
import { blocksOf } from './row-index.ts';
import { segmentFiles } from './write-segment.ts';

/** One segment, of which nothing is read before it is asked for. */
export type StoredSegment = {
  readonly name: string;
  readonly manifest: ArchiveManifest;
  readonly find: (run: string) => Promise<ArchiveRow | undefined>;
  /** All rows, in the order in which they were written, each with its text. */
  readonly rows: () => AsyncGenerator<{ readonly row: ArchiveRow; readonly text: string }>;
  /** Those of its files that are not what was written. */
  readonly changedFiles: () => Promise<readonly string[]>;
  readonly messages: (row: ArchiveRow) => AsyncGenerator<ArchivedMessage>;
};

/** Keeps indexes in memory while there is room: most segments are small, and every start asks all of them. */
export type IndexRoom = { left: number };

/** Larger indexes are searched in their file. */
const indexBytesMax = 4 * 1024 * 1024;

export async function openSegment(folder: string, name: string, room: IndexRoom): Promise<StoredSegment> {
  const path = join(folder, name);
  const manifest = await readManifest(path, name);
  const find = indexOf(path, name, room);
  const rowsIn = (range: Range) => rowsOf(linesOf(join(path, segmentFiles.rows), range), name);

  return {
    name,
    manifest,
    find: async (run) => {
      for (const block of await find(run))
        for await (const { row } of rowsIn(block)) if (row.run === run) return row;

      return undefined;
    },
    rows: () => rowsIn({ at: 0 }),
    changedFiles: () => changedFiles(path, name, manifest),
    messages: (row) => messagesOf(path, name, row),
  };
}

async function readManifest(path: string, name: string): Promise<ArchiveManifest> {
  const text = await readFile(join(path, segmentFiles.manifest), 'utf8').catch((error: unknown) => {
    throw segmentError(name, error);
  });
  try {
    return ArchiveManifest.parse(JSON.parse(text));
  } catch (error) {
    throw new ArchiveBroken(`segment ${name}: ${segmentFiles.manifest} is not what was written`, {
      cause: error,
    });
  }
}

async function changedFiles(
  path: string,
  name: string,
  { files }: ArchiveManifest,
): Promise<readonly string[]> {
  const options = { signal: new AbortController().signal, onBytes: () => undefined };
  const changed: string[] = [];
  for (const file of [segmentFiles.messages, segmentFiles.rows, segmentFiles.index]) {
    const { sha256 } = await digestFile(join(path, file), options).catch((error: unknown) => {
      throw segmentError(name, error);
    });
    if (sha256 !== files[file]) changed.push(file);
  }

  return changed;
}

function indexOf(path: string, name: string, room: IndexRoom) {
  const file = join(path, segmentFiles.index);
  let kept: Buffer | undefined;

  const inMemory = (bytes: Buffer) => async (run: string) =>
    blocksOf(run, async (at, length) => bytes.subarray(at, at + length), bytes.length);
  const inFile = async (handle: FileHandle, run: string) => {
    const { size } = await handle.stat();
    if (size > indexBytesMax || size > room.left)
      return blocksOf(run, (...asked) => readAt(handle, ...asked), size);
    kept = await readAt(handle, 0, size);
    room.left -= size;
    return inMemory(kept)(run);
  };

  return async (run: string) => {
    if (kept !== undefined) return inMemory(kept)(run);
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'r');
      return await inFile(handle, run);
    } catch (error) {
      throw segmentError(name, error);
    } finally {
      await handle?.close();
    }
  };
}

async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead < length) throw new RangeError(`${segmentFiles.index} ends at byte ${at + bytesRead}`);

  return buffer;
}

type Range = { readonly at: number; readonly bytes?: number };

/** The lines of a part of a packed file. */
async function* linesOf(path: string, { at, bytes }: Range): AsyncGenerator<string> {
  const end = bytes === undefined ? {} : { end: at + bytes - 1 };
  const file = createReadStream(path, { start: at, ...end });
  const unpacked = createGunzip();
  file.on('error', (error) => unpacked.destroy(error));
  let rest = '';
  try {
    for await (const chunk of file.pipe(unpacked).setEncoding('utf8')) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    file.destroy();
    unpacked.destroy();
  }
  if (rest !== '') throw new RangeError('the last line is torn');
}

async function* rowsOf(lines: AsyncIterable<string>, name: string): ReturnType<StoredSegment['rows']> {
  try {
    for await (const text of lines) yield { row: ArchiveRow.parse(JSON.parse(text)), text };
  } catch (error) {
    throw segmentError(name, error);
  }
}

async function* messagesOf(path: string, name: string, row: ArchiveRow): AsyncGenerator<ArchivedMessage> {
  const [at, bytes] = row.at;
  if (bytes === 0) return;
  const hash = createHash('sha256');
  try {
    for await (const line of linesOf(join(path, segmentFiles.messages), { at, bytes })) {
      hash.update(`${line}\n`);
      yield messageOfLine(line);
    }
  } catch (error) {
    throw segmentError(name, error, row.run);
  }
  if (hash.digest('hex') !== row.digest)
    throw new ArchiveBroken(
      `segment ${name}: the messages of run ${row.run} are not those that were written`,
    );
}

/** The disk, the mount, or the rights: what may be well again without anything being restored. */
const passing = [
  'EACCES',
  'EPERM',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOTCONN',
  'ESTALE',
  'EHOSTDOWN',
  'ETIMEDOUT',
];

/** What a failure to read says of a segment. */
function segmentError(name: string, error: unknown, run?: string): ArchiveUnavailable | ArchiveBroken {
  if (error instanceof ArchiveUnavailable || error instanceof ArchiveBroken) return error;
  const what = `segment ${name}${run === undefined ? '' : `, run ${run}`}: ${messageOf(error)}`;
  if (passing.includes(errorNumber(error) ?? '')) return new ArchiveUnavailable(what, { cause: error });

  return new ArchiveBroken(what, { cause: error });
}
