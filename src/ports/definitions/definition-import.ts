import type { Problem } from '../../../machines/language/problem.ts';

/**
 * One thing that the import has to say. `info`: said for completeness, the meaning is the same. `warning`: the same
 * under a condition the reason names. `loss`: there is no equivalent; the definition says so at the same place.
 */
export type ImportEntry = {
  readonly severity: 'info' | 'warning' | 'loss';
  /** The task as the foreign definition calls it. Absent: the workflow itself. */
  readonly task?: string;
  /** JSON pointer into the foreign definition. */
  readonly path: string;
  /** The foreign name of what this is about, such as `rateLimited`. */
  readonly construct: string;
  readonly reason: string;
  /** What stands in its place, when anything does. */
  readonly became?: string;
};

/** One definition as it was translated. */
export type ImportedDefinition = {
  /** What it was called where it comes from. */
  readonly name: string;
  readonly id: string;
  readonly version: number;
  readonly yaml: string;
  /** Losses first, then warnings, each in the order of the foreign definition. */
  readonly entries: readonly ImportEntry[];
  /** What our own checker refuses in `yaml`; empty when it can be started. */
  readonly problems: readonly Problem[];
};

export type ImportSource = { readonly text: string; readonly file: string };

export type ImportCall = ImportSource & {
  /** Separate task definitions, which hold retries and time-outs. */
  readonly tasks?: ImportSource;
};

/** The translated definitions, or why the text is none: a stable code, a sentence, and what would help. */
export type ImportOutcome =
  | { readonly ok: true; readonly definitions: readonly ImportedDefinition[] }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly fix?: string };

/** Translates the definitions of another workflow engine. Pure: the same text gives the same outcome. Never throws. */
export type ImportDefinitions = (request: ImportCall) => ImportOutcome;
