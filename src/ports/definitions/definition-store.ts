import type { DefinitionRef } from '../../../events/run-events.ts';

/** A definition as it was registered: the text is kept as it was written, banner and comments included. */
export type StoredDefinition = {
  readonly ref: DefinitionRef;
  readonly text: string;
  readonly file: string;
  /** By whom it was published; absent where it was registered by the start of a run, or before this was kept. */
  readonly published?: PublishMark | undefined;
  /** It is what its id starts because the current bundle says so; only lists tell. */
  readonly isBundled?: true;
};

/** Who published a definition, when (ISO 8601, UTC) and why. */
export type PublishMark = {
  readonly by: string;
  readonly at: string;
  readonly reason?: string | undefined;
};

/** Definitions, immutable once registered, so that a run always replays on exactly the text it started with. */
export interface DefinitionStore {
  /** Registers a definition; the same content again is fine. Rejects with DefinitionTaken for other content. */
  register(definition: StoredDefinition): Promise<void>;
  /** Keeps a draft: its text, by which runs may go, as that of no version. */
  keepDraft(definition: StoredDefinition): Promise<void>;
  /** Rejects with DefinitionUnreadable where what is stored is no definition, as `byId` and `list` do. */
  byHash(hash: string): Promise<StoredDefinition | undefined>;
  /** The given version, or the one that counts: that of the current bundle, else the highest registered one. */
  byId(id: string, version?: number): Promise<StoredDefinition | undefined>;
  list(): Promise<readonly StoredDefinition[]>;
  /**
   * Tells the reference of every registered version, in no particular order, and then of those that are registered,
   * until the signal aborts; resolves when the first were told. What was told may be told again.
   */
  watch(onRegistered: (ref: DefinitionRef) => void, signal: AbortSignal): Promise<void>;
}

/** What is stored is not what was registered. The reaction: register the definition again. */
export class DefinitionUnreadable extends Error {
  override readonly name = 'DefinitionUnreadable';
  readonly code = 'definition.unreadable';

  constructor(subject: string) {
    super(`what is stored under ${subject} is no definition; register it again`);
  }
}

/** The id and version are registered with other content. The reaction: raise the version. */
export class DefinitionTaken extends Error {
  override readonly name = 'DefinitionTaken';
  readonly code = 'definition.taken';

  constructor(ref: DefinitionRef, hash: string) {
    super(
      `${ref.id} version ${ref.version} is registered with other content (hash ${hash.slice(0, 12)}, ` +
        `not ${ref.hash.slice(0, 12)}); raise its version to register the change, or have \`workflow dev\` run it as a draft`,
    );
  }
}
