/** What the folder of a project has for a bundle, besides its definitions. */
export interface ProjectBundle {
  /**
   * agents.yaml, serve.yaml and enterprise.yaml, those that are there. Rejects where one cannot be used, and with
   * BundleRefused for a folder that is itself served from a bundle.
   */
  settings(): Promise<readonly BundledText[]>;
  /** A file of the project by its path; undefined where there is none, or one that may not leave it. */
  text(path: string): Promise<BundledText | undefined>;
  /** Whether a word is the path of a file of the project. */
  isFile(word: string): boolean;
  /** The agents that take their work from a folder of the project. */
  agentsOfFiles(): Promise<readonly string[]>;
  /** The names of the secrets of the project whose values stand in a text. */
  secretsIn(text: string): readonly string[];
}

export type BundledText = { readonly path: string; readonly text: string };
