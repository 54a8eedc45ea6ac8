import type { BlobRef } from '../../../events/blob-ref.ts';
import { isBlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import type { Run } from '../run.ts';
import { BlobNeeded } from './claim-check.ts';

/** Values without a reference in them: most are, and need not be looked at again. */
const plain = new WeakSet<object>();

/** The value with the content of every reference in it. Throws BlobNeeded, naming all that are not at hand. */
export function unclaimed({ aside }: Pick<Run, 'aside'>, value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (plain.has(value)) return value;
  const missing: BlobRef[] = [];
  const content = contentOf(value, aside.blobs, missing);
  if (missing.length > 0) throw new BlobNeeded(missing);
  if (content === value) plain.add(value);

  return content;
}

function contentOf(value: Json, blobs: ReadonlyMap<string, Json>, missing: BlobRef[]): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isBlobRef(value)) {
    const content = blobs.get(value.$blob.digest);
    if (content === undefined) missing.push(value);
    return content ?? null;
  }
  if (Array.isArray(value))
    return same(
      value,
      value.map((each) => contentOf(each, blobs, missing)),
    );
  const entries = Object.entries(value);
  const contents = entries.map(([, each]) => contentOf(each, blobs, missing));

  return entries.every(([, each], index) => each === contents[index])
    ? value
    : Object.fromEntries(entries.map(([key], index) => [key, contents[index] ?? null]));
}

/** The list itself where nothing in it changed. */
function same(list: readonly Json[], contents: readonly Json[]): readonly Json[] {
  return list.every((each, index) => each === contents[index]) ? list : contents;
}
