import { isUnsettled, unsettledReason } from '../journal/settle-append.ts';
import type { PublishResult } from './answer.ts';

/** Notices when the journal takes nothing from anybody for long: tells it once for all runs, and when it is over. */
export type Outage = {
  /** An answer to an append. */
  readonly saw: (answer: PublishResult) => void;
  /** Something was stored, or refused for what it is. */
  readonly over: () => void;
};

/** An election is shorter most of the time. */
const TOLD_AFTER_MS = 5_000;

export function createOutage(tell: (message: string) => void, passedMs: () => number): Outage {
  let since: number | undefined;
  let isTold = false;

  function over(): void {
    since = undefined;
    if (isTold) tell('the journal takes events again');
    isTold = false;
  }

  return {
    over,
    saw: (answer) => {
      if (!isUnsettled(answer)) return over();
      since ??= passedMs();
      const lastedMs = passedMs() - since;
      if (isTold || lastedMs < TOLD_AFTER_MS) return;
      isTold = true;
      tell(
        `the journal has taken no event for ${Math.floor(lastedMs / 1000)} s (${unsettledReason(answer)}); runs wait, and go on ` +
          'when it does; on a cluster more than half of the NATS servers have to be up: `workflow doctor` tells',
      );
    },
  };
}
