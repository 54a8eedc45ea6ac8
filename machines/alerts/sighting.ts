import type { AlertKind } from '../serve-file/served.ts';

/** Something that is as a rule may look for it, as it was seen. Times are ms since 1970. */
export type Sighting = {
  readonly on: AlertKind;
  /** What it is about: the same text for the same trouble, another one when the trouble comes anew. */
  readonly subject: string;
  /** The id of the definition, where it is about one. */
  readonly definition?: string;
  readonly run?: string;
  /** Since when it is so. */
  readonly sinceMs: number;
  /** Of a run under way: how long such runs take as a rule, where that is known. */
  readonly usualMs?: number;
  /** What is so, in words, without for how long. */
  readonly text: string;
};
