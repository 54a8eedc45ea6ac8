/** What is known of a record that is not as it should be. */
type Damaged = {
  readonly sequence: number;
  readonly position: number;
  readonly message: string;
  readonly code: string;
};

/**
 * The code of a record that is sound as far as this release can tell, and says more than it knows: the run is not
 * quarantined, and left to newer engines.
 */
export const newerCode = 'journal.newer';

export function isNewer({ code }: Pick<Damaged, 'code'>): boolean {
  return code === newerCode;
}

/** What the status of a run is called that has such a record. */
export function statusOfDamaged(damage: Pick<Damaged, 'code'>): 'NEWER' | 'QUARANTINED' {
  return isNewer(damage) ? 'NEWER' : 'QUARANTINED';
}

/** What has become of the run, to be followed by the text of its damage. */
export function leftAlone(damage: Pick<Damaged, 'code'>): 'is quarantined' | 'needs a newer engine' {
  return isNewer(damage) ? 'needs a newer engine' : 'is quarantined';
}

/** `event 5 (position 17 of the journal): it is missing: ... [journal.broken-chain]`. */
export function damageText({ sequence, position, message, code }: Damaged): string {
  return `event ${sequence} (position ${position} of the journal): ${message} [${code}]`;
}
