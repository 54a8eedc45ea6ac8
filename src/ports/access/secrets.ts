import type { Json } from '../../../events/canonical-json.ts';

/**
 * The values of inputs that a definition marks `secret: true`, by run, apart from the journal. Rejects with
 * SecretsUnavailable when the store cannot be reached, and with RangeError for what is no run id.
 */
export interface RunSecrets {
  /** Keeps the values of a run, in place of any kept before; resolves when they are stored. Kept for 30 days. */
  keep(run: string, values: Readonly<Record<string, Json>>): Promise<void>;
  /**
   * The values of a run; none when none were kept, or not any more. Rejects with SecretUnreadable when they were sealed
   * with a key that is not here.
   */
  of(run: string): Promise<Readonly<Record<string, Json>>>;
  /** Nobody can read the values of the run any more. Fine when there are none. */
  forget(run: string): Promise<void>;
}

/**
 * Makes a text unreadable to whoever does not have the key. `about` says what the text is of; it is not hidden, and the
 * text opens only for the same.
 */
export interface SecretCipher {
  seal(text: string, about: string): Promise<string>;
  /** Rejects with SecretUnreadable. */
  open(sealed: string, about: string): Promise<string>;
}

/** What `secrets.NAME` in expressions reads: values of this machine that no definition and no journal holds. */
export interface ProjectSecrets {
  get(name: string): string | undefined;
  /** Every secret by its name. */
  values(): Readonly<Record<string, string>>;
  /** Every value there is, to be kept out of what is recorded. The same list at each call. */
  all(): readonly string[];
}
