import { createSigningKeys } from '../keys/project-keys.ts';
import { isSigned, readPublicKey, signerOf } from '../keys/public-key-file.ts';

/** The keys of a project that exports are signed with, and what verifies signatures. */
export function signingOf(projectDir: string) {
  return { keys: createSigningKeys(projectDir), isSigned, readPublicKey, signerOf };
}
