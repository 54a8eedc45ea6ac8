import type { Json } from '../../../events/canonical-json.ts';
import { type CommandChannel, type CommandHandler, NoEngine } from '../../../src/ports/command-channel.ts';
import type { Link } from './link.ts';
import type { World } from './world.ts';

type Served = { readonly link: Link; readonly handler: CommandHandler };

/** How long one asking may take before the owner is asked again, as on the real channel. */
const answerMsMax = 5_000;

/** Requests between processes: to one of those that serve the shard, at most once for each asking. */
export function createCommandServer(world: World): { readonly of: (link: Link) => CommandChannel } {
  const { agenda, random, faults } = world;
  const serving = new Map<number, Set<Served>>();

  function serve(link: Link, shard: number, handler: CommandHandler): () => void {
    const entry = { link, handler };
    const ofShard = serving.get(shard) ?? new Set();
    serving.set(shard, ofShard.add(entry));
    const end = () => void ofShard.delete(entry);
    link.onEnd(end);

    return end;
  }

  /** The answer, or undefined when there is none in time. */
  function askOnce(link: Link, shard: number, { body, timeoutMs }: { body: string; timeoutMs: number }) {
    return new Promise<string | undefined>((resolve) => {
      const cancel = link.clock.after(timeoutMs, () => resolve(undefined));
      const none = () =>
        link.receive(() => {
          cancel();
          resolve(undefined);
        });
      if (faults.strikes('lost request') || !world.isReachable(false)) return;
      agenda.after(world.latencyMs(), () => {
        const servers = [...(serving.get(shard) ?? [])];
        // The server says at once that nobody listens.
        if (servers.length === 0) return none();
        const { link: owner, handler } = random.pick(servers);
        owner.receive(() => {
          void answerOf(handler, body).then((answer) => {
            if (faults.strikes('lost answer') || !owner.isAlive()) return;
            link.receive(() => {
              cancel();
              resolve(answer);
            });
          });
        }, 0);
      });
    });
  }

  async function request(
    link: Link,
    shard: number,
    { body, timeoutMs }: { body: string; timeoutMs: number },
  ): Promise<Json> {
    const deadline = agenda.nowMs() + timeoutMs;
    for (let attempt = 0; ; attempt += 1) {
      const leftMs = Math.max(1, Math.min(deadline - agenda.nowMs(), answerMsMax));
      const answer = await askOnce(link, shard, { body, timeoutMs: leftMs });
      if (answer !== undefined && answer !== '') return JSON.parse(answer) as Json;
      if (agenda.nowMs() >= deadline) throw new NoEngine(shard, timeoutMs);
      await new Promise<void>(
        (resolve) => void link.clock.after(Math.min(10 * 2 ** attempt, 250), () => resolve()),
      );
    }
  }

  return {
    of: (link) => ({
      serve: async (shard, handler) => {
        const end = serve(link, shard, handler);

        return async () => end();
      },
      request: (shard, asked, { timeoutMs }) =>
        request(link, shard, { body: JSON.stringify(asked), timeoutMs }),
    }),
  };
}

async function answerOf(handler: CommandHandler, body: string): Promise<string> {
  try {
    return JSON.stringify(await handler(JSON.parse(body) as Json));
  } catch {
    return '';
  }
}
