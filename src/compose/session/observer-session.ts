import type { OnProgress, Watching } from '../../cli/app.ts';
import { createAgentsDesk } from '../../engine/agents/agent-admin.ts';
import { createBoard } from '../../engine/board/board.ts';
import type { Authority } from '../../ports/access/authority.ts';
import { endInOrder } from '../end-in-order.ts';
import { systemClock } from '../system-clock.ts';
import { notedDashboard } from './note-dashboard.ts';
import { openRoster } from './open-agents.ts';
import { openSession } from './open-session.ts';

/** Who may do what where nobody looks after that: everybody everything. */
export const everybody: Authority = { refusal: () => undefined };

const endMs = 2_000;

/** Connects to what runs, to look on; commands go to the engines that are there. */
export async function openWatching(projectDir: string, onProgress: OnProgress): Promise<Watching> {
  const session = await openSession({ projectDir, engine: 'none' }, onProgress);
  const { stream, workflows } = session;
  try {
    const { roster, authority, invalid, close } = await openRoster({
      projectDir,
      stream,
      onProgress,
      readOnly: true,
    });
    const board = createBoard({ journal: stream.journal, clock: systemClock, onTrouble: onProgress });
    const agents = createAgentsDesk({
      roster,
      marks: stream.drainMarks,
      authority,
      invalid,
      clock: systemClock,
      depths: () => stream.workDepths(),
      close: async () => close(),
    });

    return {
      workflows,
      board,
      agents,
      namespace: process.env['WORKFLOW_NAMESPACE'] ?? 'default',
      url: async () => (await notedDashboard(projectDir))?.url,
      close: () =>
        endInOrder([
          { end: () => board.close(), limitMs: endMs },
          { end: () => agents.close(), limitMs: endMs },
          { end: () => session.close(), limitMs: endMs },
        ]),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}
