import { outOfFilesText } from '../lib/text.ts';
import { PathRefused } from './path-segments.ts';

export type FileFailureCode =
  | 'file.not-found'
  | 'file.disk-full'
  | 'file.not-writable'
  | 'file.not-a-file'
  | 'file.unknown-format'
  | 'file.too-many-open'
  | 'file.failed';

/** The file system did not do what was asked. `retryable` says whether the same call may work later. */
export class FileFailure extends Error {
  override readonly name = 'FileFailure';
  readonly code: FileFailureCode;
  readonly retryable: boolean;

  constructor(
    code: FileFailureCode,
    message: string,
    options: { readonly retryable: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
  }
}

/** Says what a system error means for the file. PathRefused and FileFailure pass through. */
export function fileFailure(error: unknown, path: string): PathRefused | FileFailure {
  if (error instanceof PathRefused || error instanceof FileFailure) return error;

  const errno = errorNumber(error);
  const known = errno === undefined ? undefined : meanings[errno];
  if (known === undefined) {
    return new FileFailure('file.failed', `${path}: ${String(error)}`, { retryable: true, cause: error });
  }

  return new FileFailure(known.code, `${path}: ${known.text} (${errno})`, {
    retryable: known.retryable,
    cause: error,
  });
}

/** The system's name of an error, such as `ENOENT`; undefined for any other error. */
export function errorNumber(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether an error says that there is nothing at the path. */
export function isAbsent(error: unknown): boolean {
  const errno = errorNumber(error);

  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

type Meaning = { readonly code: FileFailureCode; readonly text: string; readonly retryable: boolean };

const diskFull: Meaning = {
  code: 'file.disk-full',
  text: 'no space is left; nothing was changed, free some and try again',
  retryable: true,
};
const notWritable: Meaning = {
  code: 'file.not-writable',
  text: 'permission is missing; nothing was changed',
  retryable: true,
};
const notAFile: Meaning = {
  code: 'file.not-a-file',
  text: 'a folder is where a file is expected',
  retryable: false,
};

const tooManyOpen: Meaning = { code: 'file.too-many-open', text: outOfFilesText, retryable: true };

const meanings: Readonly<Record<string, Meaning>> = {
  ENOSPC: diskFull,
  EDQUOT: diskFull,
  EFBIG: diskFull,
  EACCES: notWritable,
  EPERM: notWritable,
  EROFS: notWritable,
  EMFILE: tooManyOpen,
  ENFILE: tooManyOpen,
  EISDIR: notAFile,
  ENOTDIR: { code: 'file.not-a-file', text: 'a file is where a folder is expected', retryable: false },
  ELOOP: { code: 'file.not-a-file', text: 'a link is where a file is expected', retryable: false },
  ENOENT: { code: 'file.not-found', text: 'there is no such file', retryable: false },
};
