import type { Json } from '../../../events/canonical-json.ts';
import { sealedRest, sealedWith } from '../../../events/sealed-text.ts';
import type { Aside, Sealing } from '../run.ts';

type Members = Readonly<Record<string, Json>>;

/** A value is needed whose key was destroyed. The reaction: whatever needs it fails; nothing brings it back. */
class ValueErased extends Error {
  override readonly name = 'ValueErased';
  readonly code = 'value.erased';

  constructor(at: string) {
    super(
      `the value was erased${at === '' ? '' : ` at ${at}`}: the key that it was sealed with is destroyed`,
    );
  }
}

/** The value with everything opened that is sealed in it. Throws ValueErased. */
export function opened({ sealing }: Pick<Aside, 'sealing'>, value: Json): Json {
  if (sealing === undefined) return value;
  if (typeof value === 'string') return openText(value, sealing);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((each) => opened({ sealing }, each));
    return items.every((each, index) => each === value[index]) ? value : items;
  }

  return openMembers(value as Members, { sealing });
}

function openMembers(value: Members, aside: Pick<Aside, 'sealing'>): Json {
  let isSame = true;
  const entries = Object.entries(value).flatMap(([name, each]): (readonly [string, Json])[] => {
    const content = opened(aside, each);
    isSame &&= content === each;
    const isRest = name === sealedRest && content !== each && typeof content === 'object';
    return isRest ? Object.entries(content as Members) : [[name, content]];
  });

  return isSame ? value : Object.fromEntries(entries);
}

/** A text that only looks sealed, or is sealed for another subject, is what it is. */
function openText(text: string, { key, erasedAt, open }: Sealing): Json {
  if (sealedWith(text) !== key) return text;
  if (erasedAt !== undefined) throw new ValueErased(erasedAt);
  const content = open(text);

  return content === undefined ? text : (JSON.parse(content) as Json);
}
