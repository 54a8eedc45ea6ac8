import type { Json } from '../../../events/canonical-json.ts';

/** A task of ours, on its way to YAML. */
export type Emitted = {
  readonly id: string;
  /** The keys after `id`, in the order they are written. */
  readonly fields: Readonly<Record<string, Json>>;
  readonly nested?:
    | { readonly tasks: readonly Emitted[] }
    | { readonly branches: readonly (readonly Emitted[])[] };
  /** Lines about what the definition cannot say. */
  readonly comments: readonly string[];
};

/** The fields without those that have no value. */
export function present(fields: Readonly<Record<string, Json | undefined>>): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}
