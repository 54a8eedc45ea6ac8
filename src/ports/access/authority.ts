import type { Deed } from '../../../machines/agents/authority.ts';
import type { Level } from '../../../machines/agents/declared-agent.ts';

/** Says who may do what. Where no principals are declared, everybody may do everything. */
export interface Authority {
  /** Undefined when they may; else why not, with the level that is needed: `authority.level` and others. */
  refusal(actor: string, deed: Deed): { readonly code: string; readonly message: string } | undefined;
}

/** Who asks, as the token, the loopback address or the command line vouches for. */
export type Caller = {
  readonly actor: string;
  /** Absent without a token: then what the principal may is all that counts. */
  readonly level?: Level;
  readonly domain?: string;
};

/** Who engines are to each other. */
export const engineActor = 'engine';
/** Who asks for what everybody who gives commands may ask for. */
export const anyActor = 'anyone';
