import { z } from 'zod';
import { DefinitionRef } from '../../../../events/run-events.ts';
import type { StoredDefinition } from '../../../ports/definitions/definition-store.ts';
import { JournalUnavailable, RecordTooLarge } from '../../../ports/runs/journal.ts';
import { createLazyStream, type LazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { journalSettings } from '../connection/streams.ts';
import { readMessage } from './journal-read.ts';

/** What may stand in a subject. */
export const DEFINITION_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
export const DEFINITION_HASH = /^[0-9a-f]{64}$/;

const PublishMark = z.object({ by: z.string(), at: z.string(), reason: z.string().optional() });

/** What the record of a version says, and the first line of the record of its text. */
export const DefinitionEntry = z.object({
  ref: DefinitionRef,
  file: z.string(),
  published: PublishMark.optional(),
});
export type DefinitionEntry = z.output<typeof DefinitionEntry>;

export type DefinitionSource = {
  readonly link: Link;
  readonly names: Names;
  readonly recordBytesMax: number;
};

/** A record that is written once. `read` makes of a text what it says; undefined where the text is no such record. */
type DefinitionRecord<Value> = {
  readonly subject: string;
  readonly read: (body: string) => Value | undefined;
};

type First<Value> = { readonly value: Value | undefined; readonly position: number };

/** Records of definitions in the journal. The first readable one of a subject counts, whatever follows it. */
export type DefinitionRecords = {
  /** With the position of the last message that was looked at: 0 where there is none. */
  first<Value>(record: DefinitionRecord<Value>): Promise<First<Value>>;
  /** Writes the record unless there is one, and resolves with the one that counts. Rejects with RecordTooLarge. */
  put<Value>(record: DefinitionRecord<Value>, body: string): Promise<Value>;
  readonly stream: LazyStream;
};

/** With each conflict something else was written to the subject. */
const CONFLICTS_MAX = 20;

export function createDefinitionRecords({
  link,
  names,
  recordBytesMax,
}: DefinitionSource): DefinitionRecords {
  const stream = createLazyStream({
    // The journal is made when the program starts. One that is gone since is not replaced by an empty one.
    link: { ...link, mayLead: false },
    settings: journalSettings(names, 1),
    giveUp,
  });
  const first = <Value>(record: DefinitionRecord<Value>) => firstReadable(stream, record);

  return {
    first,
    put: async (record, body) => {
      const bytes = Buffer.byteLength(body);
      for (let conflict = 0; conflict < CONFLICTS_MAX; conflict++) {
        const { value, position: after } = await first(record);
        if (value !== undefined) return value;
        if (bytes > recordBytesMax) throw new RecordTooLarge(record.subject, bytes, recordBytesMax);
        // Whether it was stored or something else was, what counts is what is read.
        await stream.store({ subject: record.subject, body, after });
      }

      throw giveUp(`${record.subject} holds ${CONFLICTS_MAX} records that are none`);
    },
    stream,
  };
}

function giveUp(reason: string, cause?: unknown): JournalUnavailable {
  return new JournalUnavailable(
    `the store of definitions does not answer: ${reason}; run \`workflow doctor\``,
    {
      cause,
    },
  );
}

async function firstReadable<Value>(
  stream: LazyStream,
  { subject, read }: DefinitionRecord<Value>,
): Promise<First<Value>> {
  let position = 0;
  for (let found = await stream.next(subject, 0); found !== undefined; ) {
    position = found.seq;
    const value = read(found.body);
    if (value !== undefined) return { value, position };
    found = await stream.next(subject, position);
  }

  return { value: undefined, position };
}

/** The text as it was written stands behind the first line, so that it takes no more room than it has. */
export function textRecord(names: Names, hash: string): DefinitionRecord<StoredDefinition> {
  return {
    subject: names.textSubject(hash),
    read: (body) => {
      const end = body.indexOf('\n');
      const entry = end < 0 ? undefined : readMessage(DefinitionEntry, body.slice(0, end));

      return entry?.ref.hash === hash ? { ...entry, text: body.slice(end + 1) } : undefined;
    },
  };
}

export function textBody({ text, ...entry }: StoredDefinition): string {
  return `${versionBody(entry)}\n${text}`;
}

export function versionRecord(names: Names, id: string, version: number): DefinitionRecord<DefinitionEntry> {
  return {
    subject: names.versionSubject(id, version),
    read: (body) => {
      const entry = readMessage(DefinitionEntry, body);

      return entry?.ref.id === id && entry.ref.version === version ? entry : undefined;
    },
  };
}

export function versionBody({ ref, file, published }: Omit<StoredDefinition, 'text'>): string {
  return JSON.stringify({ ref, file, published });
}
