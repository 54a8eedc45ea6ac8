import type { Reader } from './reader.ts';
import type { Jq } from './tree.ts';

/** What stands between `[` and `]` behind a value. */
export function bracket(reader: Reader, of: Jq, pipe: (reader: Reader) => Jq): Jq {
  if (reader.take(']')) return { kind: 'each', of };
  if (reader.take(':')) {
    const to = pipe(reader);
    reader.need(']');
    return { kind: 'slice', of, to };
  }
  const key = pipe(reader);
  if (reader.take(':')) {
    if (reader.take(']')) return { kind: 'slice', of, from: key };
    const to = pipe(reader);
    reader.need(']');
    return { kind: 'slice', of, from: key, to };
  }
  reader.need(']');

  return { kind: 'index', of, key };
}
