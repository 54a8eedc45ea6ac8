import { z } from 'zod';
import { subjectToken, tokenText } from '../../../lib/text.ts';
import type { DrainMark, DrainMarks } from '../../../ports/work/agent-admin.ts';
import type { StoredMessage } from '../journal/stream-get.ts';
import type { AgentsBucket } from './agents-bucket.ts';
import { isMarker } from './lease-watch.ts';

const PREFIX = 'drain.';
const Mark = z.object({ by: z.string(), at: z.string(), reason: z.string().optional() });

/** One key for each agent that was ever drained; the key of one that is not any more holds a marker. */
export function createDrainMarks({ stream, subjectOf }: AgentsBucket): DrainMarks {
  const of = (agent: string): string => subjectOf(PREFIX + subjectToken(agent));

  return {
    all: async () => {
      const marks = new Map<string, DrainMark>();
      const every = subjectOf(`${PREFIX}*`);
      let found = await stream.next(every, 0);
      for (; found !== undefined; found = await stream.next(every, found.seq)) {
        const agent = tokenText(found.subject.split('.').at(-1) ?? '');
        if (!isMarker(found.headers)) marks.set(agent, markIn(found));
      }

      return marks;
    },
    set: async (agent, mark) => {
      await stream.store({ subject: of(agent), body: JSON.stringify(mark) });
    },
    clear: async (agent) => {
      const last = await stream.last(of(agent));
      if (last === undefined || isMarker(last.headers)) return;
      await stream.store({ subject: of(agent), body: '', header: { 'KV-Operation': 'DEL' } });
    },
  };
}

/** Somebody wanted the agent to rest, also when nobody can read who. */
function markIn({ body, subject }: StoredMessage): DrainMark {
  try {
    const { reason, ...mark } = Mark.parse(JSON.parse(body));

    return reason === undefined ? mark : { ...mark, reason };
  } catch {
    return { by: 'unknown', at: 'unknown', reason: `the key ${subject} holds no mark` };
  }
}
