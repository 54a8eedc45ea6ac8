import type { Journal, Stored } from '../../ports/runs/journal.ts';

/** The records of runs that began not long ago, so that these runs need not be read once more. */
export type RecentRecords = {
  /** Passes the messages on, and keeps them. */
  readonly noting: (messages: AsyncIterable<Stored>) => AsyncGenerator<Stored, void, undefined>;
  /** Whether the records of the run are here, from its first to this one. */
  readonly has: (run: string, sequence: number) => boolean;
  /** As that of the journal, for a run that is here. */
  readonly read: Journal['read'];
  readonly forget: (run: string) => void;
};

type Kept = { readonly records: Stored[]; characters: number };

/** Of all runs together. */
const charactersMax = 16 * 1024 * 1024;

export function createRecentRecords(most = charactersMax): RecentRecords {
  const runs = new Map<string, Kept>();
  let characters = 0;

  function forget(run: string): void {
    characters -= runs.get(run)?.characters ?? 0;
    runs.delete(run);
  }

  function note(stored: Stored): void {
    const { run, body } = stored;
    const sequence = stored.kind === 'record' ? stored.record.sequence : 0;
    if (sequence === 1 && !runs.has(run)) runs.set(run, { records: [], characters: 0 });
    const kept = runs.get(run);
    if (kept === undefined) return;
    // What is no record, or comes out of turn, is for whoever reads the journal itself.
    if (sequence !== kept.records.length + 1) {
      forget(run);
      return;
    }
    kept.records.push(stored);
    kept.characters += body.length;
    characters += body.length;
    for (const oldest of runs.keys()) {
      if (characters <= most) break;
      forget(oldest);
    }
  }

  return {
    noting: async function* (messages) {
      for await (const stored of messages) {
        note(stored);
        yield stored;
      }
    },
    has: (run, sequence) => (runs.get(run)?.records.length ?? 0) >= sequence,
    read: async function* (run, { after = 0 } = {}) {
      for (const stored of runs.get(run)?.records ?? []) if (stored.position > after) yield stored;
    },
    forget,
  };
}
