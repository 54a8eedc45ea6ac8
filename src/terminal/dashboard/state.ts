/** What a person looks at, and what they are about to do. Everything shown follows from it and from what is known. */
export type DashboardState = {
  readonly view: 'runs' | 'details' | 'logs' | 'help';
  /** The id of the run that is marked; the first one there is without. */
  readonly marked?: string;
  /** Only runs whose id, definition or status holds this text. */
  readonly filter: string;
  /** The filter while it is typed. */
  readonly typing?: string;
  readonly dialog?: KillDialog;
  /** How many lines of the details or the log are above what is shown. */
  readonly scroll: number;
  /** What came of the last key; goes with the next one. */
  readonly note?: Note;
  /** Nothing can be changed. */
  readonly readOnly: boolean;
};

export type Note = { readonly text: string; readonly isError: boolean };

/** What killing would end is fixed when the dialog opens, whatever moves behind it. */
export type KillDialog = {
  readonly run: string;
  readonly definition: string;
  /** What was typed of the end of the id. */
  readonly typed: string;
  readonly choice: KillChoice;
};

export const killChoices = ['keep', 'cancel', 'terminate'] as const;
export type KillChoice = (typeof killChoices)[number];

/** How many characters of the end of its id have to be typed before a run is ended. */
const proofLength = 4;

/** The characters that have to be typed. */
export function proofOf({ run }: Pick<KillDialog, 'run'>): string {
  return run.slice(-proofLength).toUpperCase();
}

/** Whether the dialog ends the run at Enter. */
export function isProven(dialog: KillDialog): boolean {
  return dialog.choice !== 'keep' && dialog.typed.toUpperCase() === proofOf(dialog);
}

/** What a key asks of the world. */
export type Asked = { readonly kind: 'quit' } | { readonly kind: 'refresh' } | AskedOfRun;
/** What it asks of a run. */
export type AskedOfRun = {
  readonly kind: 'pauseRun' | 'resumeRun' | 'cancelRun' | 'terminateRun';
  readonly run: string;
};
export type Pressed = { readonly state: DashboardState; readonly asked?: Asked };
