import type { ErasureCertificate } from '../../../machines/audit/erasure-certificate.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import type { Authority } from './authority.ts';
import type { Erasure } from './subject-keys.ts';

/** What is to be erased, and in whose name. `terminateLive`: runs under way that have values of it are ended first. */
export type ErasureAsked = {
  readonly subject: string;
  readonly by: string;
  readonly terminateLive: boolean;
};

/** The new master key by its name, how many keys were wrapped anew, and which master keys are gone. */
export type RotatedKeys = {
  readonly current: string;
  readonly rewrapped: number;
  readonly retired: readonly string[];
};

/** Destroys the keys of subjects. Rejects like `SubjectKeys` and `SigningKeys`. */
export interface Erasures {
  /** What was erased before is certified again. Resolves with a signed certificate. */
  erase(
    asked: ErasureAsked,
  ): Promise<
    | { readonly ok: true; readonly certificate: ErasureCertificate }
    | { readonly ok: false; readonly refusal: Refusal }
  >;
  /**
   * Has keys of subjects wrapped with a new master key from now on. With `retire` none is made: keys that are there are
   * wrapped with the latest, and those before it are forgotten: no copy of a key that was wrapped before opens then.
   */
  rotate(asked: { readonly retire: boolean }): Promise<RotatedKeys>;
  /** All that was erased, the latest last. */
  list(): Promise<readonly Erasure[]>;
  /** Who may do what, where nobody else looks after that: on the command line. */
  readonly authority?: Authority | undefined;
}

/**
 * What was erased, outside of the server and of its backups: what a backup brings back of it is destroyed again.
 */
export interface ErasureList {
  read(): Promise<readonly Erasure[]>;
  /** Adds those that are not in it. */
  add(erasures: readonly Erasure[]): Promise<void>;
}
