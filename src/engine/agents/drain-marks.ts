import { z } from 'zod';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { AgentMarks, DrainMark, DrainMarks, MoveMark } from '../../ports/work/agent-admin.ts';
import { createMarks } from '../marks.ts';

const Drain = z.object({ by: z.string(), at: z.string(), reason: z.string().exactOptional() });
const Move = Drain.extend({ team: z.string(), department: z.string() });

/** One mark for each agent that is drained, and one for each that was moved to another team. */
export function createDrainMarks(store: MarkStore): DrainMarks {
  const moves = marksOf<MoveMark>(store, { first: 'team', schema: Move });

  return { ...marksOf<DrainMark>(store, { first: 'drain', schema: Drain, spoilt: unreadable }), moves };
}

type Kind<Mark> = {
  readonly first: string;
  readonly schema: z.ZodType<Mark>;
  /** See `createMarks`. */
  readonly spoilt?: (key: string) => Mark | undefined;
};

function marksOf<Mark extends DrainMark>(
  store: MarkStore,
  { first, schema, spoilt }: Kind<Mark>,
): AgentMarks<Mark> {
  const marks = createMarks<Mark>(store, schema, spoilt);
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
