import type { Retention } from '../retention/retention.ts';
import type { Stratos } from '../stratos.ts';
import type { OidcSettings } from './oidc.ts';

/** Where a text stands in a request: in a header, or in its JSON body at a dotted path such as `data.id`. */
export type RequestPlace = { readonly header: string } | { readonly body: string };

/** How a sender proves that a request is from it. */
export type HookSignature =
  | { readonly scheme: 'github' | 'standard-webhooks' | 'stripe' }
  | {
      readonly scheme: 'hmac-sha256';
      readonly header: string;
      /** What stands before the signature in the header, such as `sha256=`. */
      readonly prefix: string;
      readonly encoding: 'hex' | 'base64';
    };

/** An address where another program tells of what happened. */
export type Hook = {
  readonly name: string;
  /** The type of the event that a request becomes. */
  readonly event: { readonly type: string } | { readonly from: RequestPlace; readonly prefix: string };
  /** Absent where anybody may send: `allow_unsigned`. */
  readonly signed?: { readonly by: HookSignature; readonly secret: string };
  /** What tells one request from the same again. */
  readonly id?: RequestPlace;
  /** Whose name the event is published under; `hook:<name>` without. */
  readonly as?: string;
};

export const alertKinds = [
  'run_failed',
  'run_late',
  'approval_waiting',
  'no_worker',
  'run_quarantined',
  'dead_letter',
  'threshold_passed',
  'store_failing',
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** Whether it happens once, and is not something that goes on. */
export function isNews(on: AlertKind): boolean {
  return ['run_failed', 'run_quarantined', 'dead_letter', 'threshold_passed'].includes(on);
}

/** Where an alert is said. `secret` names the secret that a webhook is signed with. */
export type AlertTarget =
  | { readonly kind: 'log' }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret?: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'mail'; readonly to: readonly string[] };

/** The server that takes mail. */
export type MailServer = {
  /** `smtps://host:port`, or `smtp://host:port`, which goes over to TLS where the server offers that. */
  readonly server: string;
  readonly from: string;
  readonly user?: string;
  /** The name of the secret. */
  readonly password?: string;
  /** Where people reach the dashboard. */
  readonly links?: string;
};

export type AlertRule = {
  readonly name: string;
  readonly on: AlertKind;
  /** For how long it has to be so. Absent for `run_late`: three times what runs of its definition take as a rule. */
  readonly afterMs?: number;
  /** Only runs of definitions whose id matches: `*` stands for any characters. */
  readonly definition?: string;
  /** Only runs of definitions of this level. What has none, and what is about no definition, counts as operational. */
  readonly stratos?: Stratos;
  /** It is said so much later than it would be: to a level above. */
  readonly laterMs?: number;
  readonly to: readonly AlertTarget[];
  /** Says it again after so long, while it is still so. */
  readonly repeatMs?: number;
};

/** What serve.yaml declares. */
export type Served = {
  readonly hooks: readonly Hook[];
  readonly alerts: readonly AlertRule[];
  /** Hosts of this machine and of its own network that HTTP tasks may reach: `name` or `name:port`. */
  readonly privateHosts: readonly string[];
  /** What alerts are sent by as mail. */
  readonly mail?: MailServer;
  /** Who signs people in, besides tokens. */
  readonly oidc?: OidcSettings;
  /** Of runs whose definition says nothing of it; absent: they stay. */
  readonly retention?: Retention;
  /** What runs do is told also where nobody is known to listen. */
  readonly tellsAlways?: boolean;
  /** How much of everything the namespace may use; absent: as much as there is. */
  readonly quotas?: Quotas;
};

/** How much a namespace may use. What is absent is not limited. */
export type Quotas = {
  /** Runs that have not ended. */
  readonly liveRuns?: number;
  /** Runs that are begun in a second, over a while. */
  readonly startsPerSecond?: number;
  /** What the server stores for it. */
  readonly bytes?: number;
};

export const nothingServed: Served = { hooks: [], alerts: [], privateHosts: [] };
