import type { PublicKey } from '../../../machines/audit/public-key.ts';

/** A public key of a project, always with the time from which it counts. `isCurrent`: it signs what is signed now. */
export type ProjectKey = PublicKey & { readonly from: string; readonly isCurrent: boolean };

/** The Ed25519 keys that exports are signed with. Reading them rejects with SigningKeyRefused or SecretFileRefused. */
export interface SigningKeys {
  /** The public keys of a project, those that were replaced included, the latest first. */
  list(): Promise<readonly ProjectKey[]>;
  /** Makes a new key, from `at` on (ISO 8601, UTC); nothing can be signed with the one before any more. */
  rotate(at: string): Promise<ProjectKey>;
  /** The key to sign with, made at `at` where there is none yet. Rejects where its private half is lost. */
  current(at: string): Promise<ProjectKey>;
  /** Signs a SHA-256 (lower-case hex) with a key of `current`; resolves with the signature in lower-case hex. */
  sign(key: string, digest: string): Promise<string>;
}

/** The files of a key are not what they should be. The reaction: restore them from a backup, or rotate; where
 * the clock is wrong, set it. */
export class SigningKeyRefused extends Error {
  override readonly name = 'SigningKeyRefused';
  readonly code = 'audit.bad-key';
}
