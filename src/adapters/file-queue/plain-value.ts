import type { Json } from '../../../events/canonical-json.ts';
import { depthMax } from '../../../machines/json-depth.ts';

/** A value that YAML can write and the journal cannot hold. */
export class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

/**
 * The value as JSON, aliases written out. Throws NotPlain for what is none, is nested too deep, writes `__proto__`, or
 * would be larger than `weightMax`: a few aliases of aliases make gigabytes of a short text.
 */
export function plainValue(value: unknown, weightMax: number): Json {
  let weight = 0;

  const weigh = (more: number) => {
    weight += more;
    if (weight > weightMax) throw new NotPlain('with its aliases written out, it is too large');
  };
  const member = ([key, part]: [string, unknown], depth: number): [string, Json] => {
    if (key === '__proto__') throw new NotPlain('it has a key __proto__');
    weigh(key.length);

    return [key, copy(part, depth)];
  };
  const copy = (part: unknown, depth: number): Json => {
    weigh(typeof part === 'string' ? part.length + 1 : 1);
    if (typeof part !== 'object' || part === null) return plainScalar(part);
    if (depth === depthMax) throw new NotPlain(`it is nested deeper than ${depthMax}`);
    if (Array.isArray(part)) return part.map((inner) => copy(inner, depth + 1));

    return Object.fromEntries(Object.entries(part).map((entry) => member(entry, depth + 1)));
  };

  return copy(value, 0);
}

function plainScalar(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;

  throw new NotPlain(`${String(value)} is nothing that JSON has`);
}
