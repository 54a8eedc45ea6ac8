import type { Json } from '../../events/canonical-json.ts';
import type { HttpTask } from '../../machines/task.ts';
import { createHttpHandler } from '../../src/http-task/http-handler.ts';
import type { Attempt, TaskError } from '../../src/ports/work/handler.ts';
import { testAttempt } from '../support/attempt.ts';
import { taskKeys } from '../support/task-keys.ts';

type Request = Partial<HttpTask['request']> & Pick<HttpTask['request'], 'url'>;

/** An HTTP task as the language makes it of these keys. */
function httpTask(request: Request, expectStatus?: readonly number[]): HttpTask {
  return {
    ...taskKeys('call'),
    type: 'HTTP',
    request: { method: 'GET', headers: {}, ...request },
    ...(expectStatus === undefined ? {} : { expectStatus }),
  };
}

/** Carries one attempt out. */
export function send(
  request: Request,
  { expectStatus, ...attempt }: Partial<Attempt> & { readonly expectStatus?: readonly number[] } = {},
): Promise<Json> {
  const hosts = { allows: () => Promise.resolve(true) };

  return createHttpHandler(
    httpTask(request, expectStatus),
    hosts,
  )(testAttempt({ projectDir: '/', ...attempt }));
}

/** The body of the answer. */
export async function bodyOf(url: string): Promise<Json> {
  const { body } = (await send({ url })) as { readonly body: Json };

  return body;
}

/** What an attempt failed with. */
export async function failureOf(attempt: Promise<Json>): Promise<TaskError> {
  const outcome = await attempt.catch((error: unknown) => error);
  if (outcome instanceof Error && outcome.name === 'TaskError') return outcome as TaskError;

  throw new Error(`the attempt did not fail as a task does: ${String(outcome)}`, { cause: outcome });
}
