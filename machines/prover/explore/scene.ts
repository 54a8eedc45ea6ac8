import type { Transition } from '../../../events/record.ts';
import type { Event } from '../../run/record/evolve.ts';
import type { Run } from '../../run/run.ts';
import type { Candidates } from '../candidates/candidates-of.ts';
import type { Pace } from './scenario.ts';

/** A moment of a run that is explored: the world owes it an answer, or time has to pass, or it is over. */
export type Scene = {
  readonly run: Run;
  /** ISO 8601, UTC. */
  readonly now: string;
  readonly pace: Pace;
  /** `<address>#<attempt>` of what nobody will ever answer. */
  readonly silent: ReadonlySet<string>;
  /** What the last move led to, in order. */
  readonly events: readonly Happened[];
  readonly candidates: Candidates;
};

/** An event and the transitions that it caused. */
export type Happened = { readonly event: Event; readonly transitions: readonly Transition[] };
