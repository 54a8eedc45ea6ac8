import { z } from 'zod';
import { eventDefinition } from '../../../events/catalogue.ts';
import { JournalRecord } from '../../../events/record.ts';

// The values of the fact come out of JSON.parse, so that they are JSON is known; looking at each again would
// cost more than everything else here. Their meaning is checked by the core when it folds the fact.
const Shape = JournalRecord.extend({
  data: JournalRecord.shape.data.extend({ fact: z.record(z.string(), z.unknown()) }),
});

type Message = { readonly run: string; readonly position: number; readonly body: string };
type Foreign = Message & { readonly kind: 'foreign'; readonly reason: string };

/**
 * Reads one message body found on a run's subject. What is not a record of this run that this program knows is
 * `foreign`, with the reason. The hash is not checked here: the core does that along the chain.
 */
export function parseStored(
  message: Message,
): (Message & { readonly kind: 'record'; readonly record: JournalRecord }) | Foreign {
  const read = readRecord(message.run, message.body);
  if (typeof read === 'string') return foreign(message, read);

  return { run: message.run, position: message.position, body: message.body, kind: 'record', record: read };
}

/** Reports a message that cannot be a record of the run. */
export function foreign(message: Message, reason: string): Foreign {
  return { run: message.run, position: message.position, body: message.body, kind: 'foreign', reason };
}

/** The record, or the reason why the body is none. */
function readRecord(run: string, body: string): JournalRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'the body is not JSON';
  }

  const checked = Shape.safeParse(value);
  if (!checked.success) return shapeProblem(value, checked.error);

  // The parsed value itself, not the checked copy: keys that a newer version added are part of the hash.
  const record = value as JournalRecord;
  if (record.id !== `${run}/${record.sequence}`) {
    return `the record has the id ${quoted(record.id)}, not ${quoted(`${run}/${record.sequence}`)}`;
  }

  return eventProblem(record) ?? record;
}

function shapeProblem(value: unknown, error: z.ZodError): string {
  const version = typeof value === 'object' && value !== null && 'specversion' in value && value.specversion;
  if (typeof version === 'string' && version !== '1.0') {
    return `the record has CloudEvents version ${quoted(version)}, not "1.0"`;
  }
  const [issue] = error.issues;

  return `the body is not a record: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'invalid'}`;
}

function eventProblem(record: JournalRecord): string | undefined {
  const definition = eventDefinition(record.type);
  if (definition === undefined) return `unknown event type ${quoted(record.type)}`;
  if (record.dataversion > definition.version) {
    return `version ${record.dataversion} of ${record.type} is newer than this program knows (${definition.version})`;
  }

  return undefined;
}

/** Text from outside may be of any length; a reason is for people to read. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
