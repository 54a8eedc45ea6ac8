import { authorityOf } from '../../../machines/agents/authority.ts';
import { createCharts } from '../../engine/run-reader/charts.ts';
import { createRunReader } from '../../engine/run-reader/run-reader.ts';
import { createKnownTriggers } from '../../engine/triggers/known-triggers.ts';
import { createTriggersDesk } from '../../engine/triggers/trigger-admin.ts';
import { messageOf } from '../../lib/text.ts';
import type { Authority } from '../../ports/access/authority.ts';
import type { TriggersDesk } from '../../ports/events/trigger-admin.ts';
import { isDeadHere } from '../holder.ts';
import { systemClock } from '../system-clock.ts';
import { connectDesk } from './agent-admin.ts';
import { openDeclared } from './open-agents.ts';

/** Connects, and knows the triggers when the first question is answered. */
export async function openTriggersDesk(
  projectDir: string,
  onProgress: (message: string) => void,
): Promise<TriggersDesk> {
  const stream = await connectDesk(projectDir, { name: 'triggers', onProgress });
  const onTrouble = (error: unknown) => onProgress(messageOf(error));
  try {
    const { declared, invalid } = await openDeclared({ projectDir, onProgress, readOnly: true });
    const authority: Authority = {
      refusal: (...asked) => {
        // Where it cannot be told who may do what, nobody may.
        if (invalid !== undefined) throw invalid;
        return authorityOf(declared.current().principals).refusal(...asked);
      },
    };

    return createTriggersDesk({
      known: createKnownTriggers({ definitions: stream.definitions, clock: systemClock, onTrouble }),
      marks: stream.triggerMarks,
      outcomes: stream.outcomes,
      events: stream.events,
      reader: createRunReader({ ...stream, charts: createCharts(stream.definitions) }),
      leases: stream.leases,
      authority,
      clock: systemClock,
      isDead: isDeadHere,
      close: async () => {
        declared.close();
        await stream.close();
      },
    });
  } catch (error) {
    await stream.close();
    throw error;
  }
}
