import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../definition.ts';

type Inputs = Readonly<Record<string, Json>>;

/** What goes to another run in the open, and what only that run may read: the journal has `***` in its place. */
type PartedInput = { readonly open: Inputs; readonly secret: Inputs };

/** Values of inputs marked secret are kept apart: what is recorded shows that they were given, and no more. */
export function partedInput({ input: declared }: Pick<Definition, 'input'>, given: Inputs): PartedInput {
  const entries = Object.entries(given);
  const isSecret = ([name]: readonly [string, Json]) => declared[name]?.secret === true;

  return {
    open: Object.fromEntries(entries.map((entry) => (isSecret(entry) ? [entry[0], '***'] : entry))),
    secret: Object.fromEntries(entries.filter(isSecret)),
  };
}
