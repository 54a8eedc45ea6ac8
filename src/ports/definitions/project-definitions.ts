import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { Problem } from '../../../machines/language/problem.ts';
import type { SchemaFiles } from '../../../machines/language/text/pinned-schemas.ts';

/** The file of a definition, in the project or in the library that comes with the program, with what is wrong in it. */
export type DefinitionFile = {
  /** Its path in the project, or `library/<name>`. */
  readonly file: string;
  readonly source: 'project' | 'library';
  readonly text: string;
  /** As far as a look at its text tells, also where it is no valid definition. */
  readonly named?: { readonly id: string; readonly version: number | undefined };
  readonly loaded?: LoadedDefinition;
  readonly problems: readonly Problem[];
  /** How many cases stand in the `*.test.yaml` file of its name; told of the library only. */
  readonly cases?: number;
};

/** The definitions that stand in files. */
export interface ProjectDefinitions {
  /** Those of the project first, each by its path. */
  list(): Promise<readonly DefinitionFile[]>;
  /** The file at this path, whatever it looks like; undefined where none is. */
  at(file: string): Promise<DefinitionFile | undefined>;
  /** Those that hold a definition of this id, or whose name without its ending is this. */
  called(name: string): Promise<readonly DefinitionFile[]>;
  /** The files of the project that receipts of a definition name as their schemas. Never rejects. */
  schemas(text: Uint8Array | string): Promise<SchemaFiles>;
  /**
   * Writes the text of a definition into the folder `definitions/` of the project, which need not be named, and
   * resolves with its path in the project. Rejects with PathRefused for a path that leads out of it or is none of a
   * definition, or with DefinitionFileExists where there is one and `replace` is not set.
   */
  write(file: string, text: string, options: { readonly replace: boolean }): Promise<string>;
}

/** There is a file of this name. The reaction: ask whether it is to be replaced. */
export class DefinitionFileExists extends Error {
  override readonly name = 'DefinitionFileExists';
  readonly code = 'definition.file-exists';

  constructor(file: string) {
    super(`${file} exists; say that it is to be replaced, or take another name`);
  }
}
