import { isSigned } from '../adapters/signing-key/ed25519.ts';
import { createSigningKeys } from '../adapters/signing-key/project-keys.ts';
import { readPublicKey } from '../adapters/signing-key/public-key-file.ts';

/** The keys of a project that exports are signed with, and what verifies signatures. */
export function signingOf(projectDir: string) {
  return { keys: createSigningKeys(projectDir), isSigned, readPublicKey };
}
