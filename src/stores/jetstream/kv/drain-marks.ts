import { z } from 'zod';
import { subjectToken, tokenText } from '../../../lib/text.ts';
import type { DrainMark, DrainMarks } from '../../../ports/work/agent-admin.ts';
import type { Bucket, BucketEntry } from './bucket.ts';

const PREFIX = 'drain.';
const Mark = z.object({ by: z.string(), at: z.string(), reason: z.string().optional() });

/** One key for each agent that was ever drained; the key of one that is not any more holds a marker. */
export function createDrainMarks(bucket: Bucket): DrainMarks {
  const of = (agent: string): string => PREFIX + subjectToken(agent);

  return {
    all: async () => {
      const marks = new Map<string, DrainMark>();
      for await (const entry of bucket.entries(`${PREFIX}*`)) {
        marks.set(tokenText(entry.key.slice(PREFIX.length)), markIn(entry));
      }

      return marks;
    },
    set: async (agent, mark) => {
      await bucket.write(of(agent), { body: JSON.stringify(mark) });
    },
    clear: (agent) => bucket.remove(of(agent)),
  };
}

/** Somebody wanted the agent to rest, also when nobody can read who. */
function markIn({ body, subject }: BucketEntry): DrainMark {
  try {
    const { reason, ...mark } = Mark.parse(JSON.parse(body));

    return reason === undefined ? mark : { ...mark, reason };
  } catch {
    return { by: 'unknown', at: 'unknown', reason: `the key ${subject} holds no mark` };
  }
}
