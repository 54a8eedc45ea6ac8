import type { Target } from './target.ts';

/**
 * Why a transition is made by no scenario. `unreachable`: the definition itself proves that nothing leads to it;
 * `needs-example`: no value that was tried does; `bound`: it lies beyond what was looked at; `not-found`: no way there
 * was found, and nothing proves that there is none; `follows`: what comes before it is not covered, for one of those
 * three reasons.
 */
export type Reason = {
  readonly kind: 'unreachable' | 'needs-example' | 'bound' | 'not-found' | 'follows';
  readonly text: string;
};

export type Uncovered = { readonly target: Target; readonly reason: Reason };

/** How much of a definition its scenarios cover. */
export type Coverage = {
  readonly targets: readonly Target[];
  readonly covered: readonly Target[];
  readonly uncovered: readonly Uncovered[];
  /** Of the targets that are not unreachable, from 0 to 100. */
  readonly percent: number;
  /** How many scenes were looked at, and whether these are all. */
  readonly scenes: number;
  readonly isWhole: boolean;
  /** How many walks in other orders there were besides. */
  readonly walks: number;
};
