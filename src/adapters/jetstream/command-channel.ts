import { InvalidArgumentError } from '@nats-io/transport-node';
import type { Json } from '../../../events/canonical-json.ts';
import { type Asker, type CommandChannel, CommandTooLarge, NoEngine } from '../../ports/command-channel.ts';
import { NotYourName } from './jetstream-errors.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { pause } from './patience.ts';
import { ANSWER_MS_MAX, answerQuestions, askOnce } from './questions.ts';

/** Commands as NATS requests to `wf.<namespace>.command.<shard>.<who asks>`: permissions on the server pin that. */
export function createCommandChannel({
  link,
  names,
}: {
  readonly link: Link;
  readonly names: Names;
}): CommandChannel {
  return {
    serve: (shard, handler) =>
      answerQuestions(link, names.commandSubjectsOf(shard), (question) =>
        handler(question.json<Json>(), { as: names.askerOf(question.subject) }),
      ),
    request: (shard, request, { as, timeoutMs }) =>
      ask(link, names.commandSubject(shard, as), { request, shard, as, timeoutMs }),
  };
}

async function ask(
  link: Link,
  subject: string,
  {
    request,
    shard,
    as,
    timeoutMs: waitMs,
  }: Asker & { readonly request: Json; readonly shard: number; readonly timeoutMs: number },
): Promise<Json> {
  const body = JSON.stringify(request);
  const deadline = performance.now() + waitMs;
  for (let attempt = 0; ; attempt++) {
    const timeoutMs = Math.max(1, Math.min(deadline - performance.now(), ANSWER_MS_MAX));
    const answer = await askOnce(link, subject, { body, timeoutMs }).catch(asTooLarge(body));
    if (answer !== '') return JSON.parse(answer) as Json;
    if (link.lastProblem()?.includes(`"${subject}"`)) throw new NotYourName(as);
    if (link.connection.isClosed() || performance.now() >= deadline) throw new NoEngine(shard, waitMs);
    await pause(attempt);
  }
}

/** The only thing that the client refuses by itself, and would refuse for ever. */
function asTooLarge(body: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new CommandTooLarge(Buffer.byteLength(body), error);
  };
}
