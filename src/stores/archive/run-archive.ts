import { readdir, stat } from 'node:fs/promises';
import { type ArchiveRow, checkSegment } from '../../../machines/audit/archive-segment.ts';
import type { IsSigned, PublicKey } from '../../../machines/audit/public-key.ts';
import { parseStored } from '../../../machines/run/record/stored-record.ts';
import { isAbsent } from '../../files/file-failure.ts';
import { onceForLater } from '../../lib/once.ts';
import { messageOf } from '../../lib/text.ts';
import type { SigningKeys } from '../../ports/access/signing-keys.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  ArchiveBroken,
  type ArchivedMessage,
  type ArchivedRun,
  type ArchiveFinding,
  type ArchiveSegment,
  ArchiveUnavailable,
  type RunArchive,
} from '../../ports/runs/archive.ts';
import { openSegment, type StoredSegment } from './read-segment.ts';
import { writeSegment } from './write-segment.ts';

export type RunArchiveOptions = {
  /** Made when the first segment is written. Several machines may share it. */
  readonly folder: string;
  /** A folder that was there before and has to be, such as one that is mounted: without it nothing is read. */
  readonly base?: string | undefined;
  readonly keys: Pick<SigningKeys, 'current' | 'sign'>;
  readonly isSigned: IsSigned;
  /** Whether runs have left the journal; absent: nobody knows. */
  readonly isExpected?: (() => Promise<boolean>) | undefined;
  readonly clock: Pick<Clock, 'now'>;
};

const segmentName = /^\d{8}t\d{9}z-g\d+-[0-9a-f]{12}$/;
/** So much of all indexes together is kept in memory. */
const indexBytesMax = 64 * 1024 * 1024;

/** Archived runs in segments, each a folder of files that are never changed; docs/archive.md says what is in them. */
export function createRunArchive(options: RunArchiveOptions): RunArchive {
  const { folder, keys, isSigned } = options;
  const segments = createSegments(options);

  async function find(run: string) {
    for (const segment of await segments.list()) {
      const row = await segment.find(run);
      if (row !== undefined) return { segment, row };
    }

    return undefined;
  }

  return {
    put: async (about, runs) => {
      const name = await inFolder(options, () => writeSegment(folder, { about, runs, keys }));
      return aboutSegment(await segments.open(name));
    },
    find: async (run) => {
      const found = await find(run);
      return found && archivedRun(found.row);
    },
    read: async function* (run) {
      const found = await find(run);
      if (found === undefined) return;
      for await (const message of found.segment.messages(found.row)) yield parseStored({ run, ...message });
    },
    all: async function* () {
      for (const segment of await segments.list())
        for await (const { row } of segment.rows()) yield archivedRun(row);
    },
    names: segments.names,
    segments: async (names) => {
      const read = names === undefined ? segments.list() : Promise.all(names.map(segments.open));
      return (await read).map(aboutSegment);
    },
    verify: async function* (name, publicKeys) {
      const told = verifySegment(() => segments.open(name), publicKeys, isSigned);
      for await (const problem of told) yield { segment: name, ...problem };
    },
  };
}

async function* verifySegment(
  open: () => Promise<StoredSegment>,
  keys: readonly PublicKey[],
  isSigned: IsSigned,
): AsyncGenerator<Omit<ArchiveFinding, 'segment'>> {
  try {
    const segment = await open();
    const check = checkSegment(segment.manifest, keys, isSigned);
    for (const file of await segment.changedFiles())
      yield { code: 'archive.file', message: `${file} is not the file that was written` };
    for await (const { row, text } of segment.rows()) {
      yield* check.row(text, row, await messagesOf(segment, row));
    }
    yield* check.end();
  } catch (error) {
    if (!(error instanceof ArchiveBroken)) throw error;
    yield { code: error.code, message: error.message };
  }
}

/** What cannot be read of one run says nothing of the others: its row is told not to be what was written. */
async function messagesOf(segment: StoredSegment, row: ArchiveRow): Promise<readonly ArchivedMessage[]> {
  const messages: ArchivedMessage[] = [];
  try {
    for await (const message of segment.messages(row)) messages.push(message);
  } catch (error) {
    if (!(error instanceof ArchiveBroken)) throw error;
    return [];
  }

  return messages;
}

/** A folder that changed so shortly before it was listed may have changed again within one tick of its clock. */
const racyMs = 2_000;
/** That nothing has left the journal counts for so long. */
const expectedMsMax = 60_000;

/** The segments there are, the latest first: each is opened once, and the folder is listed when it has changed. */
function createSegments({ folder, base, clock, isExpected }: RunArchiveOptions) {
  let expectedMs: number | undefined;
  const room = { left: indexBytesMax };
  const opened = new Map<string, Promise<StoredSegment>>();
  let listed: { readonly changedMs: number; readonly names: readonly string[] } | undefined;

  function open(name: string): Promise<StoredSegment> {
    const segment = opened.get(name) ?? openSegment(folder, name, room);
    opened.set(name, segment);
    segment.catch(() => opened.delete(name));

    return segment;
  }

  async function namesNow(): Promise<readonly string[]> {
    const changedMs = await changeOf(folder);
    if (changedMs === undefined) {
      if (base !== undefined) await stat(base);
      await refuseMissing();
      return [];
    }
    if (listed?.changedMs === changedMs) return listed.names;
    const found = (await readdir(folder))
      .filter((name) => segmentName.test(name))
      .sort()
      .reverse();
    listed = clock.now() - changedMs > racyMs ? { changedMs, names: found } : undefined;

    return found;
  }

  /** The folder of a journal that runs have left was made when the first of them did. */
  async function refuseMissing(): Promise<void> {
    if (expectedMs !== undefined && clock.now() - expectedMs < expectedMsMax) return;
    if ((await isExpected?.()) !== true) {
      expectedMs = clock.now();
      return;
    }
    throw new ArchiveUnavailable(
      `runs have left the journal, and their archive ${folder} is not there: is it another folder, or not mounted? ` +
        'Make that folder if what was archived is to be forgotten',
    );
  }

  // Whoever starts many runs asks for each of them.
  const names = onceForLater(() => inFolder({ folder }, namesNow));

  return {
    names,
    open: async (name: string): Promise<StoredSegment> => {
      if (!segmentName.test(name)) throw new ArchiveBroken(`there is no segment ${name.slice(0, 80)}`);
      return open(name);
    },
    list: async (): Promise<readonly StoredSegment[]> =>
      Promise.all((await names()).map((name) => open(name))),
  };
}

async function changeOf(folder: string): Promise<number | undefined> {
  try {
    return (await stat(folder)).mtimeMs;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function inFolder<Answer>(
  { folder, base }: Pick<RunArchiveOptions, 'folder' | 'base'>,
  act: () => Promise<Answer>,
): Promise<Answer> {
  try {
    // It would be made anew where nobody looks, beneath what is not mounted.
    if (base !== undefined) await stat(base);
    return await act();
  } catch (error) {
    if (error instanceof ArchiveBroken || error instanceof ArchiveUnavailable) throw error;
    throw new ArchiveUnavailable(`the archive ${folder}: ${messageOf(error)}`, { cause: error });
  }
}

function archivedRun({ messages: _messages, digest: _digest, at: _at, ...run }: ArchiveRow): ArchivedRun {
  return run;
}

function aboutSegment({ name, manifest }: StoredSegment): ArchiveSegment {
  const { format: _format, files: _files, signature, ...about } = manifest;

  return { name, ...about, key: signature.key };
}
