import { createReadStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import { errorNumber } from '../files/file-failure.ts';
import { openAtomically } from '../files/write-atomically.ts';
import { type Attempt, TaskError } from '../ports/work/handler.ts';
import { defineAction } from './action.ts';
import { FileGlob, matchAnywhere } from './policy/file-glob.ts';
import { folderError, realFolder } from './real-folder.ts';
import { walkFolder } from './scan/walk-folder.ts';

const Input = z.strictObject({
  from: z.string().min(1),
  to: z.string().min(1),
  files: z.array(FileGlob).min(1).max(100).default(['**']),
});

const filesMax = 10_000;
/** So many of the copied files are named in the result; all are counted. */
const namedMax = 200;

/**
 * `files.copy`: the plain files of a folder, and below it, that fit one of the globs, into a folder of the project.
 * What is there under the same name is replaced; nothing is removed.
 */
export const filesCopy = defineAction(
  'files.copy',
  {
    input: Input,
    outputs: { from: 'text', to: 'text', total_files: 'number', total_bytes: 'number', files: 'list' },
    errors: ['files.folder-not-found', 'files.folder-unreadable', 'files.unreadable', 'files.too-many'],
  },
  async (attempt, { from, to, files }) => {
    const root = await realFolder(attempt.projectDir, from);
    // All names are known before the first copy is made: the folder that is written to may be inside the one read.
    const paths = await fittingFiles({ root, from, files, attempt });
    const copied: Json[] = [];
    let total_bytes = 0;
    for (const path of paths) {
      const written = await copyFile(attempt, { source: join(root, path), path, target: `${to}/${path}` });
      total_bytes += written.bytes;
      if (copied.length < namedMax) copied.push({ path: written.path, sha256: written.sha256 });
    }

    return { from, to, total_files: paths.length, total_bytes, files: copied };
  },
);

async function fittingFiles(options: {
  readonly root: string;
  readonly from: string;
  readonly files: readonly string[];
  readonly attempt: Attempt;
}): Promise<readonly string[]> {
  const { root, from, files, attempt } = options;
  const globs = files.map(matchAnywhere);
  const excluded = join(await realpath(attempt.projectDir), '.3ox');
  const paths: string[] = [];
  try {
    for await (const { path, kind } of walkFolder(root, { excluded, signal: attempt.signal })) {
      if (kind === 'file' && globs.some((fits) => fits(path))) paths.push(path);
      if (paths.length > filesMax) throw tooMany(from);
    }
  } catch (error) {
    throw folderError(error, from);
  }

  return paths;
}

async function copyFile(
  { projectDir, signal }: Attempt,
  { source, path, target }: { readonly source: string; readonly path: string; readonly target: string },
) {
  const file = await openAtomically({ projectDir, path: target });
  try {
    for await (const chunk of createReadStream(source, { signal })) await file.write(chunk);
  } catch (error) {
    await file.abandon();
    signal.throwIfAborted();
    throw unreadable(error, path);
  }

  return file.commit();
}

/** An error of the file that is written says so itself. */
function unreadable(error: unknown, path: string): unknown {
  const errno = errorNumber(error);
  if (errno === undefined || !(error instanceof Error && 'syscall' in error)) return error;

  return new TaskError('files.unreadable', `${path} cannot be read (${errno}); nothing more was copied`, {
    retryable: true,
    cause: error,
  });
}

function tooMany(from: string): TaskError {
  const message = `${from} holds more than ${filesMax} files that fit; copy its folders one by one`;

  return new TaskError('files.too-many', message);
}
