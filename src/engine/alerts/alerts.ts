import { type DueAlert, dueAlerts, newsMsMax } from '../../../machines/alerts/due-alerts.ts';
import type { AlertRule } from '../../../machines/serve-file/served.ts';
import type { Alert } from '../../ports/alert-feed.ts';
import type { Board } from '../../ports/board.ts';
import { messageOf } from '../../ports/message-of.ts';
import type { AlertMarks } from './alert-marks.ts';
import { type AskedSources, createAskedSightings } from './asked-sightings.ts';
import { runSightings } from './run-sightings.ts';
import { alertOf, type SayDeps, sayAlert } from './say-alert.ts';

export type AlertsDeps = AskedSources &
  SayDeps & {
    readonly board: Pick<Board, 'lines' | 'ready'>;
    /** The rules as they are now. */
    readonly rules: () => readonly AlertRule[];
    readonly marks: AlertMarks;
    readonly onAlert: (alert: Alert) => void;
    /** The address of the dashboard, where it is known. */
    readonly dashboard: () => string | undefined;
  };

export type RunningAlerts = {
  /** Looks no more; what is being said may end. */
  readonly close: () => Promise<void>;
};

const lookEveryMs = 2_000;
/** That an agent was without workers may be over while no engine looks on. */
const forgottenMs = 24 * 60 * 60_000;
/** So many alerts are being said at a time: a place may hang, and each command is a process. The rest follows. */
const sayingMax = 50;

/** Looks whether a rule has something to say, and says it once, whichever engine is first. */
export function runAlerts(deps: AlertsDeps): RunningAlerts {
  const { clock, board, rules, onTrouble } = deps;
  const asked = createAskedSightings(deps);
  const round = createRound(deps);
  let cancel = (): void => undefined;
  let trouble = '';
  let closed = false;

  async function dueNow(): Promise<readonly DueAlert[]> {
    await board.ready;
    const now = rules();
    const nowMs = clock.now();
    const kinds = new Set(now.map(({ on }) => on));
    const fromMs = nowMs - newsMsMax - Math.max(0, ...now.map(({ afterMs = 0 }) => afterMs));
    const wanted = { kinds, fromMs };
    const sightings = [...runSightings(board.lines(), wanted), ...(await asked(wanted))];

    return dueAlerts(now, sightings, nowMs);
  }

  async function look(): Promise<void> {
    try {
      await round(rules().length === 0 ? [] : await dueNow());
      trouble = '';
    } catch (error) {
      const message = `alert rules could not be looked at, it is tried again: ${messageOf(error)}`;
      if (message !== trouble) onTrouble(message);
      trouble = message;
    }
    if (!closed) cancel = clock.after(lookEveryMs, again);
  }
  let looking = look();
  function again(): void {
    looking = look();
  }

  return {
    close: async () => {
      closed = true;
      cancel();
      await looking;
    },
  };
}

/** Says what is due and was not said, and forgets what is over. */
function createRound(deps: AlertsDeps): (due: readonly DueAlert[]) => Promise<void> {
  const { marks, clock, onAlert } = deps;
  /** What this process has looked up already. */
  let settled = new Map<string, DueAlert>();
  let saying = 0;

  /** Resolves with whether there is nothing left to do about it here. */
  async function say(due: DueAlert): Promise<boolean> {
    if (saying >= sayingMax) return false;
    const againAfterMs = comesAgain(due) ? forgottenMs : undefined;
    const taken = await marks.take(due.key, againAfterMs);
    // Whoever is saying it may die over it.
    if (taken !== 'ours') return taken === 'said';
    const alert = alertOf(due, { nowMs: clock.now(), dashboard: deps.dashboard() });
    onAlert(alert);
    // A place that cannot be reached must not keep other alerts back.
    saying += 1;
    void sayAlert(deps, alert, due)
      .then(() => marks.said(due.key))
      .catch((error: unknown) => deps.onTrouble(messageOf(error)))
      .finally(() => {
        saying -= 1;
      });

    return true;
  }

  return async (due) => {
    const now = new Map(due.map((each) => [each.key, each]));
    for (const [key, each] of settled) {
      if (now.has(key)) continue;
      if (comesAgain(each)) await marks.forget(key);
    }
    const fresh = due.filter(({ key }) => !settled.has(key));
    settled = new Map([...settled].filter(([key]) => now.has(key)));
    for (const each of fresh) {
      if (await say(each)) settled.set(each.key, each);
    }
  };
}

/** The subjects of other rules are new whenever the trouble is; that of an agent comes again. */
function comesAgain({ rule }: DueAlert): boolean {
  return rule.on === 'no_worker';
}
