/** Somebody knows of a group of failures. `at` is ISO 8601, UTC: what fails later is not known yet. */
export type Acknowledgement = { readonly by: string; readonly at: string; readonly note?: string };

/** Who knows of which failures. All engines of a project see the same, also after a restart. */
export interface Acknowledgements {
  /** By the key of the group. */
  all(): Promise<ReadonlyMap<string, Acknowledgement>>;
  /** Takes the place of an earlier one. */
  set(key: string, acknowledgement: Acknowledgement): Promise<void>;
  /** Nothing happens where there is none. */
  clear(key: string): Promise<void>;
}
