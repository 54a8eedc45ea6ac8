import type { DefinitionRef } from '../../../events/run-events.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { WhatIf } from '../../../machines/prover/what-if/what-if.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';

/** What a run that was recorded would have done by another definition. */
export type WhatIfReport = {
  readonly run: string;
  /** The definition it ran by, and how it is now. */
  readonly definition: DefinitionRef;
  readonly status: string;
  /** The event by which it went on by this version, where it began by another. */
  readonly migratedAt?: number;
  readonly whatIf: WhatIf;
};

/** What became of a definition that was to be registered. `against` is the version whose runs it was compared with. */
export type PublishOutcome = {
  readonly definition: DefinitionRef;
  readonly against?: DefinitionRef;
  readonly reports: readonly WhatIfReport[];
  /** `different`: nothing was registered, since some run would have gone another way; `known`: nothing was compared. */
  readonly outcome: 'registered' | 'known' | 'different' | 'dry-run';
};

export type PublishCall = {
  readonly definition: LoadedDefinition;
  readonly file: string;
  readonly actor: string;
  /** How many of the latest runs it is compared with. */
  readonly runsMax: number;
  /** Registers it all the same where some run would have gone another way. */
  readonly acceptDifferences: boolean;
  readonly dryRun: boolean;
  /** Why it is published; kept with the version. */
  readonly reason?: string;
};

/** What changed definitions are held against: the runs that there were. */
export interface WhatIfs {
  /** Rejects with RunNotFound. */
  whatIf(run: string, definition: LoadedDefinition): Promise<WhatIfReport>;
  /**
   * Compares a definition with the latest runs of the highest registered version, and registers it. Rejects with
   * DefinitionTaken.
   */
  publish(
    request: PublishCall,
  ): Promise<
    | { readonly ok: true; readonly published: PublishOutcome }
    | { readonly ok: false; readonly refusal: Refusal }
  >;
}
