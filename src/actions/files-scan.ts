import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import { digestFile } from '../files/digest-file.ts';
import { errorNumber } from '../files/file-failure.ts';
import { mapInOrder } from '../lib/limit.ts';
import type { Attempt } from '../ports/work/handler.ts';
import { defineAction } from './action.ts';
import type { FileEntry } from './file-list.ts';
import { folderError, realFolder } from './real-folder.ts';
import { boundedList, collectList, type ListCollector } from './scan/collect-list.ts';
import { describeLink, type LinkEntry } from './scan/describe-link.ts';
import { type ScanProgress, scanProgress } from './scan/scan-progress.ts';
import { type FoundEntry, walkFolder } from './scan/walk-folder.ts';

const Input = z.strictObject({
  folder: z.string().min(1),
  inline_max: z.int().min(0).max(10_000).default(200),
});

const concurrency = 8;
/** Links, special files and unreadable files are counted without end, but so many of each are named. */
const namedMax = 200;

/** `files.scan`: what is in a folder and below it, with size, time and SHA-256 of every file. */
export const filesScan = defineAction(
  'files.scan',
  {
    input: Input,
    outputs: {
      folder: 'text',
      scan_timestamp: 'text',
      total_files: 'number',
      total_bytes: 'number',
      file_list: 'any',
      manifest: 'any',
      links: 'list',
      links_total: 'number',
      unreadable: 'list',
      unreadable_total: 'number',
      special: 'list',
      special_total: 'number',
    },
    errors: ['files.folder-not-found', 'files.folder-unreadable'],
  },
  async (attempt, { folder, inline_max }) => {
    const root = await realFolder(attempt.projectDir, folder);
    const list = collectList({
      projectDir: attempt.projectDir,
      path: `.3ox/runs/${attempt.run}/${fileNameOf(attempt.task)}.manifest.jsonl`,
      inlineMax: inline_max,
    });
    try {
      const scan_timestamp = new Date().toISOString();
      return { folder, scan_timestamp, ...(await scan({ root, attempt, list })) };
    } catch (error) {
      await list.abandon();
      // What is unreadable below the folder is part of the result; only the folder itself fails the scan.
      throw folderError(error, folder);
    }
  },
);

type Looked =
  | { readonly kind: 'file'; readonly entry: FileEntry }
  | { readonly kind: 'link'; readonly entry: LinkEntry }
  | { readonly kind: 'special'; readonly entry: { readonly path: string; readonly kind: string } }
  | { readonly kind: 'unreadable'; readonly entry: { readonly path: string; readonly reason: string } };

async function scan(options: {
  readonly root: string;
  readonly attempt: Attempt;
  readonly list: ListCollector;
}): Promise<Record<string, Json>> {
  const { root, attempt, list } = options;
  const { signal, projectDir } = attempt;
  const named = {
    unreadable: boundedList<Json>(namedMax),
    link: boundedList<Json>(namedMax),
    special: boundedList<Json>(namedMax),
  };
  const progress = scanProgress(attempt.heartbeat);
  let total_files = 0;
  let total_bytes = 0;

  const found = walkFolder(root, { excluded: join(await realpath(projectDir), '.3ox'), signal });
  for await (const looked of mapInOrder(found, concurrency, (one) => look({ root, one, signal, progress }))) {
    if (looked.kind !== 'file') {
      named[looked.kind].add(looked.entry);
      continue;
    }
    total_files += 1;
    total_bytes += looked.entry.size;
    progress.onFile();
    await list.add(looked.entry);
  }

  return {
    total_files,
    total_bytes,
    ...(await list.finish()),
    unreadable: named.unreadable.items,
    unreadable_total: named.unreadable.total(),
    links: named.link.items,
    links_total: named.link.total(),
    special: named.special.items,
    special_total: named.special.total(),
  };
}

async function look(options: {
  readonly root: string;
  readonly one: FoundEntry;
  readonly signal: AbortSignal;
  readonly progress: ScanProgress;
}): Promise<Looked> {
  const { root, one, signal, progress } = options;
  const { path, kind } = one;
  try {
    if (one.error !== undefined) throw one.error;
    if (kind === 'link') return { kind, entry: await describeLink(root, path) };
    if (kind !== 'file') return { kind: 'special', entry: { path, kind } };
    const digest = await digestFile(join(root, path), { signal, onBytes: progress.onBytes });

    return { kind, entry: { path, ...digest } };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'unreadable', entry: { path, reason: errorNumber(error) ?? String(error) } };
  }
}

/** The address of a task in the second attempt at a FORK holds a colon, which no portable file name may hold. */
function fileNameOf(address: string): string {
  return address.replaceAll(':', '~');
}
