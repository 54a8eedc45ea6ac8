import { damageText } from '../../../machines/run/record/damage-text.ts';
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import type { RunAction, RunLine, RunPage, TaskRow } from '../../api/run.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { enabledEvents, enabledThen } from '../task/enabled-events.ts';
import type { Enabled } from '../task/enabled-tasks.ts';
import { progressOf, taskLines } from '../task/task-lines.ts';
import { shownTasks } from '../task/task-order.ts';
import { triggerText } from '../trigger-document.ts';
import { outputsOf, shownInput } from './run-document.ts';
import { expectedEndAt } from './run-expectation.ts';
import { runFacts } from './run-facts.ts';
import { whyOf } from './run-why.ts';
import { shownStatus, shownStatusOfLine, statusOfLine } from './shown-status.ts';

/** By what a person would type; of a command with two words, by both. */
const kinds: Readonly<Record<string, Kind>> = {
  pause: 'pauseRun',
  resume: 'resumeRun',
  cancel: 'cancelRun',
  terminate: 'terminateRun',
  retry: 'retryRun',
  rerun: 'rerun',
  fork: 'fork',
  approve: 'approve',
  reject: 'reject',
  'approvals delegate': 'delegateApproval',
  skip: 'skipTask',
  complete: 'resolveTask',
  signal: 'signal',
  'dead-letters drop': 'dropDeadLetter',
};

/** What the view itself does not tell. `last` is the number of the last event of the run. */
export type PageContext = AmongRuns & {
  readonly last: number;
  readonly isPast: boolean;
  readonly nowMs: number;
  /** The first line of each task in the definition's text, counted from 1, by task id. */
  readonly lines: ReadonlyMap<string, number>;
};

/** A run as a page shows it. */
export function runPage(view: RunView, context: PageContext): RunPage {
  const { state, damage } = view;
  const { shortId, typicalMs, last, isPast } = context;

  return {
    ...about(view),
    shortId,
    typicalMs,
    last,
    isPast,
    expectedEndAt: isPast ? undefined : expectedEndAt(view, typicalMs),
    why: [...whyOf(view)],
    waitsFor: isPast ? [] : [...view.waitsFor],
    facts: [...runFacts(view)],
    input: shownInput(view),
    output: state.output,
    outputs: [...outputsOf(view)],
    error: errorOf(view),
    failedTask: state.failedTask,
    taskRows: taskRows(view, context),
    actions: [...runActions(view, context)],
    timers: view.timers.map(({ timer, task, dueAt }) => ({ timer, task, dueAt })),
    damage: damage === undefined ? undefined : damageText(damage),
  };
}

type About = Pick<
  RunPage,
  | 'run'
  | 'definition'
  | 'status'
  | 'shown'
  | 'sequence'
  | 'startedAt'
  | 'endedAt'
  | 'updatedAt'
  | 'settled'
  | 'tasks'
  | 'startedBy'
  | 'parent'
  | 'failureRun'
>;

function about(view: RunView): About {
  const { state, definition, sequence, updatedAt, damage } = view;
  const { name, description } = definition;

  return {
    run: state.run,
    definition: { ...state.definition, name, description },
    status: damage === undefined ? state.status : 'QUARANTINED',
    shown: shownStatus(view),
    sequence,
    updatedAt,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    ...progressOf(view),
    startedBy: startedBy(view),
    parent: state.parent?.run,
    failureRun: state.failureRun?.run,
  };
}

/** What started it, in words. */
export function startedBy({ state: { trigger, parent } }: RunView): string {
  if (trigger !== undefined) return triggerText(trigger);

  return triggerOf({ parent: parent?.run });
}

export function errorOf({ state: { error } }: RunView): RunPage['error'] {
  if (error === undefined) return undefined;
  const { code, message, details } = error;

  return { code, message, details };
}

function taskRows(view: RunView, { nowMs, isPast, lines }: PageContext): TaskRow[] {
  const until = isPast ? Date.parse(view.updatedAt) : nowMs;
  const known = new Map(shownTasks(view).map((at) => [at.address, at]));

  return taskLines(view, until).map((line) => {
    const at = known.get(line.id);
    return {
      ...line,
      state: at?.state.state ?? '',
      worker: at?.state.worker,
      line: at === undefined ? undefined : lines.get(at.task.id),
    };
  });
}

type Kind = RunAction['kind'];

/** What may be asked of a run now, found out by asking the core; of a run as it was, only that it be forked. */
export function runActions(view: RunView, { isPast }: { readonly isPast: boolean }): readonly RunAction[] {
  // Nothing is appended to the journal of a run that is set aside.
  if (view.damage !== undefined) return [];
  const { events, commands } = isPast ? enabledThen(view) : enabledEvents(view);

  return [...commands, ...events].flatMap(actionOf);
}

function actionOf({ command, task, who }: Enabled): readonly RunAction[] {
  if (command === undefined) return [];
  const [first = '', second = ''] = command;
  const kind = kinds[first] ?? kinds[`${first} ${second}`];
  if (kind === undefined) return [];
  const signal = kind === 'signal' ? command[2] : undefined;

  return [{ kind, task, signal, command: ['workflow', ...command].map(quoted).join(' '), who }];
}

/** As a shell reads it: addresses of tasks may hold brackets. */
function quoted(word: string): string {
  return /^[\w@%+=:,./<>-]*$/.test(word) && word !== '' ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What the other runs say about one: how much of its id names it, and how long runs like it take, in ms. */
type AmongRuns = { readonly shortId: string; readonly typicalMs: number | undefined };

/** A run as a line of a list. */
export function runLine(line: BoardLine, { shortId, typicalMs }: AmongRuns): RunLine {
  const { run, head, sequence, position, updatedAt, damage } = line;

  return {
    run,
    shortId,
    definition: head.definition,
    status: statusOfLine(line),
    shown: shownStatusOfLine(line),
    settled: head.settled,
    tasks: head.tasks,
    active: head.active,
    startedAt: head.startedAt,
    endedAt: head.endedAt,
    updatedAt,
    dueAt: head.dueAt,
    error: head.error,
    trigger: triggerOf(head),
    parent: head.parent,
    sequence,
    position,
    typicalMs,
    problem: damage?.message,
  };
}
