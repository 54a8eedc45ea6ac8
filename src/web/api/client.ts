import { keepPreviousData, QueryClient, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { SignedInSession } from '../../api/home.ts';
import type { AnswerOf, BodyOf, Segments } from '../../api/operations/answer-of.ts';
import type { Problem } from '../../api/problem.ts';

const RETRIES_MAX = 2;

/** What a request may be narrowed by; what is undefined or empty is left out of the URL. */
export type Params = Readonly<Record<string, string | number | boolean | undefined>>;

/** A request that was not carried out, as the server told it; `status` 0: the server was not reached. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.detail, { cause });
    this.problem = problem;
  }
}

/** The path below `/api/v1` of a route named by its segments; each is encoded. */
export function apiPath(segments: readonly string[], params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const path = `/api/v1/${segments.map(encodeURIComponent).join('/')}`;

  return query.size === 0 ? path : `${path}?${query}`;
}

/** Reads what an operation answers. @throws ApiProblem */
export function getJson<const Path extends Segments<'get'>>(
  segments: Path,
  params?: Params,
  signal?: AbortSignal,
): Promise<AnswerOf<'get', Path>> {
  return request(apiPath(segments, params), signal === undefined ? {} : { signal });
}

/** Asks for a change. @throws ApiProblem */
export function postJson<const Path extends Segments<'post'>>(
  segments: Path,
  body: BodyOf<Path>,
): Promise<AnswerOf<'post', Path>> {
  return request(apiPath(segments), sent(body));
}

/** Takes something away. @throws ApiProblem */
export function deleteJson<const Path extends Segments<'delete'>>(
  segments: Path,
): Promise<AnswerOf<'delete', Path>> {
  return request(apiPath(segments), { method: 'DELETE' });
}

/** Who is signed in. It is no operation: the command line has no session. @throws ApiProblem */
export function getSession(signal?: AbortSignal): Promise<SignedInSession> {
  return request(apiPath(['session']), signal === undefined ? {} : { signal });
}

/** @throws ApiProblem */
export function createSession(token: string): Promise<void> {
  return request(apiPath(['session']), sent({ token }));
}

/** @throws ApiProblem */
export function deleteSession(): Promise<SignedInSession> {
  return request(apiPath(['session']), { method: 'DELETE' });
}

function sent(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetched(path, init);
  const text = await response.text();
  if (!response.ok) throw new ApiProblem(toldProblem(response, text));

  // The schemas of src/api are held by the server's own tests; loading zod to check them here would cost 60 KB.
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function fetched(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, credentials: 'same-origin' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiProblem(
      {
        type: 'about:blank',
        title: 'engine unreachable',
        status: 0,
        detail: 'the engine was not reached',
        code: 'server.unreachable',
        fix: 'start it with: workflow serve',
        retryable: true,
      },
      error,
    );
  }
}

function toldProblem(response: Response, text: string): Problem {
  try {
    const told: unknown = JSON.parse(text);
    if (typeof told === 'object' && told !== null && 'detail' in told) return told as Problem;
  } catch {
    // Something between here and the engine answered in its own words: they are shown below.
  }

  return {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    detail: text.slice(0, 500) || `the server answered ${response.status}`,
    code: 'server.answer',
    retryable: response.status >= 500,
  };
}

type UseApiOptions = {
  readonly isEnabled?: boolean;
  /** Shows the answer to the question before while the next one is on its way. */
  readonly keepsPrevious?: boolean;
  /** The polling interval beside the stream, in ms. */
  readonly everyMs?: number;
};

/** Who is signed in, asked again on a clock. */
export function useSignedIn({ everyMs }: { readonly everyMs: number }): UseQueryResult<SignedInSession> {
  return useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => getSession(signal),
    refetchInterval: everyMs,
  });
}

/** Reads a route; its query key is the segments of its path and then its parameters, when there are any. */
export function useApi<const Path extends Segments<'get'>>(
  segments: Path,
  params?: Params,
  { isEnabled = true, keepsPrevious = false, everyMs }: UseApiOptions = {},
): UseQueryResult<AnswerOf<'get', Path>> {
  return useQuery<AnswerOf<'get', Path>>({
    queryKey: params === undefined ? segments : [...segments, params],
    queryFn: ({ signal }) => getJson(segments, params, signal),
    enabled: isEnabled,
    ...(keepsPrevious ? { placeholderData: keepPreviousData as never } : {}),
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}

/** The stream says what has changed, so nothing is asked again on a clock or because a window came to the front. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        retry: (count, error) =>
          count < RETRIES_MAX && (!(error instanceof ApiProblem) || error.problem.retryable),
      },
    },
  });
}
