import { TaskError } from '../../ports/handler.ts';
import type { OutgoingRequest } from './build-request.ts';
import { readUrl, shownUrl } from './request-url.ts';

const REDIRECTS_MAX = 5;
const REDIRECT: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What is meant for one host is not told to the next. */
const FOR_ONE_ORIGIN = ['authorization', 'cookie', 'host', 'proxy-authorization'];

/** Sends a request and follows at most five redirects, within http and https. An answer that is expected is final. */
export async function sendRequest(
  request: OutgoingRequest,
  { isExpected, signal }: { readonly isExpected: (status: number) => boolean; readonly signal: AbortSignal },
): Promise<Response> {
  let current = request;
  for (let redirects = 0; ; redirects++) {
    const { method, url, headers, body } = current;
    const response = await fetch(url, { method, headers, body, signal, redirect: 'manual' });
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
