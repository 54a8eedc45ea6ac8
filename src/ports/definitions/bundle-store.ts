import type { Bundle } from '../../../machines/bundle.ts';
import type { PublishMark } from './definition-store.ts';

/** A bundle that was made the current one, by whom and when. The same may have been so before. */
export type PublishedBundle = PublishMark & {
  readonly hash: string;
  /** Definitions that bundles before it held, and it does not: they start nothing by themselves any more. */
  readonly without: readonly string[];
};

/** Bundles of a namespace, by their hashes, and which of them is current. Nothing is ever changed or taken away. */
export interface BundleStore {
  /** Keeps a bundle and the texts of its files, by their digests. Rejects with RecordTooLarge. */
  keep(bundle: Bundle, texts: ReadonlyMap<string, string>): Promise<void>;
  find(hash: string): Promise<Bundle | undefined>;
  /** The text of a file, by its digest. */
  text(sha256: string): Promise<string | undefined>;
  /** Makes a bundle the current one. */
  publish(published: PublishedBundle): Promise<void>;
  /** The one that is current, read through the leader; undefined where none ever was. */
  current(): Promise<PublishedBundle | undefined>;
  /** Every one that ever was, the first first. */
  history(): Promise<readonly PublishedBundle[]>;
  /**
   * Tells the current one, where there is one, and then each that becomes so, until the signal aborts; resolves when
   * the first was told. What was told may be told again.
   */
  watch(onCurrent: (published: PublishedBundle) => void, signal: AbortSignal): Promise<void>;
}

/** A bundle cannot be made, found or served as it was asked for. The reaction: what the message says. */
export class BundleRefused extends Error {
  override readonly name = 'BundleRefused';
  readonly code: `bundle.${string}`;
  readonly fix: string | undefined;

  constructor(code: BundleRefused['code'], message: string, fix?: string) {
    super(message);
    this.code = code;
    this.fix = fix;
  }

  /** The beginning of a hash names none, or several. */
  static notOne(beginning: string, count: number): BundleRefused {
    const fix = 'see `workflow bundles list`';
    if (count === 0)
      return new BundleRefused('bundle.not-found', `no bundle ${beginning} was published`, fix);

    return new BundleRefused('bundle.ambiguous', `${count} bundles begin with ${beginning}`, fix);
  }
}
