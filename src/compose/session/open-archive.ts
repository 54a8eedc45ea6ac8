import { join } from 'node:path';
import { codeOf, messageOf } from '../../lib/text.ts';
import type { RunArchive } from '../../ports/runs/archive.ts';
import type { JournalGenerations } from '../../ports/runs/generations.ts';
import { createRunArchive } from '../../stores/archive/run-archive.ts';
import { withoutCredentials } from '../../stores/jetstream/connection/dial.ts';
import { signingOf } from '../signing.ts';
import { systemClock } from '../system-clock.ts';
import { journalFileName } from './project-server.ts';

/** The archive of the journal on this server, in the project or in the folder that `WORKFLOW_ARCHIVE` names. */
export function openArchive(
  projectDir: string,
  {
    url,
    fileName = journalFileName(url),
    generations,
  }: {
    readonly url: string;
    readonly fileName?: string;
    readonly generations?: Pick<JournalGenerations, 'current'>;
  },
): RunArchive {
  const shared = process.env['WORKFLOW_ARCHIVE'] ?? '';
  const { keys, isSigned } = signingOf(projectDir);
  const parent = shared === '' ? join(projectDir, '.3ox', 'archive') : shared;
  const base = shared === '' ? undefined : shared;

  return createRunArchive({
    folder: join(parent, fileName),
    isExpected: generations && (async () => (await generations.current()).carriedTo > 0),
    ...{ base, keys, isSigned, clock: systemClock },
  });
}

/** The same without a connection. */
export function archiveHere(projectDir: string): RunArchive {
  return openArchive(projectDir, { url: withoutCredentials(process.env['NATS_URL'] ?? '') });
}

/** What cannot be read is told of, and is no reason to have no index of the runs that are in the journal. */
export function toldOfTrouble(
  { all }: RunArchive,
  onTrouble: (message: string) => void,
): Pick<RunArchive, 'all'> {
  return {
    all: async function* () {
      try {
        yield* all();
      } catch (error) {
        if (codeOf(error)?.startsWith('archive.') !== true) throw error;
        onTrouble(`runs that were archived are missing in the index: ${messageOf(error)}`);
      }
    },
  };
}
