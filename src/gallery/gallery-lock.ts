// `gallery.lock.json` of a project: the galleries that were added, each with its key, and the templates that were
// installed, each with its digest. It is meant to be kept in version control.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isAbsent } from '../files/file-failure.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { GalleryRefused } from '../ports/definitions/gallery.ts';

const lockFile = 'gallery.lock.json';

const Digest = z.string().regex(/^[0-9a-f]{64}$/);
const Name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/);

const GalleryLock = z.strictObject({
  format: z.literal('3ox-gallery-lock/1'),
  galleries: z.array(
    z.strictObject({
      name: Name,
      kind: z.enum(['folder', 'git', 'http']),
      at: z.string(),
      key: z.strictObject({ key: z.string(), publicKey: Digest }),
    }),
  ),
  templates: z.array(
    z.strictObject({
      name: Name,
      gallery: Name,
      version: z.int().min(1),
      sha256: Digest,
      files: z.array(z.strictObject({ path: z.string(), sha256: Digest })),
    }),
  ),
  /** The highest version of each template that was ever installed, with its digest: `<gallery>/<name>`. */
  seen: z.record(z.string(), z.strictObject({ version: z.int().min(1), sha256: Digest })),
});
export type GalleryLock = z.output<typeof GalleryLock>;
export type LockedTemplate = GalleryLock['templates'][number];

const nothing: GalleryLock = { format: '3ox-gallery-lock/1', galleries: [], templates: [], seen: {} };

/** Reads the lock file; one that is not there holds nothing. Rejects with GalleryRefused. */
export async function readLock(projectDir: string): Promise<GalleryLock> {
  let text: string;
  try {
    text = await readFile(join(projectDir, lockFile), 'utf8');
  } catch (error) {
    if (isAbsent(error)) return nothing;
    throw error;
  }
  const checked = GalleryLock.safeParse(jsonOf(text));
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;

  throw new GalleryRefused(
    'gallery.bad-lock',
    `${lockFile} cannot be used: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'invalid'}`,
    { fix: 'take it back from version control' },
  );
}

export async function writeLock(projectDir: string, lock: GalleryLock): Promise<void> {
  const sorted: GalleryLock = {
    ...lock,
    galleries: [...lock.galleries].sort(byName),
    templates: [...lock.templates].sort(byName),
    seen: Object.fromEntries(Object.entries(lock.seen).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  await writeAtomically({ projectDir, path: lockFile, text: `${JSON.stringify(sorted, undefined, 2)}\n` });
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
