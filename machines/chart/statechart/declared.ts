import type { ConfigPart } from '../config.ts';

/** A transition as the declaration of a region, or of the root, writes it down. */
export type DeclaredTransition<Guard> = {
  readonly guard?: Guard;
  readonly target?: string;
  readonly actions?: ConfigPart | readonly ConfigPart[];
  readonly reenter?: boolean;
};

export type DeclaredState<Guard> = {
  readonly entry?: ConfigPart | readonly ConfigPart[];
  readonly on?: Readonly<Record<string, DeclaredTransition<Guard> | readonly DeclaredTransition<Guard>[]>>;
  readonly always?: readonly DeclaredTransition<Guard>[];
};

/** A declared state. The parts of declarations are typed where they become a machine: here, and in flat-machine.ts. */
export function declared<Guard>(part: ConfigPart | undefined): DeclaredState<Guard> {
  return (part ?? {}) as DeclaredState<Guard>;
}

/** The transitions of a state by their descriptors, in the order in which they are tried. */
export function transitionsOf<Guard>({
  on = {},
}: DeclaredState<Guard>): readonly (readonly [string, readonly DeclaredTransition<Guard>[]])[] {
  return Object.entries(on).map(([descriptor, each]) => [descriptor, eachOf(each)]);
}

export function eachOf<T>(each: T | readonly T[] | undefined): readonly T[] {
  if (each === undefined) return [];

  return Array.isArray(each) ? each : [each as T];
}

/** The rule that an action was made of, if it is one that changes something. */
export function ruleOf<Rule>(part: ConfigPart, key: 'patch' | 'next'): Rule | undefined {
  return part[key] as Rule | undefined;
}

/** What the action announces, if that is what it does. */
export function wordOf(part: ConfigPart): string | undefined {
  const { type } = part;

  return typeof type === 'string' && ruleOf(part, 'patch') === undefined ? type : undefined;
}
