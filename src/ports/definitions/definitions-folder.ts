import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';

/** A definition of the project, and its file in it. */
export type FolderDefinition = { readonly loaded: LoadedDefinition; readonly file: string };

/** The definitions that the people of a project keep in a folder of it. */
export interface DefinitionsFolder {
  /**
   * Tells all that can be used, at once and whenever it has changed, one at a time, until the returned function is
   * called, which resolves when nothing is under way. What was rejected is told again later. Resolves when it was told
   * for the first time.
   */
  watch(onFound: (found: readonly FolderDefinition[]) => Promise<void>): Promise<() => Promise<void>>;
}
