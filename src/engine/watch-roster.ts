import type { Clock } from '../ports/clock.ts';
import type { Roster } from '../ports/roster.ts';

/** Many workers may come or go at once: the roster is looked at once for all of them. */
const pauseMs = 100;

/** Calls back soon after the roster changed, until the returned function is called. */
export function watchRoster(
  { clock, roster }: { readonly clock: Clock; readonly roster: Roster },
  onChanged: () => void,
): () => void {
  let cancel: (() => void) | undefined;
  const stop = roster.onChange(() => {
    cancel ??= clock.after(pauseMs, () => {
      cancel = undefined;
      onChanged();
    });
  });

  return () => {
    stop();
    cancel?.();
  };
}
