import type { Finding } from '../finding.ts';
import type { Outline } from '../outline.ts';

/** Every record of a run names the signals that it waits for then: that is how an event finds the run. */
const signalsMax = 100;

/** A definition waits for so many different signals and no more. */
export function checkSignals({ sites }: Outline): readonly Finding[] {
  const names = new Set<string>();
  for (const { task, path } of sites) {
    if (task.type !== 'WAIT' || task.signal === undefined) continue;
    names.add(task.signal);
    if (names.size <= signalsMax) continue;
    const message = `more than ${signalsMax} different signals; have tasks wait for the same one, and tell them apart by match`;
    return [{ code: 'definition.too-many-signals', message, path: [...path, 'signal'] }];
  }

  return [];
}
