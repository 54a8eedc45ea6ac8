import type { Json } from '../../../events/canonical-json.ts';

/**
 * The values that an exploration tries, found in the definition: the literals that its conditions compare with, values
 * on both sides of each bound, the types and enums of inputs, and the `examples:` of the definition. Every list holds
 * at least one value; the first is the plainest, with which most goes well.
 */
export type Candidates = {
  readonly inputs: readonly Readonly<Record<string, Json>>[];
  /** What an attempt of a SIMPLE, HTTP or EVENT task, or the run of a SUB_WORKFLOW, may give, by the id of the task. */
  readonly results: (task: string) => readonly Json[];
  /** What may come with the signal that a WAIT waits for: what matches, first. */
  readonly signals: (task: string) => readonly Json[];
  /** What may come with an approval: of the task's form. `undefined` where it asks for nothing. */
  readonly answers: (task: string) => readonly (Json | undefined)[];
  /**
   * The tasks on whose way it depends what the source gives: `input`, `variables`, or the id of a task. Once all of
   * them are settled two runs that differ in that value alone go on alike.
   */
  readonly readers: (source: string) => ReadonlySet<string>;
  /** What was left out to keep the lists short, in words: `validate: 128 results, 32 of them tried`. */
  readonly omitted: readonly string[];
};
