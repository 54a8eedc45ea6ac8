import type { Context } from 'hono';
import { operationRequest } from '../../api/operations/operation-request.ts';
import { Problem } from '../../api/problem.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import type { Api, ApiEnv } from '../api.ts';

/** Answers a request of the MCP server. Operations are carried out by `ask`, with the rights of whoever sent it. */
export type AnswerMcp = (
  request: Request,
  ask: (operation: string, input: object, gone?: AbortSignal) => Promise<unknown>,
) => Promise<Response>;

/** What says who asks. */
const callerHeaders = ['authorization', 'cookie', 'host'] as const;

/**
 * The MCP server. What a tool does is asked of the routes of this API as the same caller, so that whatever holds for
 * these, such as rights, domains and limits, holds for tools.
 */
export function addMcpRoute(api: Api, answer: AnswerMcp): void {
  api.on(['GET', 'POST', 'DELETE'], '/mcp', async (c) => {
    const { req } = c;
    const { method } = req;
    const body = method === 'POST' ? { body: await req.text() } : {};
    const request = new Request(req.url, {
      method,
      headers: req.raw.headers,
      signal: req.raw.signal,
      ...body,
    });

    return answer(request, askingFor(api, c));
  });
}

function askingFor(api: Api, c: Context<ApiEnv>) {
  const said = callerHeaders.flatMap((name) => {
    const value = c.req.header(name);
    return value === undefined ? [] : [[name, value] as const];
  });

  return async (operation: string, input: object, gone?: AbortSignal): Promise<unknown> => {
    const asked = operationRequest(operation, { ...input });
    if (asked === undefined) throw new Error(`${operation} cannot be asked for over HTTP`);
    const { path, ...init } = asked;
    const url = new URL(path, c.req.url);
    // A body is looked at where its length is said.
    const length = init.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(init.body)) };
    const headers = { ...init.headers, ...length, ...Object.fromEntries(said) };
    const signal = gone === undefined ? c.req.raw.signal : AbortSignal.any([c.req.raw.signal, gone]);
    const request = new Request(url, { ...init, headers, signal });
    const response = await api.fetch(request, c.env);
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    throw refusedBy(Problem.parse(answer));
  };
}

function refusedBy({ code, detail, fix, problems }: Problem): RequestRefused {
  return new RequestRefused({ code, message: detail, ...(problems === undefined ? {} : { problems }) }, fix);
}
