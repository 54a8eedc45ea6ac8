import type { ConfigPart, Region } from './config.ts';

/**
 * A region without the states that nothing leads to: what a task may go through depends on what its definition
 * asks.
 */
export function reachable({ initial, states, on = {} }: Region): Region {
  const reached = new Set([initial, ...targetsOf({ on })]);
  // Grows while it is walked: a Set visits what is added on the way.
  for (const state of reached) {
    for (const target of targetsOf(states[state])) reached.add(target);
  }

  return {
    initial,
    states: Object.fromEntries(Object.entries(states).filter(([state]) => reached.has(state))),
    on,
  };
}

function targetsOf(state: ConfigPart | undefined): readonly string[] {
  const on = (state?.['on'] ?? {}) as Readonly<Record<string, ConfigPart | readonly ConfigPart[]>>;

  return Object.values(on)
    .flat()
    .flatMap(({ target }: ConfigPart) =>
      // A leading dot: a state of the region itself, from wherever it is.
      typeof target === 'string' ? [target.replace(/^\./, '')] : [],
    );
}
