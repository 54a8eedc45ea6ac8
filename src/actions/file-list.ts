import { z } from 'zod';

/** One file of a scan. `path` is relative to the scanned folder, with `/`. */
export const FileEntry = z.object({
  path: z.string(),
  size: z.number(),
  mtime: z.string(),
  sha256: z.string(),
});
export type FileEntry = z.output<typeof FileEntry>;

/** Where a list that is too long for the journal was written: one FileEntry as JSON on each line. */
export const Manifest = z.object({ manifest: z.string(), sha256: z.string(), count: z.number() });
export type Manifest = z.output<typeof Manifest>;

export const FileList = z.union([z.array(FileEntry), Manifest]);
export type FileList = z.output<typeof FileList>;
