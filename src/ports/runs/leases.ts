/**
 * Who holds a lease. `node` names one engine process; it is unique for its lifetime. Host and process id let a
 * neighbour on the same machine see that the holder is gone, before the lease runs out.
 */
export type Holder = {
  readonly node: string;
  readonly host: string;
  readonly pid: number;
  /** The release that it runs, as in package.json. Those before 0.2 do not say. */
  readonly release?: string | undefined;
  /** What it understands of what releases write (machines/feature-gates.ts). Those before 0.2 do not say. */
  readonly understands?: readonly string[] | undefined;
  /** It is `workflow dev`: ids may mean drafts to it. */
  readonly goesByDrafts?: boolean | undefined;
};

/**
 * Time-limited claims in a shared store. A lease is for liveness only: two holders may overlap for a moment, and
 * safety still holds because of the journal's expected position.
 */
export interface Leases {
  /** Takes the lease if nobody holds it. Resolves with the token that renews it, or undefined when it is taken. */
  claim(key: string, holder: Holder): Promise<LeaseToken | undefined>;
  /** Extends the lease by the full time to live. Resolves with the new token, undefined when it was lost. */
  renew(key: string, holder: Holder, token: LeaseToken): Promise<LeaseToken | undefined>;
  /** Gives the lease up, so that another may take it at once. Does nothing when it was lost already. */
  release(key: string, token: LeaseToken): Promise<void>;
  /** Ends the lease of a holder that is known to be gone. Does nothing when another holds it by now. */
  evict(key: string, holder: Holder): Promise<void>;
  /** Who holds what now. */
  holders(): Promise<ReadonlyMap<string, Holder>>;
  /** Calls back for every lease that is taken, released or expired, until `signal` aborts. */
  watch(onChange: (key: string, holder: Holder | undefined) => void, signal: AbortSignal): Promise<void>;
  /** Time to live of a lease, in ms. */
  readonly ttlMs: number;
}

/** Proof of holding a lease: the revision of its last write. */
export type LeaseToken = number;
