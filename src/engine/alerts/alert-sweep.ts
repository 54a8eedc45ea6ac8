import { messageOf } from '../../ports/message-of.ts';
import type { AlertMarks } from './alert-marks.ts';
import type { SayDeps } from './say-alert.ts';

type AlertSweep = {
  /** Takes away, now and then and aside of the looks, what is marked of trouble that is over. */
  readonly sweepAt: (due: readonly string[]) => void;
  readonly close: () => Promise<void>;
};

/** By then an engine that has just begun has seen all that is due. */
const firstAfterMs = 5 * 60_000;
const everyMs = 60 * 60_000;

export function createAlertSweep({
  marks,
  clock,
  onTrouble,
}: Pick<SayDeps, 'clock' | 'onTrouble'> & { readonly marks: Pick<AlertMarks, 'sweep'> }): AlertSweep {
  let nextMs = clock.now() + firstAfterMs;
  let sweeping: Promise<void> = Promise.resolve();

  return {
    sweepAt: (due) => {
      if (clock.now() < nextMs) return;
      nextMs = clock.now() + everyMs;
      sweeping = sweeping
        .then(() => marks.sweep(due))
        .catch((error: unknown) =>
          onTrouble(`marks of old alerts could not be taken away, it is tried again: ${messageOf(error)}`),
        );
    },
    close: () => sweeping,
  };
}
