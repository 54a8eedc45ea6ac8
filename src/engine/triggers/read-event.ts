import type { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import { type CloudEvent, IncomingEvent } from '../../../events/cloud-event.ts';
import { parseJsonText } from '../../../events/json-text.ts';
import { isTooDeep, valueDepthMax } from '../../../machines/expressions/evaluate/json-size.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import { messageOf } from '../../lib/text.ts';
import type { InboxItem } from '../../ports/events/event-inbox.ts';

/** How many of its problems are told of an event that is none. */
const problemsMax = 5;

/** An event as it came in, or why it is none. `now` (ISO 8601, UTC) is the time of one that does not tell its own. */
export function readEvent(
  { body, type }: Pick<InboxItem, 'body' | 'type'>,
  now: string,
): { readonly ok: true; readonly event: CloudEvent } | { readonly ok: false; readonly refusal: Refusal } {
  const parsed = parse(body);
  if (!parsed.ok) return refused('event.not-json', `it is no JSON: ${parsed.message}`);
  if (isTooDeep(parsed.value, valueDepthMax + 1)) {
    return refused('event.too-deep', `its data is nested deeper than ${valueDepthMax} levels`);
  }
  const given = withoutNulls(parsed.value);
  if (isMapping(given) && given['data_base64'] !== undefined) {
    return refused(
      'event.data-base64',
      'its data is in data_base64, which is not read; put it into data as JSON',
    );
  }
  const read = IncomingEvent.safeParse(given);
  if (!read.success) {
    return refused('event.invalid', `it is no CloudEvent that can be read: ${problemsOf(read.error)}`);
  }
  const { time, ...event } = read.data;
  if (event.type !== type) {
    return refused(
      'event.type-mismatch',
      `its type is ${event.type}, and its subject says ${type === '' ? 'none' : type}; publish it on the subject of its type`,
    );
  }

  return { ok: true, event: { ...event, time: time === undefined ? now : new Date(time).toISOString() } };
}

function parse(
  body: string,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: parseJsonText(body) };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

/** An attribute that is null is as good as absent; data may be null. */
function withoutNulls(value: Json): Json {
  if (!isMapping(value)) return value;

  return Object.fromEntries(Object.entries(value).filter(([key, each]) => each !== null || key === 'data'));
}

function isMapping(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problemsOf({ issues }: z.ZodError): string {
  const told = issues
    .slice(0, problemsMax)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));

  return told.join('; ');
}

function refused(code: string, message: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, message } };
}
