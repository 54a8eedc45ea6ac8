import { createLedger } from '../../engine/board/ledger.ts';
import type { RunArchive } from '../../ports/runs/archive.ts';
import type { Ledger } from '../../ports/runs/ledger.ts';
import { createLedgerFile } from '../../project/ledger-file.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { systemClock } from '../system-clock.ts';
import { journalFileName } from './project-server.ts';

/** What this project knows of the journal that it uses: of another server or namespace it knows something else. */
export function openLedger(
  projectDir: string,
  {
    journal,
    journalCreated,
    url,
    fileName = journalFileName(url),
  }: Pick<JetStreamHandle, 'journal' | 'journalCreated' | 'url'> & { readonly fileName?: string },
  archive: Pick<RunArchive, 'find'>,
  onTrouble: (message: string) => void,
): Ledger {
  const file = createLedgerFile({ projectDir, name: fileName });

  return createLedger({
    ...{ journal, file, clock: systemClock, onTrouble },
    created: journalCreated,
    archive,
  });
}
