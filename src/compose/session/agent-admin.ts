import { createAgentsDesk } from '../../engine/agents/agent-admin.ts';
import { delay } from '../../lib/deadline.ts';
import type { AgentsDesk } from '../../ports/work/agent-admin.ts';
import { systemClock } from '../system-clock.ts';
import { connectDesk } from './connect-admin.ts';
import { openRoster } from './open-agents.ts';

/** How long workers have to speak up after they were asked who is there. */
const rollCallMs = 400;

/** Connects, calls the roll and waits for the answers. Where agents.yaml cannot be used, nothing can be changed. */
export async function openAgentsDesk(
  projectDir: string,
  onProgress: (message: string) => void,
): Promise<AgentsDesk> {
  const stream = await connectDesk(projectDir, { name: 'agents', onProgress });
  try {
    const options = { projectDir, stream, onProgress, readOnly: true };
    const { roster, authority, invalid, close } = await openRoster(options);
    await delay(systemClock, rollCallMs);

    return createAgentsDesk({
      roster,
      marks: stream.drainMarks,
      authority,
      invalid,
      clock: systemClock,
      depths: () => stream.workDepths(),
      close: async () => {
        close();
        await stream.close();
      },
    });
  } catch (error) {
    await stream.close();
    throw error;
  }
}
