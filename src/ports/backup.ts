/** A backup cannot be made, read or restored. `code` and the message say why; nothing was left half done. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
  readonly code: `backup.${string}`;
  readonly fix: string | undefined;

  constructor(
    code: `backup.${string}`,
    message: string,
    { fix, ...options }: ErrorOptions & { fix?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.fix = fix;
  }
}

/** Who has made another site go on with the runs, and when. */
export type Fence = {
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
};

/** Another site goes on with the runs of this one. The reaction: stop, and use that one. */
export class SiteFenced extends Error {
  override readonly name = 'SiteFenced';
  readonly code = 'site.fenced';

  constructor({ at, by }: Fence) {
    super(
      `${by} fenced this site off at ${at}: another one goes on with its runs, and nothing is stored here any more; ` +
        '`workflow fence --lift`, if none does',
    );
  }
}

/** One stream as it was copied. */
export type CopiedStream = {
  readonly stream: string;
  /** Its settings, as the server gave them. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What it held when the copy began; the copy may hold a little more. */
  readonly state: Readonly<Record<string, unknown>> & {
    readonly messages: number;
    readonly last_seq: number;
  };
};

/** A stream of the namespace that is there. */
export type FoundStream = {
  readonly stream: string;
  readonly messages: number;
  /** Engines make the others anew. */
  readonly isCopied: boolean;
  /** A restore has made it that has not ended. */
  readonly isRestored: boolean;
};

/** The streams of one namespace, as wholes. */
export interface StreamCopies {
  /** Whether it is the one without which nothing else is of use. */
  isJournal(stream: string): boolean;
  /** Those that exist, in the order of copying. Rejects with BackupRefused where one has no leader. */
  streams(): Promise<readonly FoundStream[]>;
  /** Whether an engine is there. */
  isServed(): Promise<boolean>;
  /** The position up to which all events had been dealt with; undefined where no engine has looked at any. */
  eventsDoneTo(): Promise<number | undefined>;
  /** Has engines begin with the event behind this position. */
  goOnWithEvents(doneTo: number): Promise<void>;
  /**
   * Hands out the copy of a stream part by part; `isChecked`: only where the checksums of all messages are right.
   * Rejects with BackupRefused where it cannot be had whole: `backup.unsound` where the server says so.
   */
  copy(
    stream: string,
    copying: { readonly isChecked: boolean; readonly onPart: (part: Uint8Array) => Promise<void> },
  ): Promise<CopiedStream>;
  /**
   * Makes the stream out of its copy, kept on so many servers. Rejects with BackupRefused where the server does not
   * take it, or not all of it.
   */
  restore(copied: CopiedStream, parts: AsyncIterable<Uint8Array>, replicas: number): Promise<void>;
  /** The stream no longer says that a restore has made it. */
  settle(stream: string): Promise<void>;
  /**
   * From then on the server takes nothing for runs of the namespace. Resolves with false where it did not before.
   * Rejects with BackupRefused where it has no runs. Where it rejects, nothing is fenced that was not before.
   */
  fence(fence: Fence): Promise<boolean>;
  /** Resolves with the fence that was there. */
  liftFence(): Promise<Fence | undefined>;
  /** Takes away a stream that was restored, or is of no use; nothing happens where there is none. */
  remove(stream: string): Promise<void>;
  close(): Promise<void>;
}
