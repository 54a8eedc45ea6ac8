import { canonicalJson } from '../../events/canonical-json.ts';
import { sha256Hex } from '../hash.ts';
import type { AuditProblem } from './check-records.ts';
import type { ExportSignature, RunExport } from './export-format.ts';

/**
 * The public half of a key that exports are signed with. `key` is its id: the first 16 hex digits of the SHA-256 of the
 * raw public key. It counts for what was signed from `from` until `until` (ISO 8601, UTC), where these are known.
 */
export type PublicKey = {
  readonly key: string;
  /** The 32 bytes of the key, in lower-case hex. */
  readonly publicKey: string;
  readonly from?: string;
  readonly until?: string;
};

/** Whether the signature of the digest was made with the other half of the key. */
export type IsSigned = (check: {
  readonly publicKey: string;
  readonly digest: string;
  readonly signature: string;
}) => boolean;

/** What is wrong with the signature of an export; undefined where it has none, or one that fits. */
export function checkSignature(
  document: RunExport,
  keys: readonly PublicKey[],
  isSigned: IsSigned,
): AuditProblem | undefined {
  const { signature } = document;
  if (signature === undefined) return undefined;

  return checkSigned(
    { what: 'the export', signature, digest: signedDigest(document, signature) },
    keys,
    isSigned,
  );
}

/** What is wrong with the signature of `what`, which has this digest; undefined where it fits. */
export function checkSigned(
  { what, signature, digest }: { what: string; signature: ExportSignature; digest: string },
  keys: readonly PublicKey[],
  isSigned: IsSigned,
): AuditProblem | undefined {
  const { key, signedAt, value } = signature;
  const mine = keys.filter((each) => each.key === key);
  if (mine.length === 0) return unknownKey(what, key, keys);
  const [{ publicKey } = { publicKey: '' }] = mine;
  if (!isSigned({ publicKey, digest, signature: value })) {
    const message = `the signature does not fit: ${what} was edited after key ${key} signed it, or another key did`;
    return { code: 'audit.signature', message };
  }

  return mine.some((each) => isOfItsTime(each, signedAt)) ? undefined : expired(what, signature, mine);
}

function unknownKey(what: string, key: string, keys: readonly PublicKey[]): AuditProblem {
  const ids = [...new Set(keys.map((each) => each.key))];
  const there = ids.length === 0 ? 'there is no public key here' : `there is only ${ids.join(', ')}`;
  const message = `${what} was signed with key ${key}, and ${there}; give its public key with --public-key`;

  return { code: 'audit.unknown-key', message };
}

/** Times are ISO 8601 of one length, in UTC: they compare as texts. */
function isOfItsTime({ from, until }: PublicKey, signedAt: string): boolean {
  return (from === undefined || signedAt >= from) && (until === undefined || signedAt <= until);
}

function expired(what: string, { key, signedAt }: ExportSignature, keys: readonly PublicKey[]): AuditProblem {
  const [{ from, until } = {} as Partial<PublicKey>] = keys;
  const times = [
    from === undefined ? '' : ` from ${from}`,
    until === undefined ? '' : ` until ${until}`,
  ].join('');

  return {
    code: 'audit.key-expired',
    message: `${what} was signed at ${signedAt}, and key ${key} counts${times} only`,
  };
}

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
