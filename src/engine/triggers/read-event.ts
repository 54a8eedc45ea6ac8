import { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import { CloudEvent } from '../../../events/cloud-event.ts';
import { depthMax, isTooDeep } from '../../../machines/json-depth.ts';
import type { Refusal } from '../../../machines/run/command.ts';
import type { InboxItem } from '../../ports/event-inbox.ts';
import { messageOf } from '../../ports/message-of.ts';

/** As CloudEvents has it, the time may be left out, and may be that of any zone. */
const Incoming = CloudEvent.extend({ time: z.iso.datetime({ offset: true }).optional() });

/** How many of its problems are told of an event that is none. */
const problemsMax = 5;

/** An event as it came in, or why it is none. `now` (ISO 8601, UTC) is the time of one that does not tell its own. */
export function readEvent(
  { body, type }: Pick<InboxItem, 'body' | 'type'>,
  now: string,
): { readonly ok: true; readonly event: CloudEvent } | { readonly ok: false; readonly refusal: Refusal } {
  const parsed = parse(body);
  if (!parsed.ok) return refused('event.not-json', `it is no JSON: ${parsed.message}`);
  if (isTooDeep(parsed.value, depthMax + 1)) {
    return refused('event.too-deep', `its data is nested deeper than ${depthMax} levels`);
  }
  const read = Incoming.safeParse(parsed.value);
  if (!read.success) return refused('event.invalid', `it is no CloudEvent: ${problemsOf(read.error)}`);
  const { time, ...event } = read.data;
  if (event.type !== type) {
    return refused(
      'event.type-mismatch',
      `its type is ${event.type}, and its subject says ${type}; publish it on the subject of its type`,
    );
  }

  return { ok: true, event: { ...event, time: time === undefined ? now : new Date(time).toISOString() } };
}

function parse(
  body: string,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: JSON.parse(body) as Json };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
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
