import type { OpenRuns } from '../../cli/app.ts';
import { delay } from '../../lib/deadline.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import type { Surroundings } from '../../ports/work/surroundings.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { endInOrder } from '../end-in-order.ts';
import { ownedNow } from '../holder.ts';
import { systemClock } from '../system-clock.ts';
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
    surroundings: (lines) => surroundingsFor(lines, { projectDir, stream, onProgress }),
    close: async () => {
      letServerGo();
      await endInOrder([{ end: indexed.close }, { end: () => stream.close(), limitMs: endMs }]);
    },
  };
}

type Here = {
  readonly projectDir: string;
  readonly stream: JetStreamHandle;
  readonly onProgress: (message: string) => void;
};

/** Agents are asked who is there, which takes a moment and a part of the engine, only where some run is with one. */
async function surroundingsFor(lines: readonly RunSummary[], here: Here): Promise<Surroundings> {
  const isAsked = lines.some(({ head }) => head.agents !== undefined || head.skills !== undefined);
  if (isAsked) return agentsAround(here);
  const isOwned = await ownedNow(here.stream).catch(() => undefined);

  return { isOwned: (run) => isOwned?.(run), atAgent: () => undefined, forSkills: () => undefined };
}

async function agentsAround(here: Here): Promise<Surroundings> {
  const { surroundingsOf } = await import('../../engine/surroundings.ts');
  const { openRoster, rollCallMs } = await import('./open-agents.ts');
  const opened = openRoster({ ...here, readOnly: true });
  try {
    const roster = async () => {
      await delay(systemClock, rollCallMs);
      return (await opened).roster;
    };
    return await surroundingsOf({ owned: () => ownedNow(here.stream), roster });
  } finally {
    (await opened.catch(() => undefined))?.close();
  }
}
