import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openIndexedJournal } from '../src/compose/session/open-index.ts';
import type { IndexedJournal } from '../src/engine/board/index-keeper.ts';
import type { JetStreamHandle } from '../src/stores/jetstream/connect.ts';

/** The journal with an index in a folder that is gone when this process is. */
export function indexedHere(stream: JetStreamHandle): IndexedJournal {
  const folder = mkdtempSync(join(tmpdir(), 'workflow-bench-index-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

  return openIndexedJournal(folder, stream, (message) => process.stderr.write(`${message}\n`));
}
