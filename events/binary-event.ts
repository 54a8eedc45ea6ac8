import type { Json } from './canonical-json.ts';
import { parseJsonText } from './json-text.ts';

const prefix = 'ce-';
/** Where the body is one event, or several, whatever else stands in the headers. */
const structuredType = /^application\/cloudevents/i;
/** The data stands in the body. */
const dataAttributes: ReadonlySet<string> = new Set(['data', 'data_base64']);

/**
 * An event in the binary mode of CloudEvents as the same in structured JSON: its attributes stand in headers, and the
 * body is its data, read as JSON whatever it is called. Undefined where the headers tell of no event. Throws
 * SyntaxError where the body is no JSON. Source: the HTTP and NATS protocol bindings of CloudEvents 1.0.
 */
export function eventInHeaders(
  headers: Iterable<readonly [name: string, value: string]>,
  body: string,
): { readonly [attribute: string]: Json } | undefined {
  const attributes = new Map<string, Json>();
  for (const [given, value] of headers) {
    const name = given.toLowerCase();
    if (name === 'content-type' && structuredType.test(value)) return undefined;
    const attribute = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (attribute !== '' && !dataAttributes.has(attribute))
      attributes.set(attribute, attributeOf(attribute, decoded(value)));
  }
  if (!attributes.has('specversion')) return undefined;
  const data = body === '' ? {} : { datacontenttype: 'application/json', data: parseJsonText(body) };

  return { ...Object.fromEntries(attributes), ...data };
}

/** Of the attributes that are read, one is no text. */
function attributeOf(name: string, value: string): Json {
  return name === 'hops' && /^\d{1,9}$/.test(value) ? Number(value) : value;
}

/** Headers hold ASCII: other letters are written as their bytes. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
