import type { Json } from '../../events/canonical-json.ts';
import type { HttpTask } from '../../machines/task.ts';
import { type Attempt, TaskError } from '../ports/work/handler.ts';
import { isJsonType, mediaType, requestHeaders } from './request-headers.ts';

const FORM = 'application/x-www-form-urlencoded';

/** A request, ready to be sent. */
export type OutgoingRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | null;
};

/** Renders the request of a task. Throws TaskError on what cannot or must not be sent. */
export function buildRequest({ request }: HttpTask, attempt: Attempt): OutgoingRequest {
  const { render } = attempt;
  const { method } = request;
  const url = readUrl(render(request.url));
  if (typeof url === 'string')
    throw new TaskError('http.bad-url', `no request can be sent there: ${url}; correct \`request.url\``);

  const headers = requestHeaders(
    Object.entries(request.headers).map(([name, value]) => [name, render(value)] as const),
  );
  const key = request.idempotencyKey === 'attempt' ? attempt.attemptKey : attempt.key;
  if (!headers.has('idempotency-key')) headers.set('idempotency-key', key);
  if (!headers.has('workflow-attempt')) headers.set('workflow-attempt', String(attempt.attempt));
  const body = request.body === undefined ? null : requestBody(render(request.body), headers);
  if (body !== null && (method === 'GET' || method === 'HEAD'))
    throw new TaskError('http.bad-body', `a ${method} request has no body; use another method`);

  return { method, url, headers, body };
}

/**
 * The text that is sent: text as it is, null not at all, everything else as JSON, or as a form where `content-type`
 * says so. Sets `content-type` where the request has none.
 */
function requestBody(body: Json, headers: Headers): string | null {
  if (body === null) return null;
  const type = headers.get('content-type');
  if (typeof body === 'string') {
    if (type === null) headers.set('content-type', 'text/plain; charset=utf-8');
    return body;
  }
  if (type === null) headers.set('content-type', 'application/json');
  if (type === null || isJsonType(type)) return JSON.stringify(body);
  if (mediaType(type) === FORM) return formText(body);

  throw bad(`a body that is no text cannot be sent as ${mediaType(type)}; give it as text`);
}

function formText(body: Json): string {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw bad('a form is a mapping of names');
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    if (value === null) continue;
    if (typeof value === 'object') throw bad(`field ${JSON.stringify(name)} of the form is no single value`);
    form.append(name, String(value));
  }

  return form.toString();
}

function bad(reason: string): TaskError {
  return new TaskError('http.bad-body', `the request has a body that cannot be sent: ${reason}`);
}

/** The address, or why no request may go there. `base` is what a relative address starts from. */
export function readUrl(text: Json, base?: URL): URL | string {
  if (typeof text !== 'string') return `${JSON.stringify(text)} is not text`;
  // A URL is read without its line breaks, so an address that was put together wrongly would lead somewhere else.
  if (hasControlCharacter(text)) return 'the address holds a line break or another control character';
  if (!URL.canParse(text, base?.href)) return `${JSON.stringify(text.slice(0, 200))} is not a URL`;

  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `${url.protocol} is not http: or https:`;
  if (url.username !== '' || url.password !== '') {
    return 'the address holds a user name or a password; send an Authorization header';
  }

  return url;
}

/** The address for people: without the query, which may hold a secret. */
export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}
