// The bytes of a record, as they are stored and hashed. To look at them nothing has to be folded.
import { sha256Hex } from '../../hash.ts';

/** Named in `critical` by the first record of a run whose values are sealed. */
export const sealedMark = 'sealed';

/**
 * The text of a record and its hash. Canonical JSON puts `hash` right before `id`, and behind the last `,"id":"` of the
 * text there is nothing but our own short values: what a user wrote stands before it, with its quotes escaped.
 */
export function signed(unsigned: string): { readonly body: string; readonly hash: string } {
  const place = unsigned.lastIndexOf(',"id":"');
  const hash = sha256Hex(unsigned);

  return { body: `${unsigned.slice(0, place)},"hash":"${hash}"${unsigned.slice(place)}`, hash };
}

/** The hash that stands in the text of a record; undefined where the text is none. */
export function hashInBody(body: string): string | undefined {
  return /"hash":"([0-9a-f]{64})"$/.exec(body.slice(0, Math.max(body.lastIndexOf(',"id":"'), 0)))?.[1];
}

/** Whether the text is what was hashed, to the byte. */
export function isSigned(body: string, hash: string): boolean {
  const member = `,"hash":"${hash}"`;
  const place = body.lastIndexOf(',"id":"') - member.length;
  if (place < 0 || !body.startsWith(member, place)) return false;

  return sha256Hex(body.slice(0, place) + body.slice(place + member.length)) === hash;
}
