import type { Json } from '../../../events/canonical-json.ts';
import { delay, within } from '../../lib/deadline.ts';
import type { Clock } from '../../ports/clock.ts';
import { type CommandChannel, type CommandHandler, NoEngine } from '../../ports/runs/command-channel.ts';

const RETRY_MS = 50;

/** Commands between engines in one process, for simulation tests. Who asks waits by the given clock. */
export function createMemoryCommandChannel(clock: Clock): CommandChannel {
  const handlers = new Map<number, CommandHandler>();

  return {
    serve: async (shard, handler) => {
      handlers.set(shard, handler);

      return async () => {
        if (handlers.get(shard) === handler) handlers.delete(shard);
      };
    },
    request: async (shard, request, { timeoutMs, as }) => {
      const deadline = clock.steady() + timeoutMs;
      for (;;) {
        const answering = answerOf(handlers.get(shard), request, as);
        const answer = await within(clock, deadline - clock.steady(), answering);
        if (answer !== undefined) return answer;
        if (clock.steady() >= deadline) throw new NoEngine(shard, timeoutMs);
        await delay(clock, Math.min(RETRY_MS, deadline - clock.steady()));
      }
    },
  };
}

/** Requests and answers cross as text, as they do between processes. Undefined: nobody answered. */
async function answerOf(
  handler: CommandHandler | undefined,
  request: Json,
  as: string,
): Promise<Json | undefined> {
  if (handler === undefined) return undefined;
  try {
    return JSON.parse(JSON.stringify(await handler(JSON.parse(JSON.stringify(request)), { as }))) as Json;
  } catch {
    return undefined;
  }
}
