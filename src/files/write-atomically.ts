import { createHash, randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnchoredFolder, openAnchored } from './anchored-folder.ts';
import { FileFailure, fileFailure, isAbsent } from './file-failure.ts';
import { PathRefused, pathSegments } from './path-segments.ts';
import { ownMode } from './private-file.ts';

/** A file of the project that was written whole. */
export type WrittenFile = {
  /** Relative to the project folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
};

/** A file that nobody sees until `commit`. After `commit` or `abandon` it must not be used. */
export type PendingFile = {
  readonly write: (content: string | Uint8Array) => Promise<void>;
  readonly commit: () => Promise<WrittenFile>;
  readonly abandon: () => Promise<void>;
};

type Place = {
  readonly projectDir: string;
  readonly path: string;
  /** Nobody but the owner may read it, and the group that the folder was shared with on purpose. */
  readonly isPrivate?: boolean;
};

/** Writes a file of the project: a reader sees the old content or the new, never a part, also after a power loss. */
export async function writeAtomically({ text, ...place }: Place & { text: string }): Promise<WrittenFile> {
  const file = await openAtomically(place);
  try {
    await file.write(text);
  } catch (error) {
    await file.abandon();
    throw error;
  }

  return file.commit();
}

/** Like `writeAtomically`, for content that comes piece by piece. Rejects with PathRefused or FileFailure. */
export async function openAtomically({ projectDir, path, isPrivate = false }: Place): Promise<PendingFile> {
  const segments = pathSegments(path);
  const fileName = segments.at(-1);
  if (fileName === undefined || path.endsWith('/')) {
    throw new PathRefused('path.empty', path, 'it names no file');
  }
  try {
    const folder = await openAnchored(projectDir, segments.slice(0, -1), path);
    return await openIn(folder, { fileName, path: segments.join('/'), isPrivate });
  } catch (error) {
    throw fileFailure(error, path);
  }
}

async function openIn(
  folder: AnchoredFolder,
  {
    fileName,
    path,
    isPrivate,
  }: { readonly fileName: string; readonly path: string; readonly isPrivate: boolean },
): Promise<PendingFile> {
  const target = join(folder.at, fileName);
  const temporary = join(folder.at, `.3ox-${randomUUID()}.part`);
  try {
    await refuseUnlessFile(target, path);
    const handle = await open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      isPrivate ? await ownMode(target) : 0o644,
    );
    return pendingFile({ folder, handle, target, temporary, path });
  } catch (error) {
    await folder.close();
    throw error;
  }
}

/** What is replaced must be a plain file: never a folder, a link, a device, or a pipe that would block a reader. */
async function refuseUnlessFile(target: string, path: string): Promise<void> {
  let stats: Stats;
  try {
    stats = await lstat(target);
  } catch (error) {
    if (isAbsent(error)) return;
    throw error;
  }
  if (!stats.isFile()) {
    throw new FileFailure('file.not-a-file', `${path}: what is there is no plain file and is not replaced`, {
      retryable: false,
    });
  }
}

type Opened = {
  readonly folder: AnchoredFolder;
  readonly handle: FileHandle;
  readonly target: string;
  readonly temporary: string;
  readonly path: string;
};

function pendingFile({ folder, handle, target, temporary, path }: Opened): PendingFile {
  const hash = createHash('sha256');
  let bytes = 0;

  const abandon = async () => {
    await handle.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    await folder.close().catch(() => undefined);
  };

  return {
    write: async (content) => {
      const data = typeof content === 'string' ? Buffer.from(content) : content;
      try {
        // `write` may take a part only (a disk that fills up does that), `writeFile` goes on until all is written.
        await handle.writeFile(data);
      } catch (error) {
        throw fileFailure(error, path);
      }
      hash.update(data);
      bytes += data.length;
    },
    commit: async () => {
      try {
        await handle.sync();
        await handle.close();
        await refuseUnlessFile(target, path);
        await rename(temporary, target);
        await folder.sync();
        await folder.close();
      } catch (error) {
        await abandon();
        throw fileFailure(error, path);
      }

      return { path, bytes, sha256: hash.digest('hex') };
    },
    abandon,
  };
}
