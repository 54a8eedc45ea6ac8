import { type DueAlert, dueAlerts, newsMsMax } from '../../../machines/alerts/due-alerts.ts';
import type { AlertRule } from '../../../machines/serve-file/served.ts';
import type { Board } from '../../ports/board.ts';
import { messageOf } from '../../ports/message-of.ts';
import { createRound, type RoundDeps } from './alert-round.ts';
import { createAlertSweep } from './alert-sweep.ts';
import { type AskedSources, createAskedSightings } from './asked-sightings.ts';
import { runSightings } from './run-sightings.ts';

export type AlertsDeps = AskedSources &
  RoundDeps & {
    readonly board: Pick<Board, 'lines' | 'ready'>;
    /** The rules as they are now. */
    readonly rules: () => readonly AlertRule[];
  };

export type RunningAlerts = {
  /** Looks no more; what is being said may end. */
  readonly close: () => Promise<void>;
};

const lookEveryMs = 2_000;

/** Looks whether a rule has something to say, and says it once, whichever engine is first. */
export function runAlerts(deps: AlertsDeps): RunningAlerts {
  const { clock, board, rules, onTrouble } = deps;
  const asked = createAskedSightings(deps);
  const round = createRound(deps);
  const { sweepAt, close: endSweep } = createAlertSweep(deps);
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
      const due = rules().length === 0 ? [] : await dueNow();
      await round(due);
      sweepAt(due.map(({ key }) => key));
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
      await endSweep();
    },
  };
}
