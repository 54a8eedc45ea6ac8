// Runs as an archive is given them, and the key that their segments are signed with.
import type { Head } from '../../events/record.ts';
import type { PublicKey } from '../../machines/audit/public-key.ts';
import { isSigned, keyIdOf, newKeyPair, signDigest } from '../../src/keys/public-key-file.ts';
import type { SigningKeys } from '../../src/ports/access/signing-keys.ts';
import type { ArchivedMessage, ArchivedRun } from '../../src/ports/runs/archive.ts';
import { type Journal, JournalConflict, type Stored } from '../../src/ports/runs/journal.ts';
import { createRecordWriter } from './records.ts';

export type GivenRun = ArchivedRun & { readonly messages: readonly ArchivedMessage[] };

export const archivedAt = '2026-02-01T00:00:00.000Z';
export const policy = 'retention of demo version 1: keep 30d, then archive';

/** A run of so many records. Its messages stand at every second position of the journal, from `first` on. */
export function givenRun(
  run: string,
  { events = 3, first = 1, kept = 'whole', head = {}, padding = '' }: GivenOptions = {},
): GivenRun {
  const writer = createRecordWriter(run);
  const messages = Array.from({ length: events }, (_, at) => ({
    position: first + 2 * at,
    body: writer.next(0, padding).body,
  }));
  const last = JSON.parse(messages.at(-1)?.body ?? '');
  const { sequence, hash, time, data } = last;
  const position = first + 2 * (events - 1);

  return {
    ...{ run, sequence, position, hash, updatedAt: time, kept, policy, messages },
    head: { ...data.head, status: 'COMPLETED', endedAt: time, ...head },
  };
}

type GivenOptions = {
  readonly events?: number;
  readonly first?: number;
  readonly kept?: ArchivedRun['kept'];
  readonly head?: Partial<Head>;
  readonly padding?: string;
};

export async function* given(...runs: readonly GivenRun[]): AsyncGenerator<GivenRun> {
  yield* runs;
}

/** The signing keys of a project, in memory: one key. */
export function memorySigning() {
  const { privatePem, publicKey } = newKeyPair();
  const key: PublicKey = { key: keyIdOf(publicKey), publicKey };
  const keys: Pick<SigningKeys, 'current' | 'sign'> = {
    current: async (from) => ({ ...key, from, isCurrent: true }),
    sign: async (_key, digest) => signDigest(privatePem, digest),
  };

  return { key, keys, isSigned };
}

/** A run of a journal as it is archived. */
export async function runOf(
  journal: Pick<Journal, 'read'>,
  run: string,
  kept: ArchivedRun['kept'] = 'whole',
): Promise<GivenRun> {
  const stored: Stored[] = [];
  for await (const each of journal.read(run)) stored.push(each);
  const last = stored.at(-1);
  if (last?.kind !== 'record') throw new Error(`run ${run} does not end with a record`);
  const { sequence, hash, time, data } = last.record;
  const messages = stored.map(({ position, body }) => ({ position, body }));

  return {
    ...{ run, sequence, hash, kept, policy, messages },
    ...{ position: last.position, head: data.head, updatedAt: time },
  };
}

/** A journal in which runs can be left behind. */
export function leavingJournal(journal: Journal): {
  readonly journal: Journal;
  readonly leave: (run: string) => void;
} {
  const gone = new Set<string>();
  const only = async function* (messages: AsyncIterable<Stored>) {
    for await (const stored of messages) if (!gone.has(stored.run)) yield stored;
  };

  return {
    leave: (run) => void gone.add(run),
    journal: {
      ...journal,
      append: (append) => {
        if (!gone.has(append.run)) return journal.append(append);
        // As a stream that never held it: only a first event would be taken.
        if (append.after > 0) throw new JournalConflict(append.run, append.after);
        throw new Error(`a second run ${append.run} began`);
      },
      read: (...asked) => only(journal.read(...asked)),
      last: async (run) => (gone.has(run) ? undefined : journal.last(run)),
      lastOfEach: () => only(journal.lastOfEach()),
      watch: (options) => only(journal.watch(options)),
    },
  };
}
