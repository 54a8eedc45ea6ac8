import { canonicalJson } from '../../events/canonical-json.ts';
import { sha256Hex } from '../hash.ts';
import type { ExportSignature, RunExport } from './export-format.ts';

/**
 * What a signature is about, as a SHA-256 in lower-case hex: all of the export. The records are in it by the hash of
 * the last one, to which those of all others lead; definitions by their text, so that not even a comment can be edited;
 * large values by their digests.
 */
export function signedDigest(
  { format, run, exportedAt, head, definitions, blobs = {} }: RunExport,
  { key, signedAt }: Pick<ExportSignature, 'key' | 'signedAt'>,
): string {
  return sha256Hex(
    canonicalJson({
      format,
      run,
      exportedAt,
      head,
      definitions: definitions.map(({ ref, text }) => ({ ref, text: sha256Hex(text) })),
      blobs: Object.keys(blobs).sort(),
      key,
      signedAt,
    }),
  );
}
