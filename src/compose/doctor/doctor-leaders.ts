import type { DoctorLine, OnProgress } from '../../cli/app.ts';
import { type CheckDeps, checkRuns, type DamagedRun } from '../../engine/run-reader/check-runs.ts';

export type LeaderDeps = CheckDeps & {
  /** Has another replica lead the journal, the preferred one where it can; undefined where there is none. */
  readonly changeLeader: (
    preferred?: string,
  ) => Promise<{ readonly from: string | undefined; readonly to: string } | undefined>;
};

export type LeaderOptions = { readonly all: boolean; readonly onProgress: OnProgress };

/** On three replicas, each of the others leads once; of more, some may be left out. */
const leaderChangesMax = 2;

/** Every replica has taken what one of them shows like this: it came with the message. */
const everywhere = new Set(['definition.missing', 'journal.foreign', 'journal.unexplained']);

/** Whether another replica of the journal may show the run whole. */
export function mayBeWholeElsewhere({ damage }: DamagedRun): boolean {
  return !everywhere.has(damage.code);
}

/**
 * Has other replicas lead the journal and looks at all runs again. One keeps the lead where runs are whole that were
 * not, and none is damaged that was whole; otherwise it goes back to who had it.
 */
export async function tryLeaders(
  deps: LeaderDeps,
  found: readonly DamagedRun[],
  { all, onProgress }: LeaderOptions,
): Promise<{ readonly left: readonly DamagedRun[]; readonly lines: readonly DoctorLine[] }> {
  let left = found;
  let best: string | undefined;
  let now: string | undefined;
  for (let turn = 0; turn < leaderChangesMax && left.some(mayBeWholeElsewhere); turn++) {
    const change = await deps.changeLeader();
    if (change === undefined) break;
    now = change.to;
    best ??= change.from;
    onProgress(`${now} leads the journal now; looking at every run again`);
    const { damaged, failed } = await checkRuns(deps, { all, onProgress });
    if (failed.length > 0 || !isBetter(damaged, left)) continue;
    left = damaged;
    best = now;
  }
  if (best === undefined || best === now) return { left, lines: [] };

  return { left, lines: await backTo(deps, best) };
}

function isBetter(now: readonly DamagedRun[], before: readonly DamagedRun[]): boolean {
  return now.length < before.length && now.every(({ run }) => before.some((known) => known.run === run));
}

async function backTo({ changeLeader }: LeaderDeps, best: string): Promise<readonly DoctorLine[]> {
  const change = await changeLeader(best);
  if (change?.to === best) return [];

  return [
    {
      name: 'repair',
      status: 'warn',
      detail: `${change?.to ?? 'another server'} leads the journal, not ${best}, which has more runs whole`,
      fix: `nats stream cluster step-down --preferred ${best}`,
    },
  ];
}
