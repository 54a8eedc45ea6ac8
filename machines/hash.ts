import { hash } from 'node:crypto';

/** The SHA-256 digest of a text in UTF-8, as 64 lower-case hex digits. The one place under machines/ that hashes. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}
