import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf } from '../../lib/text.ts';
import { CliFailure } from '../cli-failure.ts';
import type { Invocation } from '../invocation.ts';

const bytesMax = 256 * 1024 * 1024;

/**
 * The text of a file to verify. Refuses bytes that are not UTF-8: they would be decoded to other bytes than were
 * signed. Throws CliFailure.
 */
export async function readAuditFile({ io }: Invocation, file: string): Promise<string> {
  const path = resolve(io.cwd, file);
  const refused = (why: string): CliFailure => new CliFailure('usage.file', `${file} cannot be read: ${why}`);
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > bytesMax) throw refused(`it has ${size} bytes, more than the ${bytesMax} that are read`);
    bytes = await readFile(path);
  } catch (error) {
    throw error instanceof CliFailure ? error : refused(messageOf(error));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CliFailure('audit.not-whole', `${file} was edited: it is not UTF-8`);
  }
}
