import { afterEach, beforeEach } from 'vitest';
import type { Journal, Stored } from '../../src/ports/runs/journal.ts';
import { createRecordWriter } from '../support/records.ts';

/** A journal to test, empty, with a second writer on the same storage and a way to plant what no engine writes. */
export type OpenJournal = {
  readonly journal: Journal;
  /** The same journal as another process sees it. */
  readonly other: Journal;
  /** Puts any body on the subject of a run; resolves with its position. */
  readonly plant: (run: string, body: string) => Promise<number>;
  readonly close: () => Promise<void>;
};

/** Opens an empty journal before each test and closes it after. The members may be used inside tests only. */
export function useJournal(open: () => Promise<OpenJournal>): { readonly it: OpenJournal } {
  const current: { it: OpenJournal } = { it: undefined as unknown as OpenJournal };
  beforeEach(async () => {
    current.it = await open();
  });
  afterEach(() => current.it.close());

  return current;
}

/** Appends so many records to a run, one after the other; resolves with their positions. */
export async function appendMany(
  journal: Journal,
  run: string,
  { count, padding = '' }: { readonly count: number; readonly padding?: string },
): Promise<number[]> {
  const writer = createRecordWriter(run);
  const positions: number[] = [];
  for (let index = 0; index < count; index++) {
    positions.push(await journal.append(writer.next(positions.at(-1) ?? 0, padding)));
  }

  return positions;
}

export async function collect(messages: AsyncIterable<Stored>): Promise<Stored[]> {
  const found: Stored[] = [];
  for await (const message of messages) found.push(message);

  return found;
}

/** The first so many messages, then leaves the iteration. */
export async function take(messages: AsyncIterable<Stored>, count: number): Promise<Stored[]> {
  const found: Stored[] = [];
  for await (const message of messages) {
    found.push(message);
    if (found.length === count) break;
  }

  return found;
}

export const bodiesOf = (messages: readonly Stored[]): string[] => messages.map(({ body }) => body);
export const positionsOf = (messages: readonly Stored[]): number[] =>
  messages.map(({ position }) => position);
