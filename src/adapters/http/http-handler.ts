import type { Json } from '../../../events/canonical-json.ts';
import type { HttpTask } from '../../../machines/task.ts';
import { type Attempt, type Handler, TaskError } from '../../ports/handler.ts';
import { buildRequest, type OutgoingRequest } from './build-request.ts';
import { endedFailure, networkFailure, statusFailure } from './http-failure.ts';
import { readBody, readExcerpt } from './read-body.ts';
import { sendRequest } from './send-request.ts';

/** The longest that a timer of Node can wait; a longer one would go off at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** What concerns one connection says nothing about the answer. */
const HOP_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/**
 * Carries attempts out by one HTTP request. The result is `{ status, headers, body }`.
 *
 * Sends `Idempotency-Key: <run>/<task>/<attempt>` unless the definition sets that header: the same attempt carried out
 * again after a crash is the same request, another attempt is another. A server that must see all attempts as one gets
 * a key of the definition's own, such as `${workflow.run_id}/pay`.
 *
 * `request.timeout` covers everything from sending to the last byte. Without one, Node waits 10 s for the connection
 * and 5 min for the answer to begin or to go on; it never waits longer than these.
 */
export function createHttpHandler(task: HttpTask): Handler {
  return async (attempt) => {
    const request = buildRequest(task, attempt);
    const { timeoutMs } = task.request;
    const stop = new AbortController();
    const cancel = () => stop.abort('cancelled' as const);
    const expire = () => stop.abort({ timeoutMs });
    const timer = timeoutMs === undefined ? undefined : setTimeout(expire, Math.min(timeoutMs, TIMER_MS_MAX));
    attempt.signal.addEventListener('abort', cancel, { once: true });
    if (attempt.signal.aborted) cancel();

    try {
      return await exchange(request, { task, attempt, signal: stop.signal });
    } catch (error) {
      if (stop.signal.aborted) throw endedFailure(request, stop.signal.reason);
      throw error instanceof TaskError ? error : networkFailure(request, error);
    } finally {
      clearTimeout(timer);
      attempt.signal.removeEventListener('abort', cancel);
    }
  };
}

async function exchange(
  request: OutgoingRequest,
  context: { readonly task: HttpTask; readonly attempt: Attempt; readonly signal: AbortSignal },
): Promise<Json> {
  const { task, attempt, signal } = context;
  const isExpected = (status: number): boolean =>
    task.expectStatus?.includes(status) ?? (status >= 200 && status <= 299);
  const response = await sendRequest(request, { isExpected, signal });
  if (!isExpected(response.status)) throw statusFailure(request, response, await readExcerpt(response));

  const body = await readBody(response, () => attempt.heartbeat());

  return { status: response.status, headers: answerHeaders(response.headers), body };
}

/** The names are in lower case. Several of one name are one text, only cookies are a list: they hold commas. */
function answerHeaders(headers: Headers): { readonly [name: string]: Json } {
  const cookies = headers.getSetCookie();
  const plain = [...headers].filter(([name]) => !HOP_HEADERS.has(name));

  return { ...Object.fromEntries(plain), ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) };
}
