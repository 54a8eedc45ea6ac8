import { z } from 'zod';
import { JsonObject, JsonValue } from '../../../events/canonical-json.ts';
import { eventDefinition } from '../../../events/catalogue.ts';
import { JournalRecord } from '../../../events/record.ts';
import { newerCode } from './damage-text.ts';
import { isSigned, sealedMark } from './record-text.ts';

// The values of the fact come out of JSON.parse, so that they are JSON is known; looking at each again would
// cost more than everything else here.
export const RecordShape = JournalRecord.extend({
  data: JournalRecord.shape.data.extend({ fact: z.record(z.string(), z.unknown()) }),
});

type Message = { readonly run: string; readonly position: number; readonly body: string };
/** Why a message is no record: `code` is that of the damage. */
type Foreign = Message & {
  readonly kind: 'foreign';
  readonly code:
    | 'journal.foreign'
    | 'journal.altered'
    | 'journal.unexplained'
    | 'journal.unreadable'
    | typeof newerCode;
  readonly reason: string;
};

/**
 * Reads one message body found on a run's subject. What is not a record of this run that this program knows is
 * `foreign`, with the reason. A record has the data of its type. The hash is not checked here: the core does that along
 * the chain.
 */
export function parseStored(
  message: Message,
): (Message & { readonly kind: 'record'; readonly record: JournalRecord }) | Foreign {
  const read = readRecord(message.run, message.body);
  if (typeof read === 'string') return foreign(message, read);
  const news = newsIn(read);
  if (news !== undefined)
    return {
      ...foreign(message, news),
      code: isSigned(message.body, read.hash) ? newerCode : 'journal.altered',
    };
  if (!hasDataOfItsType(read)) return misfit(message, read);

  return { run: message.run, position: message.position, body: message.body, kind: 'record', record: read };
}

/** Reports a message that cannot be a record of the run. */
export function foreign(message: Message, reason: string): Foreign {
  const { run, position, body } = message;

  return { run, position, body, kind: 'foreign', code: 'journal.foreign', reason };
}

/** Reports a message that the server counts and cannot read: the file that holds it is damaged. */
export function unreadable(place: Omit<Message, 'body'>): Foreign {
  const reason = 'the server cannot read it: the file that holds it is damaged';

  return { ...foreign({ ...place, body: '' }, reason), code: 'journal.unreadable' };
}

/** An event that no version of this program wrote; or one that was altered, which then is what is wrong with it. */
function misfit(message: Message, { type, hash }: Pick<JournalRecord, 'type' | 'hash'>): Foreign {
  const code = isSigned(message.body, hash) ? 'journal.unexplained' : 'journal.altered';

  return { ...foreign(message, `${type} does not have the data of its type`), code };
}

/** The record, or the reason why the body is none. */
function readRecord(run: string, body: string): JournalRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'the body is not JSON';
  }

  const checked = RecordShape.safeParse(value);
  if (!checked.success) return shapeProblem(value, checked.error);

  // The parsed value itself, not the checked copy: keys that a newer version added are part of the hash.
  const record = value as JournalRecord;
  if (record.id !== `${run}/${record.sequence}`) {
    return `the record has the id ${quoted(record.id)}, not ${quoted(`${run}/${record.sequence}`)}`;
  }

  return record;
}

function shapeProblem(value: unknown, error: z.ZodError): string {
  const version = typeof value === 'object' && value !== null && 'specversion' in value && value.specversion;
  if (typeof version === 'string' && version !== '1.0') {
    return `the record has CloudEvents version ${quoted(version)}, not "1.0"`;
  }
  const [issue] = error.issues;

  return `the body is not a record: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'invalid'}`;
}

/** What the record says that this release cannot know. */
function newsIn({ type, dataversion, critical = [] }: JournalRecord): string | undefined {
  const unknown = critical.find((each) => each !== sealedMark);
  if (unknown !== undefined)
    return `it cannot be understood without ${quoted(unknown)}, which this release does not know`;
  const definition = eventDefinition(type);
  if (definition === undefined) return `this release knows no event ${quoted(type)}`;
  if (dataversion > definition.version)
    return `version ${dataversion} of ${type} is newer than the one that this release knows (${definition.version})`;

  return undefined;
}

/** Text from outside may be of any length; a reason is for people to read. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

const shapes = new Map<string, z.ZodType>();

/** Whether the fact is what the catalogue says of its type. That its free values are JSON is not looked at again. */
function hasDataOfItsType({ type, data }: JournalRecord): boolean {
  const shape = shapes.get(type) ?? shapeOf(eventDefinition(type)?.schema ?? z.never());
  shapes.set(type, shape);

  return shape.safeParse(data.fact).success;
}

const anything = z.custom<unknown>((value) => value !== undefined);

/** The schema with `anything` in the place of each JSON value. */
function shapeOf(schema: z.ZodType): z.ZodType {
  if (schema === JsonValue) return anything;
  if (schema instanceof z.ZodOptional) return shapeOf(schema.unwrap() as z.ZodType).optional();
  if (schema === JsonObject) return z.record(z.string(), z.unknown());
  if (!(schema instanceof z.ZodObject)) return schema;
  const members = Object.entries(schema.shape as z.ZodRawShape);

  return z.object(Object.fromEntries(members.map(([name, member]) => [name, shapeOf(member as z.ZodType)])));
}
