import { isSettled } from '../compile/task-status.ts';
import { anyState, causes, type Target } from './target.ts';

/** What may lead on within one event, once something else has led to it. */
const inner: ReadonlySet<string> = new Set([
  causes.dependencies,
  causes.branchesEnded,
  causes.fallbackEnded,
  causes.partFailed,
  causes.passEnded,
  causes.undo,
  causes.givenUp,
  causes.begunAnew,
]);

/** A task goes through no more states than this within one event. */
const lengthMax = 5;

/**
 * The transitions that took a task from one state to another within one event, the shortest such way: with `cause`
 * first where the event is about the task, else all for what happened elsewhere. Empty where there is none.
 */
export function wayBetween(
  targets: readonly Target[],
  { from, to, cause }: { readonly from: string; readonly to: string; readonly cause: string | undefined },
): readonly Target[] {
  let ways: readonly (readonly Target[])[] = [[]];
  const seen = new Set<string>();
  for (let length = 1; length <= lengthMax; length += 1) {
    const longer = ways.flatMap((way) => {
      const at = way.at(-1)?.to ?? from;
      return targets
        .filter(
          (each) =>
            leadsOn(each, at) &&
            (way.length === 0 && cause !== undefined ? each.cause === cause : inner.has(each.cause)),
        )
        .map((each) => [...way, each]);
    });
    const found = longer.find((way) => way.at(-1)?.to === to);
    if (found !== undefined) return found;
    ways = longer.filter((way) => {
      const at = way.at(-1)?.to ?? '';
      const isNew = !seen.has(at);
      seen.add(at);
      return isNew;
    });
  }

  return [];
}

function leadsOn({ from, cause }: Target, at: string): boolean {
  if (from !== anyState) return from === at;
  // Who is done cannot be given up, or be settled by hand; begin anew it can.
  return cause === causes.begunAnew
    ? at !== 'waiting'
    : !isSettled({ state: at, attempt: 0 }) || at === 'standby';
}
