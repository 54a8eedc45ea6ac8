import type { RunAction } from '../../api/run.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { enabledEvents, enabledThen } from '../task/enabled-events.ts';
import type { Enabled } from '../task/enabled-tasks.ts';

type Kind = RunAction['kind'];

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
