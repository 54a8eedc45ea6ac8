import type { HttpBindings } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { OperationPorts } from '../operations/use-case.ts';
import type { Access, Owner } from '../ports/access/access.ts';
import type { AnswerLinks } from '../ports/access/answer-links.ts';
import type { Caller } from '../ports/access/authority.ts';
import type { IdentityProvider } from '../ports/access/identity-provider.ts';
import type { AlertFeed } from '../ports/events/alert-delivery.ts';
import type { HookSources } from '../ports/events/hook-sources.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { StoreTrouble } from '../ports/runs/journal.ts';
import type { HttpWork } from '../ports/work/http-work.ts';

/** The sender of a request, before it is known whether they may ask for anything. */
export type Visitor = {
  /** Whether the request came with a valid token. */
  readonly isSignedIn: boolean;
  /** Absent if no token was sent. */
  readonly caller: Caller | undefined;
  /** Whether access is still granted. Long-lived responses ask again, since tokens are revoked and expire. */
  readonly isStillLetIn: () => Promise<boolean>;
  /** Finds the caller that a token stands for. Rejects with RequestRefused (`http.token`) and TooManyRequests. */
  readonly signIn: (token: string) => Promise<Caller>;
};

/** The context that every handler gets. */
export type ApiEnv = { Bindings: HttpBindings; Variables: { caller: Caller; visitor: Visitor } };

export type Api = OpenAPIHono<ApiEnv>;

/** What the HTTP API is made of. */
export type ApiDeps = OperationPorts & {
  readonly access: Access;
  readonly owner: Owner;
  /** Who signs people in besides tokens. */
  readonly identity?: IdentityProvider | undefined;
  /** How work reaches workers that ask for it over HTTP. */
  readonly work: HttpWork;
  readonly hooks: HookSources;
  /** Links by which people answer approvals without signing in. */
  readonly answerLinks: Pick<AnswerLinks, 'open'>;
  readonly metrics: Metrics;
  readonly alertFeed: AlertFeed;
  /** Whether the NATS server can be reached now. */
  readonly isConnected: () => boolean;
  /** Why this engine cannot do what it is asked, besides: nothing is stored, it works on no runs. None: it can. */
  readonly notReady: () => readonly string[];
  /** What the journal has lost, as people are told. */
  readonly lost: () => readonly string[];
  /** Why nothing can be stored now, where that is known: what would change something is refused at once. */
  readonly storeTrouble?: (() => StoreTrouble | undefined) | undefined;
  /** Who the owner of the project is in the journal. */
  readonly actor: string;
  /** Whether a request came over TLS; a trusted proxy says so in its headers. */
  readonly isSecure: (headers: Headers) => boolean;
  /** A label shown on every page, such as `production`. */
  readonly band?: string | undefined;
};
