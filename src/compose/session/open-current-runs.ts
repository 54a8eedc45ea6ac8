import type { OpenRuns } from '../../cli/app.ts';
import { endInOrder } from '../end-in-order.ts';
import { connectServer } from './connect-server.ts';
import { openArchive } from './open-archive.ts';
import { openRuns } from './open-index.ts';

const endMs = 1_000;

/** Connects to the server of the project for the index of its runs alone: nothing that folds a run is loaded. */
export async function openCurrentRuns(
  projectDir: string,
  onProgress: (message: string) => void,
): Promise<OpenRuns> {
  const { stream, letServerGo } = await connectServer({ projectDir }, onProgress);
  const { indexed, runs } = openRuns(
    projectDir,
    { ...stream, archive: openArchive(projectDir, stream) },
    onProgress,
  );

  return {
    runs,
    close: async () => {
      letServerGo();
      await endInOrder([{ end: indexed.close }, { end: () => stream.close(), limitMs: endMs }]);
    },
  };
}
