import { InvalidArgumentError, type Msg } from '@nats-io/transport-node';
import type { Json } from '../../../events/canonical-json.ts';
import { type CommandChannel, type CommandHandler, NoEngine } from '../../ports/command-channel.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { pause } from './patience.ts';

// How long one asking may take before the owner is asked again: it may have died with the question.
const ANSWER_MS_MAX = 5_000;

/** Commands as NATS requests to `wf.<namespace>.command.<shard>`. */
export function createCommandChannel({
  link,
  names,
}: {
  readonly link: Link;
  readonly names: Names;
}): CommandChannel {
  return {
    serve: async (shard, handler) => {
      // A queue group: while two nodes believe that they own the shard, one of them gets the request, not both.
      const subscription = link.connection.subscribe(names.commandSubject(shard), {
        queue: 'owner',
        callback: (error, message) => {
          if (error === null) void respond(message, handler);
        },
      });
      // The answer to the flush says that the server knows of the subscription.
      await link.connection.flush();

      return async () => {
        subscription.unsubscribe();
        if (link.isUp()) await link.connection.flush();
      };
    },
    request: (shard, request, { timeoutMs }) => ask({ link, names }, shard, { request, timeoutMs }),
  };
}

async function respond(message: Msg, handler: CommandHandler): Promise<void> {
  try {
    message.respond(JSON.stringify(await handler(message.json<Json>())));
  } catch {
    // An empty answer is no JSON: whoever asked will ask again. The handler has said what went wrong on its side.
    message.respond('');
  }
}

async function ask(
  { link, names }: { readonly link: Link; readonly names: Names },
  shard: number,
  { request, timeoutMs }: { readonly request: Json; readonly timeoutMs: number },
): Promise<Json> {
  const body = JSON.stringify(request);
  const deadline = performance.now() + timeoutMs;
  for (let attempt = 0; ; attempt++) {
    const timeout = Math.max(1, Math.min(deadline - performance.now(), ANSWER_MS_MAX));
    const answer = link.isUp() ? await askOnce(link, names.commandSubject(shard), { body, timeout }) : '';
    if (answer !== '') return JSON.parse(answer) as Json;
    if (link.connection.isClosed() || performance.now() >= deadline) throw new NoEngine(shard, timeoutMs);
    await pause(attempt);
  }
}

/** The answer, or nothing when there was none: no owner, no time, no connection. */
async function askOnce(
  link: Link,
  subject: string,
  { body, timeout }: { readonly body: string; readonly timeout: number },
): Promise<string> {
  try {
    return (await link.connection.request(subject, body, { timeout })).string();
  } catch (error) {
    // Too large for the server is our own doing and would be refused for ever.
    if (error instanceof InvalidArgumentError) throw error;

    return '';
  }
}
