import type { ConfigPart } from '../../../chart/patches.ts';
import type { TaskPlace } from '../../../chart/plan.ts';
import { policyAfter } from '../../../task.ts';

/** What an event may lead to in a state: the next state, or undefined where it stays in this one. */
export type Alternative = string | undefined;

const sunk: ReadonlySet<Alternative> = new Set([
  'caught',
  'exhausted',
  'recovering',
  'completed_with_errors',
  'failed',
  'timed_out',
]);

/** The alternatives of a transition as XState has it written down. */
export function alternativesOf(written: unknown): readonly Alternative[] {
  const parts = (Array.isArray(written) ? written : [written]) as readonly ConfigPart[];

  return parts.map(({ target }) => (typeof target === 'string' ? target.replace(/^\./, '') : undefined));
}

/**
 * Those that the guards of this definition can let through: a `catch` for every code leaves nothing to what stands
 * behind it, a time-out has a known code, and nothing pauses for a person but a run that is under way.
 */
export function possibleAlternatives(
  place: TaskPlace,
  all: readonly Alternative[],
  { code, undoes }: { readonly code: string | undefined; readonly undoes: boolean },
): readonly Alternative[] {
  const { task } = place;
  const codes = task.catch.flatMap(({ errors }) => errors);
  const alwaysCaught = codes.includes('*') || (code !== undefined && codes.includes(code));
  const neverCaught = code !== undefined && !alwaysCaught;
  const neverRetried = code !== undefined && policyAfter(task.retry, code).maxAttempts <= 1;
  const pause = undoes ? -1 : all.indexOf('exhausted');
  const behindCaught = alwaysCaught ? all.indexOf('caught') : -1;

  return all.filter((each, index) => {
    if (each === 'retrying' && neverRetried) return false;
    if (each === 'caught' && neverCaught) return false;
    if (each === 'exhausted' && undoes) return false;
    if (pause >= 0 && index === pause + 1) return false;

    return behindCaught < 0 || index <= behindCaught || !sunk.has(each);
  });
}
