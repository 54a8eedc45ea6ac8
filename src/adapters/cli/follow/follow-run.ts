import type { JournalRecord } from '../../../../events/record.ts';
import { isFinal } from '../../../../machines/compile/task-status.ts';
import type { Clock } from '../../../ports/clock.ts';
import { RunQuarantined } from '../../../ports/damage.ts';
import { within } from '../../../ports/within.ts';
import type { HistoryEntry, RunView, Workflows } from '../../../ports/workflows.ts';
import { type Still, standstill } from '../../../projections/movement.ts';
import type { CliIo } from '../app.ts';
import type { Output } from '../output.ts';
import { type Display, silentDisplay } from './display.ts';
import { createLiveDisplay } from './live-display.ts';
import { createPlainDisplay } from './plain-display.ts';
import { createStandstill, type Motion } from './standstill.ts';
import { blockSurface, screenSurface } from './surface.ts';
import { withLooks } from './with-looks.ts';

/** Why following ended. `people` are the tasks that wait for a person, `unattended` those that nobody would begin. */
export type Followed =
  | { readonly kind: 'ended'; readonly view: RunView }
  | ({ readonly kind: 'people'; readonly view: RunView } & Still)
  | { readonly kind: 'timeout' | 'interrupted'; readonly view: RunView | undefined };

export type FollowOptions = {
  readonly workflows: Workflows;
  readonly run: string;
  /** What happened before this event is not shown, and not what following ends by. */
  readonly from: number;
  readonly timeoutMs?: number;
  /** Shown on the whole terminal. */
  readonly onScreen?: boolean;
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

/** Who is there changes without a record: where only agents would move the run, it is looked for so often. */
const lookEveryMs = 1_000;
/** Workers may be about to come up, or to start again: so long nobody has to be there before following ends. */
const unattendedMsMax = 3_000;

/** Collects and shows records until the run stands still. Undefined where the signal came first. */
async function watch(
  { workflows, run, from, io: { clock } }: FollowOptions,
  { records, view, display, signal }: Watch,
): Promise<Followed | undefined> {
  const motions = createStandstill(view);
  const patience = createPatience(clock);
  // What was before `from` is not what following ends by, but for agents that nobody has come for since.
  let motion: Motion = 'queued';
  const isWanted = (): boolean => motion === 'queued' && records.length > 0;
  for await (const entry of withLooks(workflows.follow(run, signal), {
    clock,
    everyMs: lookEveryMs,
    isWanted,
  })) {
    if (entry !== undefined) {
      records.push(recordOf(entry));
      if (recordOf(entry).sequence < from) continue;
      display.record(recordOf(entry));
      motion = await motions.after(recordOf(entry));
    }
    const still = motion === 'moving' ? undefined : stillness(await view());
    const unattended = still?.kind === 'people' && still.unattended.length > 0;
    // A look that is no record's may end nothing else: it may see what was before `from`.
    if (patience.isOver(unattended) || (!unattended && entry !== undefined && still !== undefined))
      return still;
  }

  return undefined;
}

function recordOf(entry: HistoryEntry): JournalRecord {
  if (!('record' in entry)) throw new RunQuarantined(entry.damage);

  return entry.record;
}

/** Says when nobody has been there for so long that following ends. */
function createPatience(clock: Clock) {
  let sinceMs: number | undefined;

  return {
    isOver: (unattended: boolean): boolean => {
      sinceMs = unattended ? (sinceMs ?? clock.now()) : undefined;

      return sinceMs !== undefined && clock.now() - sinceMs >= unattendedMsMax;
    },
  };
}

function displayFor({ io, output, onScreen = false }: FollowOptions, view: () => Promise<RunView>): Display {
  if (output.json || output.quiet) return silentDisplay;
  const live = io.stderrIsTty && io.env['TERM'] !== 'dumb' && io.env['CI'] === undefined;

  return live
    ? createLiveDisplay({ io, surface: (onScreen ? screenSurface : blockSurface)(io, output), view })
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
  const still = standstill(view);

  return still === undefined ? undefined : { kind: 'people', view, ...still };
}
