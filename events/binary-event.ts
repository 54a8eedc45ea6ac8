import type { Json } from './canonical-json.ts';
import { parseJsonText } from './json-text.ts';

const prefix = 'ce-';

/**
 * An event in the binary mode of CloudEvents as the same in structured JSON: its attributes stand in headers, and the
 * body is its data. Undefined where the headers tell of no event. Throws SyntaxError where the body is no JSON.
 * Source: the HTTP and NATS protocol bindings of CloudEvents 1.0.
 */
export function eventInHeaders(
  headers: Iterable<readonly [name: string, value: string]>,
  body: string,
): { readonly [attribute: string]: Json } | undefined {
  const attributes = new Map<string, Json>();
  for (const [given, value] of headers) {
    const name = given.toLowerCase();
    if (name === 'content-type' && body !== '') attributes.set('datacontenttype', value);
    if (name.startsWith(prefix)) attributes.set(name.slice(prefix.length), attributeOf(name, decoded(value)));
  }
  if (!attributes.has('specversion')) return undefined;

  return { ...Object.fromEntries(attributes), ...(body === '' ? {} : { data: parseJsonText(body) }) };
}

/** Of the attributes that are read, one is no text. */
function attributeOf(name: string, value: string): Json {
  return name === 'ce-hops' && /^\d{1,9}$/.test(value) ? Number(value) : value;
}

/** Headers hold ASCII: other letters are written as their bytes. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
