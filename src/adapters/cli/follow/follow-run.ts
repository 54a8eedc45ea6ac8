import type { JournalRecord } from '../../../../events/record.ts';
import { isFinal } from '../../../../machines/compile/task-status.ts';
import { RunQuarantined } from '../../../ports/damage.ts';
import { within } from '../../../ports/within.ts';
import type { RunView, Workflows } from '../../../ports/workflows.ts';
import { onlyPeopleCanMove } from '../../../projections/movement.ts';
import type { CliIo } from '../app.ts';
import type { Output } from '../output.ts';
import { type Display, silentDisplay } from './display.ts';
import { createLiveDisplay } from './live-display.ts';
import { createPlainDisplay } from './plain-display.ts';
import { createStandstill } from './standstill.ts';

/** Why following ended. `people` are the tasks that wait for a person. */
export type Followed =
  | { readonly kind: 'ended'; readonly view: RunView }
  | { readonly kind: 'people'; readonly view: RunView; readonly people: readonly string[] }
  | { readonly kind: 'timeout' | 'interrupted'; readonly view: RunView | undefined };

export type FollowOptions = {
  readonly workflows: Workflows;
  readonly run: string;
  /** What happened before this event is not shown, and not what following ends by. */
  readonly from: number;
  readonly timeoutMs?: number;
  readonly io: CliIo;
  readonly output: Output;
};

/**
 * Shows a run until it ends, only people can move it, the time is up, or the person has seen enough. Never changes
 * it.
 */
export async function followRun(options: FollowOptions): Promise<Followed> {
  const { workflows, run, io } = options;
  const records: JournalRecord[] = [];
  const view = (): Promise<RunView> => workflows.viewOf(run, records);
  const display = displayFor(options, view);
  const stop = stopSignal(options);
  let last: RunView | undefined;
  try {
    const watching = watch(options, { records, view, display, signal: stop.signal }).catch(
      (error: unknown) => {
        // Whoever has asked to stop is not told that the server is gone.
        if (!stop.signal.aborted) throw error;
        return undefined;
      },
    );
    const followed = await Promise.race([watching, stop.unanswered]);
    last = followed?.view ?? (records.length === 0 ? undefined : await within(io.clock, answerMsMax, view()));

    return followed ?? { kind: stop.reason(), view: last };
  } finally {
    stop.end();
    display.end(last);
  }
}

/** A server that is gone does not keep a person who wants to stop for longer than this. */
const answerMsMax = 2000;

type Watch = {
  readonly records: JournalRecord[];
  readonly view: () => Promise<RunView>;
  readonly display: Display;
  readonly signal: AbortSignal;
};

/** Collects and shows records until the run stands still. Undefined where the signal came first. */
async function watch(
  { workflows, run, from }: FollowOptions,
  { records, view, display, signal }: Watch,
): Promise<Followed | undefined> {
  const standstill = createStandstill(view);
  for await (const entry of workflows.follow(run, signal)) {
    if (!('record' in entry)) throw new RunQuarantined(entry.damage);
    records.push(entry.record);
    if (entry.record.sequence < from) continue;
    display.record(entry.record);
    if (!(await standstill.after(entry.record))) continue;
    const still = stillness(await view());
    if (still !== undefined) return still;
  }

  return undefined;
}

function displayFor({ io, output }: FollowOptions, view: () => Promise<RunView>): Display {
  if (output.json || output.quiet) return silentDisplay;
  const live = io.stderrIsTty && io.env['TERM'] !== 'dumb' && io.env['CI'] === undefined;

  return live
    ? createLiveDisplay({ io, output, view })
    : createPlainDisplay({ output, clock: io.clock, view });
}

function stopSignal({ io, timeoutMs }: FollowOptions) {
  const controller = new AbortController();
  let reason: 'timeout' | 'interrupted' = 'interrupted';
  const ends = [io.onInterrupt(() => controller.abort())];
  if (timeoutMs !== undefined) {
    const timeout = (): void => {
      reason = 'timeout';
      controller.abort();
    };
    ends.push(io.clock.after(timeoutMs, timeout));
  }
  const unanswered = new Promise<undefined>((resolve) => {
    const wait = (): void => void ends.push(io.clock.after(answerMsMax, () => resolve(undefined)));
    controller.signal.addEventListener('abort', wait, { once: true });
    ends.push(() => controller.signal.removeEventListener('abort', wait));
  });

  return {
    signal: controller.signal,
    unanswered,
    reason: () => reason,
    end: () => {
      for (const end of ends) end();
      controller.abort();
    },
  };
}

function stillness(view: RunView): Followed | undefined {
  if (isFinal(view.state.status)) return { kind: 'ended', view };
  const people = onlyPeopleCanMove(view);

  return people === undefined ? undefined : { kind: 'people', view, people };
}
