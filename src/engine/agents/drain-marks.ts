import { z } from 'zod';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { DrainMark, DrainMarks } from '../../ports/work/agent-admin.ts';
import { createMarks } from '../marks.ts';

const first = 'drain';
const Drain = z.object({ by: z.string(), at: z.string(), reason: z.string().exactOptional() });

/** One mark for each agent that is drained. */
export function createDrainMarks(store: MarkStore): DrainMarks {
  const marks = createMarks<DrainMark>(store, Drain, unreadable);
  const of = (agent: string): string => `${first}/${agent}`;

  return {
    all: async () => {
      const found = [...(await marks.values(first))];

      return new Map(found.map(([key, mark]) => [key.slice(of('').length), mark]));
    },
    set: async (agent, mark) => {
      await marks.change(of(agent), () => ({ to: { value: mark }, result: undefined }));
    },
    clear: async (agent) => {
      await marks.change(of(agent), ({ revision }) => ({
        ...(revision === 0 ? {} : { to: 'removed' }),
        result: undefined,
      }));
    },
  };
}

/** Somebody wanted the agent to rest, also when nobody can read who. */
function unreadable(key: string): DrainMark {
  return { by: 'unknown', at: 'unknown', reason: `the mark ${key} cannot be read` };
}
