import { STATUS_CODES } from 'node:http';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import type { Problem, TextProblem } from '../api/problem.ts';
import { messageOf } from '../lib/text.ts';
import type { ApiEnv } from './api.ts';
import { httpStatusOf, isRetryable } from './status-of.ts';
import { TooManyRequests } from './too-many-requests.ts';

type Told = {
  readonly code: string;
  readonly message: string;
  readonly fix?: string | undefined;
  readonly problems?: readonly TextProblem[] | undefined;
};

/** The problem document (RFC 9457) of a failed request. */
export function problemOf(
  { code, message, fix, problems }: Told,
  status: number = httpStatusOf(code) ?? 500,
): Problem {
  return {
    type: `/reference#${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    code,
    ...(fix === undefined ? {} : { fix }),
    retryable: isRetryable(status),
    ...(problems === undefined ? {} : { problems: [...problems] }),
  };
}

/** Answers with a problem document. */
export function answerProblem(c: Context<ApiEnv>, problem: Problem): Response {
  const headers = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' };

  return c.newResponse(JSON.stringify(problem), { status: problem.status as ContentfulStatusCode, headers });
}

/** Turns any error of a handler into a problem. Unexpected errors are reported to `onTrouble` only. */
export function answerError(onTrouble: (error: unknown) => void) {
  return (error: Error, c: Context<ApiEnv>): Response => {
    if (error instanceof HTTPException) return answerProblem(c, ofHono(error));
    if (error instanceof TooManyRequests) c.header('Retry-After', String(error.retryAfterS));
    const { code, fix, problems } = error as Partial<Told>;
    const status = typeof code === 'string' && code.includes('.') ? httpStatusOf(code) : undefined;
    if (code !== undefined && status !== undefined)
      return answerProblem(c, problemOf({ code, message: messageOf(error), fix, problems }, status));
    onTrouble(error);

    return answerProblem(c, problemOf(internal, 500));
  };
}

const internal: Told = {
  code: 'internal',
  message: 'something went wrong in the server; what it was stands in the output of `workflow serve`',
};

/** Errors of hono itself: a body or request that it cannot read. */
function ofHono({ status, message }: HTTPException): Problem {
  const isType = status === 415;
  const code = isType ? 'http.media-type' : 'http.invalid';
  const type = 'the body has to be JSON, with "Content-Type: application/json"';

  return problemOf({ code, message: isType ? type : message || 'the request cannot be read' }, status);
}

type Validated = { readonly success: boolean; readonly target?: string; readonly error?: z.core.$ZodError };

const shownMax = 80;

/** The `defaultHook` of the API: reports what is invalid in the request, and where. */
export function answerInvalid(result: Validated, c: Context<ApiEnv>): Response | undefined {
  if (result.success) return undefined;
  const problems = (result.error?.issues ?? []).map(({ path, message }) => ({
    code: 'http.invalid',
    severity: 'error' as const,
    message,
    path: path.map(String).join('.'),
  }));
  const where = result.target === 'json' ? 'the body' : `the ${result.target ?? 'request'}`;
  const told = problems.map(({ path, message }) =>
    path === '' ? message : `${path.slice(0, shownMax)}: ${message}`,
  );
  const problem = problemOf({ code: 'http.invalid', message: `${where} is wrong: ${told.join('; ')}` }, 400);

  return answerProblem(c, { ...problem, problems });
}
