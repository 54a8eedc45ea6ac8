import { InvalidArgumentError, type Msg } from '@nats-io/transport-node';
import type { Json } from '../../../../events/canonical-json.ts';
import type { Link } from '../connection/link.ts';
import { untilBroken } from '../connection/race-disconnect.ts';

/** The time after which a question is asked again: the engine that had it may have died. */
export const ANSWER_MS_MAX = 5_000;

/**
 * Answers every question on a subject until the returned function is called. Who cannot answer rejects: an empty
 * answer, which is no JSON, has the question asked again.
 */
export async function answerQuestions(
  link: Link,
  subject: string,
  answer: (question: Msg) => Promise<Json>,
): Promise<() => Promise<void>> {
  // A queue group: while two nodes believe that they own the shard, one of them gets the question, not both.
  const subscription = link.connection.subscribe(subject, {
    queue: 'owner',
    callback: (error, question) => {
      if (error === null) void respond(link, question, answer);
    },
  });
  // The answer to the flush says that the server knows of the subscription.
  await link.connection.flush();

  return async () => {
    subscription.unsubscribe();
    if (link.isUp()) await link.connection.flush();
  };
}

async function respond(link: Link, question: Msg, answer: (question: Msg) => Promise<Json>): Promise<void> {
  try {
    question.respond(JSON.stringify(await answer(question)));
  } catch {
    // Whoever failed to answer has said what went wrong on its side.
    if (!link.connection.isClosed()) question.respond('');
  }
}

/** The answer, or nothing when there was none: nobody who answers, no time, no connection. */
export async function askOnce(
  link: Link,
  subject: string,
  { body, timeoutMs }: { readonly body: string; readonly timeoutMs: number },
): Promise<string> {
  if (!link.isUp()) return '';
  try {
    const answer = link.connection.request(subject, body, { timeout: timeoutMs });

    return (await untilBroken(link, answer)).string();
  } catch (error) {
    // Too large for the server is our own doing and would be refused for ever.
    if (error instanceof InvalidArgumentError) throw error;

    return '';
  }
}
