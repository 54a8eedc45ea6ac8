import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { RE2JS } from 're2js';
import { resolveInProject } from '../../files/project-path.ts';
import { TaskError } from '../../ports/work/handler.ts';
import { FileEntry, type FileList, type Manifest } from '../file-list.ts';
import { isPlainPath, matchAnywhere, matchPath } from '../policy/file-glob.ts';
import type { NamingRule, PolicyRules } from '../policy/policy-rules.ts';

export type Violation = {
  readonly rule: 'required' | 'forbidden' | 'max_file_bytes' | 'max_total_bytes' | 'naming';
  readonly path?: string;
  readonly message: string;
};

export type FileCheck = {
  /** What is wrong with one file. */
  readonly file: (entry: FileEntry) => readonly Violation[];
  /** What is wrong with all of them together; to be asked after the last file. */
  readonly rest: () => readonly Violation[];
  readonly missing: () => readonly string[];
};

/** Checks files against the rules one by one, keeping only what the rules need to know of those before. */
export function checkFiles(rules: PolicyRules): FileCheck {
  const required = requiredFiles(rules.required_files);
  const perFile = [
    ...rules.forbidden.map(forbidden),
    ...rules.naming.map(naming),
    ...(rules.max_file_bytes === undefined ? [] : [maxFileBytes(rules.max_file_bytes)]),
  ];
  let totalBytes = 0;

  return {
    file: (entry) => {
      required.see(entry.path);
      totalBytes += entry.size;

      return perFile.flatMap((check) => check(entry) ?? []);
    },
    rest: () => [
      ...required
        .missing()
        .map((path): Violation => ({ rule: 'required', path, message: `${path} missing` })),
      ...maxTotalBytes(rules.max_total_bytes, totalBytes),
    ],
    missing: required.missing,
  };
}

/** Plain paths are looked up, so that many required files do not mean many matches for each file. */
function requiredFiles(globs: readonly string[]) {
  const open = new Set(globs);
  const patterns = globs
    .filter((glob) => !isPlainPath(glob))
    .map((glob) => ({ glob, matches: matchPath(glob) }));

  return {
    see: (path: string) => {
      open.delete(path);
      for (const { glob, matches } of patterns) if (open.has(glob) && matches(path)) open.delete(glob);
    },
    missing: () => [...open],
  };
}

type Check = (entry: FileEntry) => Violation | undefined;

function forbidden(glob: string): Check {
  const matches = matchAnywhere(glob);

  return ({ path }) =>
    matches(path) ? { rule: 'forbidden', path, message: `${path} is forbidden by ${glob}` } : undefined;
}

function naming({ pattern, applies_to, message }: NamingRule): Check {
  const applies = matchAnywhere(applies_to);
  const name = RE2JS.compile(pattern);

  return ({ path }) => {
    if (!applies(path) || name.matches(path.slice(path.lastIndexOf('/') + 1))) return undefined;

    return { rule: 'naming', path, message: `${path}: ${message ?? `the name does not match ${pattern}`}` };
  };
}

function maxFileBytes(bytesMax: number): Check {
  return ({ path, size }) =>
    size > bytesMax
      ? { rule: 'max_file_bytes', path, message: `${path} has ${size} bytes, more than ${bytesMax}` }
      : undefined;
}

function maxTotalBytes(bytesMax: number | undefined, bytes: number): readonly Violation[] {
  if (bytesMax === undefined || bytes <= bytesMax) return [];

  return [{ rule: 'max_total_bytes', message: `all files have ${bytes} bytes, more than ${bytesMax}` }];
}

/** The files of a scan, one after another. A manifest that is not what the scan wrote is refused at its end. */
export async function* readFileList(
  list: FileList,
  options: { readonly projectDir: string; readonly signal: AbortSignal },
): AsyncGenerator<FileEntry> {
  if (!('manifest' in list)) {
    yield* list;
    return;
  }

  const hash = createHash('sha256');
  const stream = createReadStream(await resolveInProject(options.projectDir, list.manifest), {
    signal: options.signal,
  });
  stream.on('data', (chunk) => hash.update(chunk));
  let count = 0;
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      count += 1;
      yield parseLine(line, list);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw error instanceof TaskError ? error : changed(list, String(error), error);
  }
  if (count !== list.count || hash.digest('hex') !== list.sha256) {
    throw changed(list, `it has ${count} files and another digest than the scan gave it`);
  }
}

function parseLine(line: string, list: Manifest): FileEntry {
  try {
    return FileEntry.parse(JSON.parse(line));
  } catch (error) {
    throw changed(list, 'a line in it is no file entry', error);
  }
}

function changed({ manifest, count }: Manifest, reason: string, cause?: unknown): TaskError {
  return new TaskError(
    'compliance.manifest-changed',
    `manifest ${manifest} of ${count} files is not what the scan wrote: ${reason}; scan the folder again`,
    { cause },
  );
}
