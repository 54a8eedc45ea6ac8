import type { Json } from '../../../events/canonical-json.ts';
import { TaskError } from '../../ports/handler.ts';
import type { OutgoingRequest } from './build-request.ts';
import { shownUrl } from './request-url.ts';

/** An answer with another status than the expected. `excerpt` is the beginning of its body. */
export function statusFailure(request: OutgoingRequest, response: Response, excerpt: string): TaskError {
  const { status, statusText, headers } = response;
  const [first = ''] = excerpt.split('\n');
  const said = first === '' ? '' : `, saying: ${first.slice(0, 200)}`;
  const answered = `${status} ${statusText}`.trim();

  return new TaskError('http.status', `${shown(request)} was answered with ${answered}${said}`, {
    retryable: status === 429 || status >= 500,
    details: { status, body: excerpt, ...retryAfter(headers) },
  });
}

/** A request that we ended ourselves. */
export function endedFailure(
  request: OutgoingRequest,
  ended: 'cancelled' | { readonly timeoutMs: number },
): TaskError {
  if (ended === 'cancelled') {
    return new TaskError('http.cancelled', `${shown(request)} was ended with its attempt`, {
      retryable: true,
    });
  }
  const { timeoutMs } = ended;

  return new TaskError('http.timeout', `${shown(request)} was not answered within ${timeoutMs} ms`, {
    retryable: true,
    details: { timeout_ms: timeoutMs },
  });
}

/** What fetch rejected with. It hides the reason in the cause. */
export function networkFailure(request: OutgoingRequest, error: unknown): TaskError {
  const { code, reason } = reasonOf(error);
  const options = { retryable: true, details: { reason: code ?? reason }, cause: error };
  if (reason === 'bad port') {
    const text = `port ${request.url.port} belongs to another protocol and is never asked by HTTP`;
    return new TaskError('http.bad-url', text, { cause: error });
  }
  if (code?.endsWith('_TIMEOUT') === true || code === 'ETIMEDOUT') {
    return new TaskError('http.timeout', `${shown(request)} took too long (${reason})`, options);
  }

  return new TaskError(
    'http.network',
    `${shown(request)} failed on the way: ${reason}; is the server up and the address right?`,
    options,
  );
}

function reasonOf(error: unknown): { readonly code: string | undefined; readonly reason: string } {
  const found = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(found instanceof Error)) return { code: undefined, reason: String(found) };
  const code = 'code' in found && typeof found.code === 'string' ? found.code : undefined;

  // Several addresses of one name that all refuse come as one error without words.
  return { code, reason: found.message || (code ?? found.name) };
}

/** The header as it came, and in ms where it can be told without a clock: a date counts from that of the answer. */
function retryAfter(headers: Headers): { readonly [key: string]: Json } {
  const text = headers.get('retry-after');
  if (text === null) return {};
  const ms = /^\d{1,9}$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text) - Date.parse(headers.get('date') ?? '');

  return { retry_after: text, ...(Number.isNaN(ms) ? {} : { retry_after_ms: Math.max(0, ms) }) };
}

function shown({ method, url }: OutgoingRequest): string {
  return `${method} ${shownUrl(url)}`;
}
