/**
 * One thing that is wrong with an export. `code` is stable: `audit.edited`, `audit.gap`, `audit.reordered`,
 * `audit.repeated`, `audit.foreign`, `audit.truncated`, `audit.head`, `audit.chain`, `audit.differs`,
 * `audit.unexplained`, `audit.definition`, `audit.blob`, `audit.signature`, `audit.unknown-key`, `audit.key-expired`,
 * `audit.unsigned`, `audit.rewritten` or `audit.format`. `sequence` is the event that it is about.
 */
export type AuditProblem = { readonly code: string; readonly sequence?: number; readonly message: string };

/** Words of a problem about one event. */
export function problemAt(code: string, sequence: number, message: string): AuditProblem {
  return { code, sequence, message };
}

/** Text from outside may be of any length; a problem is for people to read. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
