import { createHash } from 'node:crypto';
import type { Json } from '../../../events/canonical-json.ts';
import { type CloudEvent, isEventType } from '../../../events/cloud-event.ts';
import { InexactNumber, parseJsonText } from '../../../events/json-text.ts';
import { isTooDeep, valueDepthMax } from '../../../machines/expressions/evaluate/json-size.ts';
import type { Hook, RequestPlace } from '../../../machines/serve-file/served.ts';
import type { HookRequest } from './signatures.ts';

/** The request is signed, but no event can be made of it. */
class HookUnreadable extends Error {
  override readonly name = 'HookUnreadable';
  readonly code = 'http.hook';
}

const idCharsMax = 200;

/** The event of a request. A repeated request gets the same id. Throws HookUnreadable. */
export function hookEvent(hook: Hook, request: HookRequest, at: string): CloudEvent {
  const data = dataIn(request);

  return {
    specversion: '1.0',
    id: idOf(hook, request, data),
    source: `/hooks/${hook.name}`,
    type: typeOf(hook, request, data),
    time: at,
    datacontenttype: 'application/json',
    data,
  };
}

function typeOf({ name, event }: Hook, { headers }: HookRequest, data: Json): string {
  if ('type' in event) return event.type;
  const found = textAt(event.from, headers, data);
  const type = `${event.prefix}${found ?? ''}`;
  if (found !== undefined && isEventType(type)) return type;
  const place = 'header' in event.from ? `the header ${event.from.header}` : `${event.from.body} of the body`;
  const shown = found === undefined ? 'nothing' : JSON.stringify(type.slice(0, 80));

  throw new HookUnreadable(
    `the hook ${name} takes the type of its event from ${place}, where ${shown} stands; expected one such as order.paid`,
  );
}

/** Without a configured place of an id, the digest of the bytes is the id. */
function idOf({ id }: Hook, { headers, body }: HookRequest, data: Json): string {
  const found = id === undefined ? undefined : textAt(id, headers, data);
  if (found !== undefined && found !== '' && found.length <= idCharsMax) return found;

  return `sha256-${createHash('sha256').update(body).digest('hex')}`;
}

function textAt(place: RequestPlace, headers: Headers, data: Json): string | undefined {
  if ('header' in place) return headers.get(place.header) ?? undefined;
  let value: Json | undefined = data;
  for (const key of place.body.split('.')) value = memberOf(value, key);

  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function memberOf(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;

  return (value as Readonly<Record<string, Json>>)[key];
}

/** Parses JSON, form fields by name, and any other text as text. */
function dataIn({ headers, body }: HookRequest): Json {
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const text = new TextDecoder().decode(body);
  if (type === 'application/x-www-form-urlencoded') return formIn(text);
  const isJson = type === 'application/json' || type.endsWith('+json');
  if (!isJson && type !== '') return text;

  return refusedIfTooDeep(jsonIn(text, isJson));
}

/** Without a content type, text that is not JSON stays text. */
function jsonIn(text: string, isJson: boolean): Json {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof InexactNumber) throw new HookUnreadable(`in the body, ${error.message}`);
    if (!isJson) return text;
    throw new HookUnreadable(
      `the body is no JSON, though it says so: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

function refusedIfTooDeep(data: Json): Json {
  if (!isTooDeep(data)) return data;

  throw new HookUnreadable(`the body is nested deeper than ${valueDepthMax} levels`);
}

/** GitHub, for one, sends JSON in a form field. A repeated field becomes a list. */
function formIn(text: string): Json {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const others = values.get(name);
    if (others === undefined) values.set(name, [value]);
    else others.push(value);
  }
  const fields: Record<string, Json> = Object.create(null);
  for (const [name, all] of values) fields[name] = all.length === 1 ? (all[0] ?? '') : all;

  return fields;
}
