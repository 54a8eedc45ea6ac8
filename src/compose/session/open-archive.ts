import { join } from 'node:path';
import { createSigningKeys } from '../../keys/project-keys.ts';
import { isSigned } from '../../keys/public-key-file.ts';
import type { RunArchive } from '../../ports/runs/archive.ts';
import { createRunArchive } from '../../stores/archive/run-archive.ts';
import { systemClock } from '../system-clock.ts';
import { journalFileName } from './project-server.ts';

/** Where runs are kept that left the journal of this server and namespace. */
export function archiveOf(projectDir: string, url: string): RunArchive {
  return createRunArchive({
    folder: join(projectDir, '.3ox', 'archive', journalFileName(url)),
    keys: createSigningKeys(projectDir),
    isSigned,
    clock: systemClock,
  });
}
