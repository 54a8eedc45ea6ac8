import type { Paint } from '../render/paint.ts';
import { oneLine, truncateToWidth } from '../render/width.ts';
import type { Key } from '../screen/key.ts';
import {
  type AskDialog,
  type DashboardState,
  isProven,
  type KillChoice,
  type KillDialog,
  killChoices,
  type Pressed,
  proofOf,
} from './known-runs.ts';

/** A key while a dialog is open: it does nothing else. */
export function pressInDialog(
  state: DashboardState,
  dialog: NonNullable<DashboardState['dialog']>,
  key: Key,
): Pressed {
  return 'asks' in dialog ? pressInQuestion(state, dialog, key) : pressInKill(state, dialog, key);
}

/** Enter or Y does what is asked; Esc, N or the letter of another key does not. */
function pressInQuestion(state: DashboardState, { asks, run }: AskDialog, key: Key): Pressed {
  const { dialog: _dialog, ...closed } = state;
  if (key.name === 'enter' || (key.name === 'text' && key.text.toLowerCase() === 'y'))
    return { state: closed, asked: { kind: asks, run } };

  return key.name === 'escape' || key.name === 'text' ? { state: closed } : { state };
}

/** Enter alone ends nothing: the choice begins at keeping the run, and the end of its id has to be typed. */
function pressInKill(state: DashboardState, dialog: KillDialog, key: Key): Pressed {
  const { dialog: _dialog, ...closed } = state;
  switch (key.name) {
    case 'escape':
      return { state: closed };
    case 'enter':
      return entered(state, closed, dialog);
    case 'tab':
    case 'down':
      return { state: { ...state, dialog: { ...dialog, choice: chosen(dialog.choice, 1) } } };
    case 'up':
      return { state: { ...state, dialog: { ...dialog, choice: chosen(dialog.choice, -1) } } };
    case 'backspace':
      return { state: { ...state, dialog: { ...dialog, typed: dialog.typed.slice(0, -1) } } };
    case 'text':
      return { state: { ...state, dialog: { ...dialog, typed: dialog.typed + key.text } } };
    default:
      return { state };
  }
}

function entered(state: DashboardState, closed: DashboardState, dialog: KillDialog): Pressed {
  const { run, choice } = dialog;
  if (choice === 'keep') return { state: closed };
  if (isProven(dialog))
    return { state: closed, asked: { kind: choice === 'cancel' ? 'cancelRun' : 'terminateRun', run } };
  const text = `type ${proofOf(dialog)}, the end of the id, to ${choice} the run`;

  return { state: { ...state, note: { text, isError: true } } };
}

function chosen(choice: KillChoice, by: number): KillChoice {
  const at = killChoices.indexOf(choice) + by + killChoices.length;

  return killChoices[at % killChoices.length] ?? 'keep';
}

const choiceTexts: Readonly<Record<KillChoice, string>> = {
  keep: 'keep it: end nothing',
  cancel: 'cancel: stop it and have what it did undone',
  terminate: 'terminate: end it at once, undo nothing',
};

/** The dialog as lines, in place of the rest of the screen. */
export function dialogLines(
  dialog: NonNullable<DashboardState['dialog']>,
  paint: Paint,
  columns: number,
): readonly string[] {
  return 'asks' in dialog ? questionLines(dialog, paint, columns) : killLines(dialog, paint, columns);
}

const questions: Readonly<Record<AskDialog['asks'], { readonly verb: string; readonly what: string }>> = {
  pauseRun: { verb: 'Pause', what: 'nothing new begins, what is under way finishes' },
  resumeRun: { verb: 'Resume', what: 'it goes on from where it was paused' },
};

function questionLines(
  { asks, run, definition }: AskDialog,
  paint: Paint,
  columns: number,
): readonly string[] {
  const { verb, what } = questions[asks];
  const lines = [
    '',
    paint.bold(`  ${verb} the run ${oneLine(run)} of ${oneLine(definition)}?`),
    '',
    `  ${what}`,
    '',
    paint.dim('  Enter, Y: yes   Esc, N: no'),
  ];

  return lines.map((line) => truncateToWidth(line, columns));
}

function killLines(dialog: KillDialog, paint: Paint, columns: number): readonly string[] {
  const { definition, run, typed } = dialog;
  const mark = (choice: KillChoice): string => (choice === dialog.choice ? '>' : ' ');
  const lines = [
    '',
    paint.bold(`  End the run ${oneLine(run)} of ${oneLine(definition)}?`),
    '',
    ...killChoices.map((choice) => {
      const text = `  ${mark(choice)} ${choiceTexts[choice]}`;
      return choice === dialog.choice ? paint.bold(text) : text;
    }),
    '',
    `  type the last characters of its id, ${paint.bold(oneLine(proofOf(dialog)))}: ${typed}_`,
    '',
    paint.dim('  Tab chooses   Enter does what is chosen   Esc keeps the run'),
  ];

  return lines.map((line) => truncateToWidth(line, columns));
}
