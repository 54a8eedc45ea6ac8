import { createBoard } from '../../../src/engine/board/board.ts';
import { compareOnReconnect, createLedger } from '../../../src/engine/board/ledger.ts';
import { createRunReader, type RunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { type Journal, JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import type { Ledger } from '../../../src/ports/runs/ledger.ts';
import type { Snapshots } from '../../../src/ports/runs/snapshots.ts';
import { indexedJournal } from '../../support/indexed.ts';
import { created } from '../leaving/leaving.ts';
import type { Link } from './link.ts';
import type { Setting } from './setting.ts';

/** What an engine knows of its journal besides the journal, as in a process that serves. */
export type EngineLedger = {
  /** What is acknowledged here is remembered. */
  readonly journal: Journal;
  readonly reader: RunReader;
  readonly ledger: Ledger;
  /** Resolves once the journal was read and compared for the first time. */
  readonly compared: Promise<void>;
  readonly serverIsBack: () => void;
  readonly close: () => Promise<void>;
};

/** Undefined in a world that loses nothing, and that no run leaves. */
export function openEngineLedger(
  { ledger: disk, ledgerWatch, world, charts, leaving }: Setting,
  link: Link,
  { journal, snapshots }: { readonly journal: Journal; readonly snapshots: Snapshots },
): EngineLedger | undefined {
  if (disk === undefined) return undefined;
  const { clock } = link;
  const { archive, indexed = indexedJournal } = leaving?.of(link) ?? {};
  const onTrouble = (message: string): void => world.trace(`${link.name} says: ${message}`);
  const unavailable = (error: Error) => new JournalUnavailable(error.message, { cause: error });
  const ledger = ledgerWatch.around(
    link,
    createLedger({
      ...{ journal, clock, onTrouble, archive },
      file: disk.of(link),
      created: () => link.askPatiently('when the journal was created', () => created, unavailable),
    }),
  );
  const followed = ledger.following(journal);
  const board = createBoard({ ...indexed(journal), clock, onTrouble, ledger });
  const listeners = new Set<() => void>();
  const onReconnect = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  compareOnReconnect(ledger, { onReconnect }, onTrouble);

  return {
    journal: followed,
    ledger,
    reader: createRunReader({ journal: followed, charts, snapshots, ledger, archive }),
    compared: board.ready,
    serverIsBack: () => {
      for (const listener of listeners) listener();
    },
    close: ledger.close,
  };
}
