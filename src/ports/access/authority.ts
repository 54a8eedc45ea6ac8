import type { Deed } from '../../../machines/agents/authority.ts';

/** Says who may do what. Where no principals are declared, everybody may do everything. */
export interface Authority {
  /** Undefined when they may; else why not, with the level that is needed: `authority.level` and others. */
  refusal(actor: string, deed: Deed): { readonly code: string; readonly message: string } | undefined;
}

/** Who engines are to each other. */
export const engineActor = 'engine';
/** Who asks for what everybody who gives commands may ask for. */
export const anyActor = 'anyone';
