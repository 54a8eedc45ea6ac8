import { openAtomically, type PendingFile } from '../../files/write-atomically.ts';
import type { FileEntry, FileList, Manifest } from '../file-list.ts';

const bufferedCharsMax = 64 * 1024;

export type ListCollector = {
  readonly add: (entry: FileEntry) => Promise<void>;
  readonly finish: () => Promise<{ readonly file_list: FileList; readonly manifest: Manifest | null }>;
  /** Drops a manifest that was begun. Does nothing after `finish`. */
  readonly abandon: () => Promise<void>;
};

/** Keeps a short list in memory; from `inlineMax + 1` entries on writes all of them to a manifest of the project. */
export function collectList(options: {
  readonly projectDir: string;
  readonly path: string;
  readonly inlineMax: number;
}): ListCollector {
  const { projectDir, path, inlineMax } = options;
  const inline: FileEntry[] = [];
  let count = 0;
  let buffered = '';
  let file: PendingFile | undefined;

  const flush = async (target: PendingFile) => {
    const text = buffered;
    buffered = '';
    await target.write(text);
  };

  return {
    add: async (entry) => {
      count += 1;
      buffered += `${JSON.stringify(entry)}\n`;
      if (count <= inlineMax) inline.push(entry);
      else file ??= await openAtomically({ projectDir, path });
      if (file !== undefined && buffered.length > bufferedCharsMax) await flush(file);
    },
    finish: async () => {
      if (file === undefined) return { file_list: inline, manifest: null };
      await flush(file);
      const { sha256 } = await file.commit();
      file = undefined;
      const manifest = { manifest: path, sha256, count };

      return { file_list: manifest, manifest };
    },
    abandon: async () => file?.abandon(),
  };
}

type BoundedList<Item> = {
  /** The first so many; a live view. */
  readonly items: readonly Item[];
  readonly add: (item: Item) => void;
  /** How many were added, kept or not. */
  readonly total: () => number;
};

/** Keeps the first `max` items and counts the rest. */
export function boundedList<Item>(max: number): BoundedList<Item> {
  const items: Item[] = [];
  let total = 0;

  return {
    items,
    add: (item) => {
      total += 1;
      if (items.length < max) items.push(item);
    },
    total: () => total,
  };
}
