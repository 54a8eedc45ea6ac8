/** A file that has appeared, or has other content than before, and is no longer being written. */
export type FileDrop = {
  /** In the project, with `/`. */
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly modifiedAt: string;
  /** SHA-256 of its content, in lower-case hex. */
  readonly digest: string;
};

/** Watches folders of the project for files. */
export interface FileDrops {
  /**
   * Tells every file that matches the glob (in the project, with `/`), those that are there to begin with included,
   * once for each content and as soon as it has stopped growing. One at a time; one whose `onDrop` rejects is told
   * again later. Until the returned function is called, which resolves when nothing is under way.
   */
  watch(glob: string, onDrop: (drop: FileDrop) => Promise<void>): () => Promise<void>;
}
