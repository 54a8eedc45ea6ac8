import type { JournalRecord } from '../../../events/record.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { type RunCount, shownStatusOfLine, statusOfLine } from '../../../machines/run/record/run-filter.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import type { Surroundings } from '../../ports/work/surroundings.ts';

export const killChoices = ['keep', 'cancel', 'terminate'] as const;

/** How many characters of the end of its id have to be typed before a run is ended. */
const proofLength = 4;

/** Who carries work out, and how much waits for them. */
export type AgentNow = {
  readonly name: string;
  readonly workers: number;
  readonly running: number;
  /** Absent where it cannot be told. */
  readonly waiting?: number;
};

/** What is known of the world when a frame is drawn. */
export type KnownWorld = {
  readonly namespace: string;
  readonly position: number;
  readonly isLive: boolean;
  /** Runs under way, and those that ended last. */
  readonly lines: readonly BoardLine[];
  /** How many runs there are in all. */
  readonly counts: readonly RunCount[];
  /** The run that is marked, and its latest events, as far as they have been read. */
  readonly view?: RunView;
  readonly records: readonly JournalRecord[];
  readonly agents: readonly AgentNow[];
  /** Who is there for runs that wait, as far as that has been asked. */
  readonly around?: Surroundings;
  /** How long runs of the version that completed took: the median, of how many. */
  readonly typical?: { readonly ms: number; readonly runs: number };
  /** The address of the dashboard for browsers, where there is one. */
  readonly url?: string;
};

/** The runs that the list shows: those under way first, then the latest start, so that rows keep their places. */
export function listedRuns(
  { lines }: Pick<KnownWorld, 'lines'>,
  { filter, typing }: Pick<DashboardState, 'filter' | 'typing'>,
): readonly BoardLine[] {
  const wanted = (typing ?? filter).toLowerCase();
  const fitting = lines.filter((line) => wanted === '' || textOf(line).includes(wanted));

  return [...fitting].sort(
    (one, other) =>
      Number(isFinal(one.head.status)) - Number(isFinal(other.head.status)) ||
      other.head.startedAt.localeCompare(one.head.startedAt) ||
      other.run.localeCompare(one.run),
  );
}

/** The run that is marked: the first of the list where it names none that is there. */
export function markedRun(known: Pick<KnownWorld, 'lines'>, state: DashboardState): BoardLine | undefined {
  const listed = listedRuns(known, state);

  return listed.find(({ run }) => run === state.marked) ?? listed[0];
}

function textOf(line: BoardLine): string {
  const { run, head } = line;
  const words = `${shownStatusOfLine(line)} ${statusOfLine(line)}`.replaceAll('_', ' ');

  return `${run} ${head.definition.id} ${words} ${head.trigger ?? ''} ${head.error ?? ''}`.toLowerCase();
}

/** What a person looks at, and what they are about to do. Everything shown follows from it and from what is known. */
export type DashboardState = {
  readonly view: 'runs' | 'details' | 'logs' | 'help';
  /** The id of the run that is marked; the first one there is without. */
  readonly marked?: string;
  /** Only runs whose id, definition or status holds this text. */
  readonly filter: string;
  /** The filter while it is typed. */
  readonly typing?: string;
  readonly dialog?: KillDialog | AskDialog;
  /** How many lines of the details or the log are above what is shown. */
  readonly scroll: number;
  /** What came of the last key; goes with the next one. */
  readonly note?: Note;
  /** Nothing can be changed. */
  readonly readOnly: boolean;
};

type Note = { readonly text: string; readonly isError: boolean };

/** What is asked of which run, before it is: fixed when the dialog opens, whatever moves behind it. */
export type AskDialog = {
  readonly asks: 'pauseRun' | 'resumeRun';
  readonly run: string;
  readonly definition: string;
};

/** What killing would end is fixed when the dialog opens, whatever moves behind it. */
export type KillDialog = {
  readonly run: string;
  readonly definition: string;
  /** What was typed of the end of the id. */
  readonly typed: string;
  readonly choice: KillChoice;
};

export type KillChoice = (typeof killChoices)[number];

/** The characters that have to be typed. */
export function proofOf({ run }: Pick<KillDialog, 'run'>): string {
  return run.slice(-proofLength).toUpperCase();
}

/** Whether the dialog ends the run at Enter. */
export function isProven(dialog: KillDialog): boolean {
  return dialog.choice !== 'keep' && dialog.typed.toUpperCase() === proofOf(dialog);
}

/** What a key asks of the world. */
export type DashboardAct = { readonly kind: 'quit' } | { readonly kind: 'refresh' } | AskedOfRun;

/** What it asks of a run. */
export type AskedOfRun = {
  readonly kind: 'pauseRun' | 'resumeRun' | 'cancelRun' | 'terminateRun';
  readonly run: string;
};

export type Pressed = { readonly state: DashboardState; readonly asked?: DashboardAct };
