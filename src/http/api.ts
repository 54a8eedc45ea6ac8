import type { HttpBindings } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Level } from '../../machines/agents/declared-agent.ts';
import type { Refusal } from '../../machines/run/decide/command.ts';
import type { TextProblem } from '../api/problem.ts';
import type { Access } from '../ports/access/access.ts';
import type { Authority } from '../ports/access/authority.ts';
import type { Clock } from '../ports/clock.ts';
import type { ImportDefinitions } from '../ports/definitions/definition-import.ts';
import type { DefinitionTests } from '../ports/definitions/definition-tests.ts';
import type { ProjectDefinitions } from '../ports/definitions/project-definitions.ts';
import type { DoctorLine } from '../ports/doctor.ts';
import type { AlertFeed } from '../ports/events/alert-delivery.ts';
import type { HookSources } from '../ports/events/hook-sources.ts';
import type { TriggersDesk } from '../ports/events/trigger-admin.ts';
import type { Layout } from '../ports/layout.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Board } from '../ports/runs/board.ts';
import type { FailureTriage } from '../ports/runs/failure-triage.ts';
import type { RunRows } from '../ports/runs/run-rows.ts';
import type { Workflows } from '../ports/runs/workflows.ts';
import type { AgentsDesk } from '../ports/work/agent-admin.ts';
import type { HttpWork } from '../ports/work/http-work.ts';
import type { RunBook } from '../projections/run/run-book.ts';

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

/** Who asks, as the token or the loopback address vouches for. */
export type Caller = {
  readonly actor: string;
  /** Absent without a token: then what the principal may is all that counts. */
  readonly level?: Level;
  readonly domain?: string;
};

/** What the HTTP API is made of. */
export type ApiDeps = {
  readonly workflows: Workflows;
  readonly board: Board;
  /** The events of runs as rows. */
  readonly rows: RunRows<RunBook>;
  readonly agents: AgentsDesk;
  readonly triggers: TriggersDesk;
  readonly layout: Layout;
  readonly access: Access;
  readonly definitionFiles: ProjectDefinitions;
  /** Plays definitions through, aside of this thread. */
  readonly tests: DefinitionTests;
  /** What people said of failures. */
  readonly triage: FailureTriage;
  /** Who may do what goes past the engine, such as writing files; absent: whoever may ask. */
  readonly authority?: Authority | undefined;
  readonly importer: () => Promise<ImportDefinitions>;
  /** Looks at everything that runs need. */
  readonly doctor: () => Promise<readonly DoctorLine[]>;
  /** How work reaches workers that ask for it over HTTP. */
  readonly work: HttpWork;
  readonly hooks: HookSources;
  readonly metrics: Metrics;
  readonly alertFeed: AlertFeed;
  readonly clock: Clock;
  readonly project: { readonly dir: string; readonly namespace: string; readonly version: string };
  /** Whether the NATS server can be reached now. */
  readonly isConnected: () => boolean;
  /** Nothing can be changed through it. */
  readonly readOnly: boolean;
  /** Who asks without a token from the machine itself. */
  readonly actor: string;
  /** Bound to the machine itself: whoever asks from there needs no token. */
  readonly isLoopback: boolean;
  /** Whether a request came over TLS, as its headers tell where a proxy is trusted. */
  readonly isSecure: (headers: Headers) => boolean;
  /** Named on every page, such as `production`. */
  readonly band?: string | undefined;
};
