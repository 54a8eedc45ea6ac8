import type { Json } from '../../../events/canonical-json.ts';
import { type CommandChannel, NoEngine } from '../../../src/ports/runs/command-channel.ts';
import type { Link } from './link.ts';
import { createRequestServer } from './requests.ts';
import type { World } from './world.ts';

/** How long one asking may take before the owner is asked again, as on the real channel. */
const answerMsMax = 5_000;

/** Commands to those who own the shard of a run, asked again and again while nobody answers. */
export function createCommandServer(world: World): { readonly of: (link: Link) => CommandChannel } {
  const { agenda } = world;
  const server = createRequestServer(world);

  async function request(
    link: Link,
    shard: number,
    { body, timeoutMs }: { readonly body: string; readonly timeoutMs: number },
  ): Promise<Json> {
    const deadline = agenda.nowMs() + timeoutMs;
    for (let attempt = 0; ; attempt += 1) {
      const leftMs = Math.max(1, Math.min(deadline - agenda.nowMs(), answerMsMax));
      const answer = await server.askOnce(link, String(shard), { body, timeoutMs: leftMs });
      if (answer !== undefined) return JSON.parse(answer) as Json;
      if (agenda.nowMs() >= deadline) throw new NoEngine(shard, timeoutMs);
      await new Promise<void>(
        (resolve) => void link.clock.after(Math.min(10 * 2 ** attempt, 250), () => resolve()),
      );
    }
  }

  return {
    of: (link) => ({
      serve: async (shard, handler) => {
        const end = server.serve(link, String(shard), async (body) => {
          const { asked, as } = JSON.parse(body) as { readonly asked: Json; readonly as: string };

          return JSON.stringify(await handler(asked, { as }));
        });

        return async () => end();
      },
      request: (shard, asked, { timeoutMs, as }) =>
        request(link, shard, { body: JSON.stringify({ asked, as }), timeoutMs }),
    }),
  };
}
