import { isUtf8 } from 'node:buffer';
import type { Headers as AnswerHeaders, Response } from 'undici';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { parseJsonText } from '../../events/json-text.ts';
import type { HttpTask } from '../../machines/task.ts';
import { timerMsMax } from '../lib/deadline.ts';
import { type Attempt, type Handler, TaskError } from '../ports/work/handler.ts';
import { buildRequest, type OutgoingRequest, readUrl, shownUrl } from './build-request.ts';
import { firstBytes, guardedFetch, type PrivateHosts, reasonOf } from './guarded-fetch.ts';
import { decodeText, isJsonType, isTextType } from './request-headers.ts';

const REDIRECTS_MAX = 5;
const REDIRECT: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What is meant for one host is not told to the next. */
const FOR_ONE_ORIGIN = ['authorization', 'cookie', 'host', 'proxy-authorization'];

const BODY_BYTES_MAX = 10 * 1024 * 1024;
const EXCERPT_BYTES_MAX = 2 * 1024;

/** What concerns one connection says nothing about the answer. */
const HOP_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/**
 * Carries attempts out by one HTTP request. The result is `{ status, headers, body }`.
 *
 * Sends `Idempotency-Key` and `Workflow-Attempt` unless the definition sets these headers. All attempts have the same
 * key, so that a server which did what an attempt asked for, and answered too late, does not do it again for the next.
 *
 * `request.timeout` covers everything from sending to the last byte. Without one, Node waits 10 s for the connection
 * and 5 min for the answer to begin or to go on; it never waits longer than these.
 */
export function createHttpHandler(task: HttpTask, hosts: PrivateHosts): Handler {
  return async (attempt) => {
    const request = buildRequest(task, attempt);
    const { timeoutMs } = task.request;
    const stop = new AbortController();
    const cancel = () => stop.abort('cancelled' as const);
    const expire = () => stop.abort({ timeoutMs });
    const timer = timeoutMs === undefined ? undefined : setTimeout(expire, Math.min(timeoutMs, timerMsMax));
    attempt.signal.addEventListener('abort', cancel, { once: true });
    if (attempt.signal.aborted) cancel();

    try {
      return await exchange(request, { task, attempt, hosts, signal: stop.signal });
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
  context: {
    readonly task: HttpTask;
    readonly attempt: Attempt;
    readonly hosts: PrivateHosts;
    readonly signal: AbortSignal;
  },
): Promise<Json> {
  const { task, attempt, hosts, signal } = context;
  const isExpected = (status: number): boolean =>
    task.expectStatus?.includes(status) ?? (status >= 200 && status <= 299);
  const response = await sendRequest(request, {
    isExpected,
    signal,
    mayReachPrivate: (url) => hosts.allows(url, attempt.projectDir),
  });
  if (!isExpected(response.status)) throw statusFailure(request, response, await readExcerpt(response));

  const body = await readBody(response, () => attempt.heartbeat());

  return { status: response.status, headers: answerHeaders(response.headers), body };
}

/** The names are in lower case. Several of one name are one text, only cookies are a list: they hold commas. */
function answerHeaders(headers: AnswerHeaders): { readonly [name: string]: Json } {
  const cookies = headers.getSetCookie();
  const plain = [...headers].filter(([name]) => !HOP_HEADERS.has(name));

  return { ...Object.fromEntries(plain), ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) };
}

/** An answer with another status than the expected. `excerpt` is the beginning of its body. */
function statusFailure(request: OutgoingRequest, response: Response, excerpt: string): TaskError {
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
function endedFailure(
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
function networkFailure(request: OutgoingRequest, error: unknown): TaskError {
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

/** The header as it came, and in ms where it can be told without a clock: a date counts from that of the answer. */
function retryAfter(headers: AnswerHeaders): { readonly [key: string]: Json } {
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

/**
 * The body of an answer: JSON where its content type says so, text where it is text, else
 * `{ base64, bytes }`; null when it is empty. Never holds more than 10 MiB, unpacked, in memory.
 */
async function readBody(response: Response, onProgress: () => void): Promise<Json> {
  // The answer to HEAD tells the length of what it leaves out.
  if (response.body === null) return null;
  const declared = Number(response.headers.get('content-length'));
  if (declared > BODY_BYTES_MAX) throw tooLarge(`${declared} bytes`);

  const bytes = await firstBytes(response, BODY_BYTES_MAX, onProgress);
  if (bytes.length > BODY_BYTES_MAX) throw tooLarge('more bytes than that');

  return bytes.length === 0 ? null : decode(bytes, response.headers.get('content-type'));
}

/** The beginning of a body as text, for people. */
async function readExcerpt(response: Response): Promise<string> {
  const bytes = await firstBytes(response, EXCERPT_BYTES_MAX);

  // `stream`: a character that was cut in two is left out.
  return new TextDecoder().decode(bytes.subarray(0, EXCERPT_BYTES_MAX), { stream: true }).trim();
}

/** Bytes that are not the text that the content type promises are handed on unchanged, like those that are no text. */
function decode(bytes: Buffer, contentType: string | null): Json {
  const type = contentType ?? '';
  if (isJsonType(type)) return parseJson(decodeText(bytes, type));
  const isText = isTextType(type) || (contentType === null && isUtf8(bytes));

  return (
    (isText ? decodeText(bytes, type) : undefined) ?? {
      base64: bytes.toString('base64'),
      bytes: bytes.length,
    }
  );
}

/** JSON text can say more than a journal can hold: 1e400 is infinite, and nesting may be deeper than any stack. */
function parseJson(text: string | undefined): Json {
  if (text === undefined) throw badAnswer('its bytes are no text');
  try {
    const value = parseJsonText(text);
    canonicalJson(value);

    return value;
  } catch (cause) {
    throw badAnswer(String(cause), cause);
  }
}

function badAnswer(reason: string, cause?: unknown): TaskError {
  return new TaskError('http.bad-answer', `the answer says that it is JSON and is not: ${reason}`, { cause });
}

function tooLarge(found: string): TaskError {
  return new TaskError(
    'http.too-large',
    `the answer may have ${BODY_BYTES_MAX} bytes and has ${found}; ask for less, or fetch it with a command`,
    { details: { bytes_max: BODY_BYTES_MAX } },
  );
}

type Sending = {
  readonly isExpected: (status: number) => boolean;
  readonly signal: AbortSignal;
  readonly mayReachPrivate: (url: URL) => Promise<boolean>;
};

/** Sends a request and follows at most five redirects, within http and https. An answer that is expected is final. */
async function sendRequest(
  request: OutgoingRequest,
  { isExpected, signal, mayReachPrivate }: Sending,
): Promise<Response> {
  let current = request;
  for (let redirects = 0; ; redirects++) {
    const { method, url, headers, body } = current;
    const init = { method, headers: Object.fromEntries(headers), body, signal, redirect: 'manual' } as const;
    const response = await guardedFetch({ url, init, mayReachPrivate: () => mayReachPrivate(url) });
    const location = response.headers.get('location');
    if (isExpected(response.status) || !REDIRECT.has(response.status) || location === null) return response;

    await response.body?.cancel();
    if (redirects === REDIRECTS_MAX)
      throw badRedirect(url, `${REDIRECTS_MAX} redirects were followed already`);
    const target = readUrl(location, url);
    if (typeof target === 'string') throw badRedirect(url, target);
    current = redirected(current, response.status, target);
  }
}

/** The request as it goes to where it was sent on to, as browsers and fetch change it. */
function redirected(request: OutgoingRequest, status: number, url: URL): OutgoingRequest {
  const headers = new Headers(request.headers);
  if (url.origin !== request.url.origin) for (const name of FOR_ONE_ORIGIN) headers.delete(name);
  const { method, body } = request;
  const becomesGet =
    status === 303 ? method !== 'GET' && method !== 'HEAD' : status < 303 && method === 'POST';
  if (!becomesGet) return { method, url, headers, body };

  for (const name of [...headers.keys()]) if (name.startsWith('content-')) headers.delete(name);

  return { method: 'GET', url, headers, body: null };
}

function badRedirect(from: URL, reason: string): TaskError {
  return new TaskError('http.bad-redirect', `the redirect of ${shownUrl(from)} is not followed: ${reason}`);
}
