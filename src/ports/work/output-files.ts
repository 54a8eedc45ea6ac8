import type { Json } from '../../../events/canonical-json.ts';

/** Writes the outputs of tasks that have an `output_to`. */
export interface OutputFiles {
  /** Writes atomically, inside the project, YAML or JSON by the extension. Rejects with an error that has a `code`. */
  write(path: string, value: Json): Promise<void>;
}
