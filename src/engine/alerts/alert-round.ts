import type { DueAlert } from '../../../machines/alerts/due-alerts.ts';
import type { Sighting } from '../../../machines/alerts/sighting.ts';
import type { Alert } from '../../ports/alert-feed.ts';
import { messageOf } from '../../ports/message-of.ts';
import type { AlertClaim, AlertMarks } from './alert-marks.ts';
import { alertOf, type SayDeps, sayAlert } from './say-alert.ts';

export type RoundDeps = SayDeps & {
  readonly marks: AlertMarks;
  readonly onAlert: (alert: Alert) => void;
  /** Whether people want to hear nothing of it now. */
  readonly isMuted: (sighting: Sighting) => Promise<boolean>;
  /** The address of the dashboard, where it is known. */
  readonly dashboard: () => string | undefined;
};

/** That an agent was without workers may be over while no engine looks on. */
const forgottenMs = 24 * 60 * 60_000;
/** So many alerts are being said at a time: a place may hang, and each command is a process. The rest follows. */
const sayingMax = 50;

/** Says what is due and was not said, and forgets what is over. */
export function createRound(deps: RoundDeps): (due: readonly DueAlert[]) => Promise<void> {
  const { marks, clock } = deps;
  /** What this process has looked up already. */
  let settled = new Map<string, DueAlert>();
  let saying = 0;

  /** Resolves with whether there is nothing left to do about it here. */
  async function say(due: DueAlert): Promise<boolean> {
    if (saying >= sayingMax) return false;
    const taken = await marks.take(due.key, comesAgain(due) ? forgottenMs : undefined);
    // Whoever is saying it may die over it.
    if (typeof taken === 'string') return taken === 'said';
    saying += 1;
    // A place that cannot be reached must not keep other alerts back.
    void sayClaimed(deps, due, taken).finally(() => {
      saying -= 1;
    });

    return true;
  }

  return async (due) => {
    // Of what is over now, all that was marked until now is about the trouble that there was: also by saying it.
    const nowMs = clock.now();
    const now = new Set(due.map(({ key }) => key));
    for (const [key, each] of settled) {
      if (!now.has(key) && comesAgain(each)) await marks.forget(key, nowMs);
    }
    settled = new Map([...settled].filter(([key]) => now.has(key)));
    for (const each of due.filter(({ key }) => !settled.has(key))) {
      if (await say(each)) settled.set(each.key, each);
    }
  };
}

/** Never rejects. */
async function sayClaimed(deps: RoundDeps, due: DueAlert, claim: AlertClaim): Promise<void> {
  const { clock, onAlert, onTrouble } = deps;
  try {
    if (!(await isMuted(deps, due))) {
      const alert = alertOf(due, { nowMs: clock.now(), dashboard: deps.dashboard() });
      // Whoever told a place of it has told those who look on before.
      if (claim.toldAt.size === 0) onAlert(alert);
      await sayAlert(deps, alert, { to: due.rule.to, claim });
    }
    await claim.end();
  } catch (error) {
    onTrouble(messageOf(error));
  }
}

/** What cannot be told is said: it may be new. */
async function isMuted(deps: RoundDeps, { sighting }: DueAlert): Promise<boolean> {
  try {
    return await deps.isMuted(sighting);
  } catch {
    return false;
  }
}

/** The subjects of other rules are new whenever the trouble is; that of an agent comes again. */
function comesAgain({ rule }: DueAlert): boolean {
  return rule.on === 'no_worker';
}
