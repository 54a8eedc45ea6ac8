/** Somebody knows of a group of failures. `at` is ISO 8601, UTC: what fails later is not known yet. */
type Acknowledgement = { readonly by: string; readonly at: string; readonly note?: string };

/** Who looks after a group: a principal, or any name. It stays until it is taken away. */
type Assignment = { readonly to: string; readonly by: string; readonly at: string };

/** Nobody wants to hear of a group until then (ISO 8601, UTC), or until a later version fails. */
export type Mute = {
  readonly until: string;
  readonly by: string;
  readonly at: string;
  readonly note?: string;
  readonly definition: string;
  /** The latest version that had failed by then. */
  readonly version: number;
};

/** What people said of a group of failures. */
export type Triage = {
  readonly acknowledged?: Acknowledgement;
  readonly assigned?: Assignment;
  readonly muted?: Mute;
};

/** What people said of which failures. All engines of a project see the same, also after a restart. */
export interface FailureTriage {
  /** By the key of the group. */
  all(): Promise<ReadonlyMap<string, Triage>>;
  /** Also those that are over, by the key of the group. */
  mutes(): Promise<ReadonlyMap<string, Mute>>;
  /** Each takes the place of an earlier one of its kind. */
  set(key: string, said: Triage): Promise<void>;
  /** Nothing happens where there is none. */
  clear(key: string, kind: keyof Triage): Promise<void>;
}
