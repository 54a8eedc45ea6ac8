import type { DeclaredModel } from '../../../machines/models/load-models.ts';

/** Where the models of a project are declared: in this file at its root. */
export const modelsFileName = 'models.yaml';

/** A model that can be asked: with its key, where it asks for one. */
export type KnownModel = DeclaredModel & { readonly key?: string | undefined };

/** The models that tasks may ask. */
export interface Models {
  /** As models.yaml declares it now. Rejects with TaskError where there is none, or its key is not set. */
  find(alias: string, projectDir: string): Promise<KnownModel>;
}
