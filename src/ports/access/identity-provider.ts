import type { Level } from '../../../machines/agents/declared-agent.ts';

/** Whom the provider vouches for, what they may do, and what it takes to ask again. Never leaves this process. */
export type Grant = {
  /** What the provider calls the user; the same for ever. */
  readonly subject: string;
  /** Whose name stands in the journal. */
  readonly actor: string;
  readonly level: Level;
  readonly domain?: string;
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
};

/** What a browser that was sent to the provider has to come back with. */
export type Challenge = {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
};

/** A device that somebody is asked to let in at the provider, with the code that it shows them. */
export type DeviceRequest = {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete?: string;
  readonly expiresInMs: number;
  readonly intervalMs: number;
};

/** Signs people in. Every call rejects with SignInFailed. */
export interface IdentityProvider {
  /** Undefined where serve.yaml names no provider. */
  current(): { readonly name: string; readonly origin?: string } | undefined;
  /** The address at the provider to send a browser to. */
  begin(redirectUri: string): Promise<{ readonly url: string; readonly challenge: Challenge }>;
  /** What the browser came back with: the query of the address. */
  complete(challenge: Challenge, query: string): Promise<Grant>;
  beginDevice(): Promise<DeviceRequest>;
  /** Undefined while nobody has decided yet. */
  pollDevice(deviceCode: string): Promise<Grant | undefined>;
  /** Asks the provider whether the grant still stands, and what the user may do now. */
  check(grant: Grant): Promise<Grant>;
  /** Takes the grant back at the provider. Resolves with the address that signs the browser out there, if offered. */
  end(grant: Grant, returnTo: string | undefined): Promise<string | undefined>;
}

/** Nobody was signed in. The reaction: what `fix` says; `oidc.unreachable` may pass. */
export class SignInFailed extends Error {
  override readonly name = 'SignInFailed';
  readonly code:
    | 'oidc.off'
    | 'oidc.settings'
    | 'oidc.unreachable'
    | 'oidc.refused'
    | 'oidc.no-group'
    | 'oidc.no-user'
    | 'oidc.cannot-check'
    | 'oidc.state'
    | 'oidc.origin';
  readonly fix: string | undefined;

  constructor(
    code: SignInFailed['code'],
    message: string,
    { fix, cause }: { readonly fix?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.fix = fix;
  }
}
