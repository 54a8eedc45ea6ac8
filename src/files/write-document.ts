import { extname } from 'node:path';
import { dump } from 'js-yaml';
import { FileFailure } from './file-failure.ts';
import { type WrittenFile, writeAtomically } from './write-atomically.ts';

/** Writes a JSON value as YAML (`.yaml`, `.yml`) or JSON (`.json`), whole or not at all, inside the project. */
export async function writeDocument(document: {
  readonly projectDir: string;
  readonly path: string;
  readonly value: unknown;
}): Promise<WrittenFile> {
  const { projectDir, path, value } = document;

  return writeAtomically({ projectDir, path, text: documentText(path, value) });
}

function documentText(path: string, value: unknown): string {
  switch (extname(path).toLowerCase()) {
    case '.yaml':
    case '.yml':
      return dump(value, { noRefs: true, lineWidth: 120 });
    case '.json':
      return `${JSON.stringify(value, null, 2)}\n`;
    default:
      throw new FileFailure('file.unknown-format', `${path}: a document is written as .yaml, .yml or .json`, {
        retryable: false,
      });
  }
}
