import type { HttpBindings } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Refusal } from '../../machines/run/decide/command.ts';
import type { TextProblem } from '../api/problem.ts';
import type { Caller } from './api-deps.ts';

/** Who is there, before it is known whether they may ask anything. */
export type Visitor = {
  /** Whether a token is needed from where the request came. */
  readonly needsToken: boolean;
  /** Whether a token that opens came with the request. */
  readonly isSignedIn: boolean;
  /** Absent while they need a token and have none. */
  readonly caller: Caller | undefined;
  /** Whether they would still be let in, asked by answers that go on for long: tokens are revoked, and expire. */
  readonly isStillLetIn: () => Promise<boolean>;
  /** Finds whom a token vouches for. Rejects with RequestRefused, `http.token`, and with TooManyRequests. */
  readonly signIn: (token: string) => Promise<Caller>;
};

/** What every handler finds in its context. */
export type ApiEnv = { Bindings: HttpBindings; Variables: { caller: Caller; visitor: Visitor } };
export type Api = OpenAPIHono<ApiEnv>;

/** What was asked is refused, with a code and a message for the caller. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly code: string;
  readonly fix: string | undefined;
  /** What is wrong with single fields of what was sent; `path` names the field. */
  readonly problems: readonly TextProblem[] | undefined;

  constructor(
    { code, message, problems }: Refusal & { readonly problems?: readonly TextProblem[] },
    fix?: string,
  ) {
    super(message);
    this.code = code;
    this.fix = fix;
    this.problems = problems;
  }
}
