import type { JournalRecord } from '../../../events/record.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { within } from '../../lib/deadline.ts';
import type { Clock } from '../../ports/clock.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import type { HistoryEntry, RunView, Workflows } from '../../ports/runs/workflows.ts';
import { type Still, standstill } from '../../projections/run/movement.ts';
import { waitLine } from '../../projections/run/run-why.ts';
import { type TransitionLine, transitionLines } from '../../projections/task/log-lines.ts';
import { appearanceOf } from '../../terminal/render/glyphs.ts';
import { formatElapsed } from '../../terminal/render/times.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { CliIo } from '../app.ts';
import type { Output } from '../output.ts';
import { blockSurface, type Surface, screenSurface } from './frame.ts';
import { createStandstill, type Motion } from './standstill.ts';
import { withLooks } from './with-looks.ts';

/** Shows nothing: `--quiet` and `--json`. */
const silentDisplay: Display = { record: () => {}, end: () => {} };

/** A run in which nothing has happened for so long gets a line that says what it waits for. */
const idleMs = 3000;

/** At most ten frames a second; a long run takes longer to fold, and then drawing takes at most a fifth of the time. */
const frameMsMin = 100;
const pausePerCost = 4;
/** Elapsed times move on although nothing happens. */
const tickMs = 1000;

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
  /** Goes on where only people or agents who are not there can move the run. */
  readonly untilEnd?: boolean;
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
  { workflows, run, from, untilEnd = false, io: { clock } }: FollowOptions,
  { records, view, display, signal }: Watch,
): Promise<Followed | undefined> {
  const motions = createStandstill(view);
  const patience = createPatience(clock);
  // What was before `from` is not what following ends by, but for agents that nobody has come for since.
  let motion: Motion = 'queued';
  const isWanted = (): boolean => !untilEnd && motion === 'queued' && records.length > 0;
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
    const still = motion === 'moving' ? undefined : stillness(await view(), untilEnd);
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
      sinceMs = unattended ? (sinceMs ?? clock.steady()) : undefined;

      return sinceMs !== undefined && clock.steady() - sinceMs >= unattendedMsMax;
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

function stillness(view: RunView, untilEnd: boolean): Followed | undefined {
  if (isFinal(view.state.status)) return { kind: 'ended', view };
  if (untilEnd) return undefined;
  const still = standstill(view);

  return still === undefined ? undefined : { kind: 'people', view, ...still };
}

/** A run, drawn over and over in its place on the terminal. */
function createLiveDisplay(options: {
  readonly io: CliIo;
  readonly surface: Surface;
  /** The run as it is now. */
  readonly view: () => Promise<RunView>;
}): Display {
  const { io, surface, view } = options;
  const { clock } = io;
  const restored = io.onExit(() => surface.end());
  let cancel: (() => void) | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let nextAt = 0;
  let drawing = false;
  let missed = false;
  let ended = false;

  function schedule(delayMs: number): void {
    const at = Math.max(nextAt, clock.steady() + delayMs);
    missed ||= drawing;
    if (ended || drawing || at >= dueAt) return;
    cancel?.();
    dueAt = at;
    cancel = clock.after(Math.max(0, at - clock.steady()), () => void refresh());
  }

  async function refresh(): Promise<void> {
    cancel = undefined;
    dueAt = Number.POSITIVE_INFINITY;
    drawing = true;
    missed = false;
    const begun = clock.steady();
    const shown = await view().catch(() => undefined);
    drawing = false;
    if (ended) return;
    if (shown !== undefined) surface.draw(shown);
    nextAt = clock.steady() + Math.max(frameMsMin, (clock.steady() - begun) * pausePerCost);
    schedule(missed ? 0 : tickMs);
  }

  return {
    record: () => schedule(0),
    end: (last) => {
      ended = true;
      cancel?.();
      if (last !== undefined) surface.draw(last);
      surface.end();
      restored();
    },
  };
}

/** One line per transition, for logs and pipes. */
function createPlainDisplay(options: {
  readonly output: Output;
  readonly clock: Clock;
  /** The run as it is now. */
  readonly view: () => Promise<RunView>;
}): Display {
  const { output, clock, view } = options;
  const told = new Set<string>();
  let cancel = (): void => {};
  let ended = false;

  async function tellWaits(): Promise<void> {
    const { waitsFor } = await view();
    for (const wait of waitsFor) {
      const line = waitLine(wait);
      if (ended || told.has(line)) continue;
      told.add(line);
      output.note(`${output.notePaint.glyph('WAITING')} ${oneLine(line)}`);
    }
  }

  return {
    record: (record) => {
      for (const line of transitionLines(record)) output.note(plainLine(line, output));
      cancel();
      cancel = clock.after(idleMs, () => void tellWaits().catch(() => {}));
    },
    end: () => {
      ended = true;
      cancel();
    },
  };
}

/** `✓ scan_files completed 1.2s  41 files`. */
function plainLine({ task, status, elapsedMs, note }: TransitionLine, { notePaint }: Output): string {
  const { look, word } = appearanceOf(status);
  const time = elapsedMs === undefined ? '' : ` ${formatElapsed(elapsedMs)}`;
  const text = note === '' ? '' : `  ${notePaint.dim(oneLine(note))}`;

  return `${notePaint.glyph(status)} ${task ?? notePaint.bold('run')} ${notePaint.look(look, word)}${time}${text}`;
}

/** What a person sees while a run is followed. */
type Display = {
  /** A record landed. */
  readonly record: (record: JournalRecord) => void;
  /** Shows the last state and gives the terminal back. */
  readonly end: (view: RunView | undefined) => void;
};
