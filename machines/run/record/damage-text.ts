/** What is known of a record that is not as it should be. */
type Damaged = {
  readonly sequence: number;
  readonly position: number;
  readonly message: string;
  readonly code: string;
};

/** `event 5 (position 17 of the journal): it is missing: ... [journal.broken-chain]`. */
export function damageText({ sequence, position, message, code }: Damaged): string {
  return `event ${sequence} (position ${position} of the journal): ${message} [${code}]`;
}
