import type { Authority } from './authority.ts';

/** Somebody is away, and somebody else answers approvals in their place meanwhile. Times are ISO 8601, UTC. */
export type Absence = {
  readonly to: string;
  readonly from: string;
  readonly until: string;
  /** When it was said. */
  readonly at: string;
  readonly reason?: string;
  /** When they were back before it was over. */
  readonly endedAt?: string;
};

/** Who is away, and was. All engines of a project know the same, also after a restart. */
export interface Absences {
  /** By the name of who is away, the latest last: those that are over are kept for a while, for whoever asks. */
  all(): Promise<ReadonlyMap<string, readonly Absence[]>>;
  /** It takes the place of the one that there is, if any. */
  declare(who: string, absence: Absence): Promise<void>;
  /** They are back. False where they were not away, and were not going to be. */
  end(who: string, at: string): Promise<boolean>;
  /** Who is away now and named `to` to answer meanwhile, by name. */
  absentFor(to: string): Promise<readonly string[]>;
  /** Who there is, where that is looked up: nobody else is named. */
  readonly authority?: Authority | undefined;
}
