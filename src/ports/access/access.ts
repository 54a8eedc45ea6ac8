import type { Level } from '../../../machines/agents/declared-agent.ts';

/** A token as it is listed: what it opens, never the token itself. Times are ISO 8601, UTC. */
export type TokenEntry = {
  /** The first characters of its digest: names it. */
  readonly id: string;
  /** Whose name stands in the journal for what is done with it. */
  readonly as: string;
  /** What it may do at most, whatever its principal may: L0 and L1 all, L2 start runs of its domain, answer and
   * signal, L3 look and answer. */
  readonly level: Level;
  readonly domain?: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
};

/** The tokens that open the HTTP API of a project. They are kept as digests. */
export interface Access {
  list(): Promise<readonly TokenEntry[]>;
  /** Makes a token; `token` is told this once. */
  add(entry: {
    readonly as: string;
    readonly level: Level;
    readonly domain?: string;
    readonly expiresAt?: string;
  }): Promise<{ readonly token: string; readonly entry: TokenEntry }>;
  /** False where there is no such token. */
  revoke(id: string): Promise<boolean>;
  /** Undefined for a token that is unknown, revoked or expired. Takes as long whatever is wrong with it. */
  find(token: string): Promise<TokenEntry | undefined>;
}

/** Who owns the project, as the HTTP API knows them: by what only the account that runs the engine can read. */
export interface Owner {
  /** The token itself, made where there is none. */
  token(): Promise<string>;
  isToken(text: string): Promise<boolean>;
  /** What stands for the token, or for the code of a link, in a browser; undefined for any other text. A code opens one
   * session. */
  openSession(text: string): Promise<string | undefined>;
  isSession(text: string): Promise<boolean>;
  /** The address with a code behind it, which signs a browser in once, within the hour. */
  link(url: string): Promise<string>;
}
