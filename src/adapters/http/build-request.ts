import type { HttpTask } from '../../../machines/task.ts';
import { type Attempt, TaskError } from '../../ports/handler.ts';
import { requestBody } from './request-body.ts';
import { requestHeaders } from './request-headers.ts';
import { readUrl } from './request-url.ts';

/** A request, ready to be sent. */
export type OutgoingRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | null;
};

/** Renders the request of a task. Throws TaskError on what cannot or must not be sent. */
export function buildRequest({ request }: HttpTask, { render, key }: Attempt): OutgoingRequest {
  const { method } = request;
  const url = readUrl(render(request.url));
  if (typeof url === 'string')
    throw new TaskError('http.bad-url', `no request can be sent there: ${url}; correct \`request.url\``);

  const headers = requestHeaders(
    Object.entries(request.headers).map(([name, value]) => [name, render(value)] as const),
  );
  if (!headers.has('idempotency-key')) headers.set('idempotency-key', key);
  const body = request.body === undefined ? null : requestBody(render(request.body), headers);
  if (body !== null && (method === 'GET' || method === 'HEAD'))
    throw new TaskError('http.bad-body', `a ${method} request has no body; use another method`);

  return { method, url, headers, body };
}
