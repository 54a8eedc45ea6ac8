// Runs as an archive is given them, and the key that their segments are signed with.
import type { Head } from '../../events/record.ts';
import type { PublicKey } from '../../machines/audit/public-key.ts';
import { isSigned, keyIdOf, newKeyPair, signDigest } from '../../src/keys/public-key-file.ts';
import type { SigningKeys } from '../../src/ports/access/signing-keys.ts';
import type { ArchivedMessage, ArchivedRun } from '../../src/ports/runs/archive.ts';
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
