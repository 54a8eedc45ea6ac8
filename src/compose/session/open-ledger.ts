import { sha256Hex } from '../../../machines/hash.ts';
import { createLedger } from '../../engine/board/ledger.ts';
import type { Ledger } from '../../ports/runs/ledger.ts';
import { createLedgerFile } from '../../project/ledger-file.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { systemClock } from '../system-clock.ts';
import { namespaceFrom } from './project-server.ts';

/** What this project knows of the journal that it uses: of another server or namespace it knows something else. */
export function openLedger(
  projectDir: string,
  { journal, journalCreated, url }: Pick<JetStreamHandle, 'journal' | 'journalCreated' | 'url'>,
  onTrouble: (message: string) => void,
): Ledger {
  const server = (process.env['NATS_URL'] ?? '') === '' ? 'own' : sha256Hex(url).slice(0, 12);
  const name = `${server}-${namespaceFrom(process.env)}`;
  const file = createLedgerFile({ projectDir, name });

  return createLedger({ journal, file, created: journalCreated, clock: systemClock, onTrouble });
}
