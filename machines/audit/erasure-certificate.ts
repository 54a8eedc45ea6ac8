import { z } from 'zod';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { sha256Hex } from '../hash.ts';
import type { AuditProblem } from './check-records.ts';
import { ExportSignature } from './export-format.ts';
import { checkSigned, type IsSigned, type PublicKey } from './public-key.ts';

export const certificateFormat = '3ox-erasure/1';

const ErasedRun = z.strictObject({ run: z.string(), values: z.int().nonnegative() });
const ErasedKey = z.strictObject({
  key: z.string(),
  at: z.string(),
  by: z.string(),
  runs: z.array(ErasedRun),
});

/**
 * Says that the keys of a subject were destroyed: what was sealed with them in these runs, so many values of each,
 * cannot be read any more. `at` is ISO 8601, UTC.
 */
export const ErasureCertificate = z.strictObject({
  format: z.literal(certificateFormat),
  namespace: z.string(),
  subject: z.string(),
  issuedAt: z.string(),
  keys: z.array(ErasedKey),
  runs: z.int().nonnegative(),
  values: z.int().nonnegative(),
  signature: ExportSignature.optional(),
});
export type ErasureCertificate = z.output<typeof ErasureCertificate>;

/** What is signed, as a SHA-256 in lower-case hex: all of the certificate, and by which key and when. */
export function certificateDigest(
  { signature: _signature, ...certificate }: ErasureCertificate,
  { key, signedAt }: Pick<ExportSignature, 'key' | 'signedAt'>,
): string {
  return sha256Hex(canonicalJson({ ...certificate, key, signedAt } as unknown as Json));
}

/** A certificate in a text; undefined for anything else. */
export function readCertificate(text: string): ErasureCertificate | undefined {
  try {
    return ErasureCertificate.safeParse(JSON.parse(text)).data;
  } catch {
    // What is no JSON is no certificate.
    return undefined;
  }
}

/** What is wrong with a certificate; undefined for one that was signed and not edited since. */
export function checkCertificate(
  certificate: ErasureCertificate,
  keys: readonly PublicKey[],
  isSigned: IsSigned,
): AuditProblem | undefined {
  const { signature } = certificate;
  if (signature === undefined)
    return { code: 'audit.unsigned', message: 'the certificate is not signed: anybody may have written it' };
  const digest = certificateDigest(certificate, signature);

  return checkSigned({ what: 'the certificate', signature, digest }, keys, isSigned);
}
