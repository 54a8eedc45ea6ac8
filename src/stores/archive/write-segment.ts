import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import {
  type ArchiveManifest,
  type ArchiveRow,
  archiveFormat,
  createMerkleRoot,
  headKept,
  manifestDigest,
  messagesText,
} from '../../../machines/audit/archive-segment.ts';
import { errorNumber, isAbsent } from '../../files/file-failure.ts';
import { syncFolder, writePrivateFile } from '../../files/private-file.ts';
import type { SigningKeys } from '../../ports/access/signing-keys.ts';
import type { RunArchive } from '../../ports/runs/archive.ts';
import { createRowIndex } from './row-index.ts';

/** The files of a segment. */
export const segmentFiles = {
  manifest: 'segment.json',
  rows: 'rows.gz',
  index: 'rows.index',
  messages: 'messages.gz',
} as const;

const partName = /^\.[0-9a-f-]{36}\.part$/;
/** What is older was left by a process that died. */
const partMsMax = 24 * 3_600_000;
/** Rows are packed together up to this size: one is read without the others of the segment. */
const blockCharacters = 64 * 1024;
const packed = promisify(gzip);

type About = Parameters<RunArchive['put']>[0];
type ArchivedRuns = Parameters<RunArchive['put']>[1];
type Written = Pick<ArchiveManifest, 'runs' | 'messages' | 'bytes' | 'root' | 'files'>;

/**
 * Writes a segment into a folder that nobody takes for one, and gives it its name when all of it would survive a power
 * cut. Resolves with the name; whatever fails, nothing is left behind.
 */
export async function writeSegment(
  folder: string,
  {
    about,
    runs,
    keys,
  }: {
    readonly about: About;
    readonly runs: ArchivedRuns;
    readonly keys: Pick<SigningKeys, 'current' | 'sign'>;
  },
): Promise<string> {
  await makeDurably(folder);
  await removeParts(folder, Date.parse(about.at));
  const part = join(folder, `.${randomUUID()}.part`);
  await mkdir(part, { mode: 0o700 });
  try {
    const written = await writeRuns(part, runs);
    const manifest = await signed({ format: archiveFormat, ...about, ...written }, keys);
    await writePrivateFile(join(part, segmentFiles.manifest), `${JSON.stringify(manifest, undefined, 1)}\n`);
    await syncFolder(part);
    const name = nameOf(manifest);
    await rename(part, join(folder, name)).catch((error: unknown) => ignoreThere(error));
    await syncFolder(folder);

    return name;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** A folder that was just made is there after a power cut, and so are those above it. */
async function makeDurably(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Names sort by time, and no two segments have one, whichever machine writes them. */
function nameOf({ at, generation, root }: ArchiveManifest): string {
  return `${at.replaceAll(/[-:.]/g, '').toLowerCase()}-g${generation}-${root.slice(0, 12)}`;
}

/** The same segment was written before. */
function ignoreThere(error: unknown): void {
  if (!['ENOTEMPTY', 'EEXIST'].includes(errorNumber(error) ?? '')) throw error;
}

async function removeParts(folder: string, nowMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!partName.test(name)) continue;
    const path = join(folder, name);
    const changedMs = (await stat(path).catch(absentLater))?.mtimeMs ?? nowMs;
    if (nowMs - changedMs > partMsMax) await rm(path, { recursive: true, force: true });
  }
}

/** Another process may just remove the same. */
function absentLater(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}

async function signed(
  manifest: Omit<ArchiveManifest, 'signature'>,
  keys: Pick<SigningKeys, 'current' | 'sign'>,
): Promise<ArchiveManifest> {
  const { key } = await keys.current(manifest.at);
  const by = { key, signedAt: manifest.at };
  const value = await keys.sign(key, manifestDigest(manifest, by));

  return { ...manifest, signature: { ...by, algorithm: 'ed25519', value } };
}

/** A file that grows, and survives a power cut once it is closed. */
type Growing = {
  /** Resolves with where the bytes stand. */
  readonly append: (bytes: Buffer) => Promise<{ readonly at: number; readonly bytes: number }>;
  readonly size: () => number;
  /** Resolves with the digest of all that it holds. */
  readonly close: () => Promise<string>;
};

async function writeRuns(part: string, runs: ArchivedRuns): Promise<Written> {
  const all: FileHandle[] = [];
  const grow = async (name: string): Promise<Growing> => {
    const file = await open(join(part, name), 'wx', 0o600);
    all.push(file);
    return growing(file);
  };
  try {
    const messages = await grow(segmentFiles.messages);
    const rows = await grow(segmentFiles.rows);
    const written = await writeRows(runs, { messages, rows });
    const index = await grow(segmentFiles.index);
    await index.append(written.index);
    const files = {
      [segmentFiles.messages]: await messages.close(),
      [segmentFiles.rows]: await rows.close(),
      [segmentFiles.index]: await index.close(),
    };
    const { index: _index, ...counted } = written;

    return { ...counted, files, bytes: messages.size() + rows.size() + index.size() };
  } finally {
    await Promise.allSettled(all.map((file) => file.close()));
  }
}

function growing(file: FileHandle): Growing {
  const hash = createHash('sha256');
  let size = 0;

  return {
    append: async (content) => {
      await file.writeFile(content);
      hash.update(content);
      const at = size;
      size += content.length;

      return { at, bytes: content.length };
    },
    size: () => size,
    close: async () => {
      await file.sync();
      await file.close();

      return hash.digest('hex');
    },
  };
}

async function writeRows(runs: ArchivedRuns, { messages, rows }: Record<'messages' | 'rows', Growing>) {
  const tree = createMerkleRoot();
  const index = createRowIndex();
  const counts = { runs: 0, messages: 0 };
  let block: { readonly run: string; readonly text: string }[] = [];
  let characters = 0;
  const writeBlock = async (): Promise<void> => {
    if (block.length === 0) return;
    const place = await rows.append(await packed(block.map(({ text }) => `${text}\n`).join('')));
    for (const { run } of block) index.add(run, place);
    block = [];
    characters = 0;
  };
  for await (const archived of runs) {
    const row = await writeMessages(archived, messages);
    const text = canonicalJson(row as unknown as Json);
    tree.add(text);
    counts.runs += 1;
    counts.messages += row.messages;
    block.push({ run: row.run, text });
    characters += text.length;
    if (characters >= blockCharacters) await writeBlock();
  }
  await writeBlock();

  return { ...counts, root: tree.root(), index: index.bytes() };
}

type Given = ArchivedRuns extends AsyncIterable<infer Run> ? Run : never;

/** The messages of a run are packed alone, so that they are read without those of others. */
async function writeMessages({ messages, ...run }: Given, file: Growing): Promise<ArchiveRow> {
  const told = run.kept === 'whole' ? messages : [];
  const text = messagesText(told);
  const place = told.length === 0 ? { at: 0, bytes: 0 } : await file.append(await packed(text));
  const digest = createHash('sha256').update(text).digest('hex');
  const { sequence, position, hash, updatedAt, kept, policy } = run;
  const head = headKept(run.head, kept);

  return {
    ...{ run: run.run, sequence, position, hash, head, updatedAt, kept, policy },
    ...{ messages: told.length, digest, at: [place.at, place.bytes] },
  };
}
