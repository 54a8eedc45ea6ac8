import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { resolveInProject } from '../../files/project-path.ts';
import { TaskError } from '../../ports/work/handler.ts';
import { FileEntry, type FileList, type Manifest } from '../file-list.ts';

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
