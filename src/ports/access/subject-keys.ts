import type { Sealing } from '../../../machines/run/run.ts';

/** A key that was destroyed. `runs`: how many values of each run nobody can read any more. Times are ISO 8601, UTC. */
export type Erasure = {
  readonly key: string;
  readonly at: string;
  readonly by: string;
  readonly runs: readonly { readonly run: string; readonly values: number }[];
};

/**
 * The keys that values of runs are sealed with: one for each subject, which a definition names by its `erasure_key`.
 * Keys have names that say nothing of their subjects. All reject with KeysUnavailable, and with KeyUnreadable where a
 * key is there and the master key that it was wrapped with is not.
 */
export interface SubjectKeys {
  /** The key of the subject, made where it has none, or none any more. The run is noted as one of it. */
  of(subject: string, run: string): Promise<Sealing>;
  /** The key by its name, perhaps erased. With `run`, that is noted as one of it. */
  named(key: string, run?: string): Promise<Sealing>;
  /** The names of the keys that the subject has, and had. */
  keysOf(subject: string): Promise<readonly string[]>;
  /** The runs that were noted for the key. Some may never have begun. */
  runsOf(key: string): Promise<readonly string[]>;
  /** Destroys the key. What was done before is done again without harm; the first account of it stays. */
  erase(erasure: Erasure): Promise<void>;
  /** Adds to the account of an erasure runs that had begun while the key was being destroyed. */
  addRuns(key: string, runs: Erasure['runs']): Promise<void>;
  /** What was erased, the latest last. */
  erasures(): Promise<readonly Erasure[]>;
  /** Wraps every key with the latest master key; resolves with how many were wrapped with another one. */
  rewrap(): Promise<number>;
}

/**
 * Wraps keys with a master key: a key management service, or files. What is wrapped names the master key, so that a
 * new one can be made without wrapping anything anew. `about` opens for the same only.
 */
export interface KeyCodec {
  wrap(key: Uint8Array, about: string): Promise<string>;
  /** Rejects with KeyUnreadable. */
  unwrap(wrapped: string, about: string): Promise<Uint8Array>;
  /** The name of the master key that wraps now. */
  current(): Promise<string>;
  /** The name of the master key that wrapped it. */
  wrapperOf(wrapped: string): string;
}

/** The master keys of a project, where they are its own. */
export interface MasterKeys {
  /** The names of all of them, the latest last. */
  list(): Promise<readonly string[]>;
  /** Makes a new one, by which keys are wrapped from now on; resolves with its name. */
  rotate(): Promise<string>;
  /** Forgets all but the latest; resolves with the names of those that are gone. */
  retire(): Promise<readonly string[]>;
}

/** Where wrapped keys are, and what was destroyed, by names of letters, digits, `.` and `-`. */
export interface KeyEntries {
  get(name: string): Promise<string | undefined>;
  /** False, and nothing is changed, where there is one already. */
  create(name: string, body: string): Promise<boolean>;
  /**
   * Puts `body` in the place of `before`, of which nothing is left, on the disk either. False, and nothing is changed,
   * where something else is there, or nothing any more.
   */
  replace(name: string, body: string, before: string): Promise<boolean>;
  /** All whose names begin so. */
  list(prefix: string): Promise<readonly { readonly name: string; readonly body: string }[]>;
  /** Overwrites it where it is stored. Fine where there is none. */
  destroy(name: string): Promise<void>;
}

/** The store of the keys could not be reached for as long as it was tried. The reaction: try later. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
  readonly code = 'keys.unavailable';
}

/** A key is there and cannot be read: the master key is missing, or is another one. The reaction: bring it back. */
export class KeyUnreadable extends Error {
  override readonly name = 'KeyUnreadable';
  readonly code = 'keys.unreadable';
}
