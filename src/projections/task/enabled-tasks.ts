import {
  type ApproverQuery,
  approversText,
  askedNow,
  authorityOf,
  type Deed,
  excludedFrom,
  namesAsked,
} from '../../../machines/agents/authority.ts';
import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import { localId, openTasks } from '../../../machines/chart/task-at.ts';
import { isSettled } from '../../../machines/chart/task-status.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { decide } from '../../../machines/run/decide/decide.ts';
import { type Decision, refuse } from '../../../machines/run/decide/decision.ts';
import { BlobNeeded } from '../../../machines/run/record/claim-check.ts';
import { type Run, undoingTasks } from '../../../machines/run/run.ts';
import type { Task } from '../../../machines/task.ts';
import { withNames } from '../../../machines/task-names.ts';

/** One thing that could happen to a run next: the event, and who may bring it about, in words. */
export type Enabled = {
  readonly event: string;
  /** The address of the task that it is about; absent where it is the whole run. */
  readonly task?: string;
  readonly who: string;
  /** The earliest time (ISO 8601, UTC). */
  readonly at?: string;
  /** What a person would type, without the program. */
  readonly command?: readonly string[];
};

type Open = { readonly run: Run; readonly address: string; readonly task: Task; readonly state: TaskState };
type Probe = { readonly command: Command; readonly who: string; readonly words?: readonly string[] };

/** What those outside may do to the tasks of a run: whatever the core would not refuse now. */
export function enabledOfTasks(run: Run): readonly Enabled[] {
  const { state } = run;
  const tasks = state.phase === 'compensating' ? undoingTasks(run) : [...openTasks(state.tasks)];

  return tasks.flatMap(([address, known]) => {
    const task = run.chart.plan.get(localId(address))?.task;
    if (task === undefined || isSettled(known)) return [];
    const open = { run, address, task, state: known };
    return [...attempts(open), ...answers(open), ...signals(open), ...byHand(open)].flatMap((probe) =>
      accepted(run, address, probe),
    );
  });
}

/** The event that the command would lead to; none where it is refused. */
function accepted(run: Run, task: string, { command, who, words }: Probe): readonly Enabled[] {
  const decision = answered(run, command);
  // A result that is as its task declares it has the task completed.
  const done = command.kind === 'completeTask' ? 'task.completed' : undefined;
  const event = decision.ok ? (done ?? decision.fact.type) : withData(command, decision.refusal.code);
  if (event === undefined) return [];

  return [{ event, task, who, ...(words === undefined ? {} : { command: words }) }];
}

function answered(run: Run, command: Command): Decision {
  try {
    return decide(run, command);
  } catch (error) {
    // What it compares with is kept apart from the journal.
    if (error instanceof BlobNeeded) return refuse(error.code, error.message);
    throw error;
  }
}

/** That a form is not filled in, or a signal brings nothing to compare with, says that it is waited for. */
function withData({ kind }: Command, refusal: string): string | undefined {
  if (kind === 'approve' && refusal === 'input.form') return 'approval.granted';
  if (kind === 'resolveTask' && /^(output|receipt)\.mismatch$/.test(refusal)) return 'task.resolved';

  return kind === 'signal' && /^(expression|blob)\./.test(refusal) ? 'signal.received' : undefined;
}

function attempts({ address, task, state }: Open): readonly Probe[] {
  const { attempt, worker = 'worker', startedAt = state.scheduledAt ?? '' } = state;
  const of = { task: address, attempt, worker, startedAt };
  const error = { code: 'task.failed', message: '', retryable: true };
  const who = performerText(task, state);

  return [
    { command: { kind: 'startTask', task: address, attempt, worker }, who },
    { command: { kind: 'completeTask', ...of, output: null }, who },
    { command: { kind: 'failTask', ...of, error }, who },
  ];
}

function answers({ run, address, task, state }: Open): readonly Probe[] {
  if (task.type !== 'HUMAN') return [];
  const id = run.state.run;
  const asked = askedNow(task, state, excludedFrom(run.state, address, task));
  const who = approversText(asked);
  const of = { task: address, by: oneAsked(asked, state) };

  return [
    { command: { kind: 'approve', ...of }, who, words: ['approve', id, address] },
    { command: { kind: 'reject', ...of }, who, words: ['reject', id, address] },
    {
      command: { kind: 'requestChange', ...of, comment: 'a change' },
      who,
      words: ['approvals', 'change', id, address, '--comment', '<what>'],
    },
    {
      command: { kind: 'delegateApproval', ...of, to: 'somebody else' },
      who,
      words: ['approvals', 'delegate', id, address, '--to', '<name>'],
    },
  ];
}

/** Somebody who has not agreed yet. */
function oneAsked(asked: ApproverQuery, state: TaskState): string {
  const given = new Set(state.grants?.map(({ by }) => by));

  return namesAsked(asked).find((name) => !given.has(name)) ?? 'somebody';
}

function signals({ run, task, state }: Open): readonly Probe[] {
  if (task.type !== 'WAIT' || task.signal === undefined || state.state !== 'awaiting') return [];
  const { signal: name = '' } = withNames(task, state.names);
  const who = leastLevel({ kind: 'signal', name });

  return [{ command: { kind: 'signal', name, data: {} }, who, words: ['signal', run.state.run, name] }];
}

function byHand({ run, address }: Open): readonly Probe[] {
  const id = run.state.run;

  return [
    {
      command: { kind: 'skipTask', task: address },
      who: leastLevel({ kind: 'control', what: 'skipping a task' }),
      words: ['skip', id, address],
    },
    {
      command: { kind: 'resolveTask', task: address, output: {} },
      who: leastLevel({ kind: 'control', what: 'giving a task its result' }),
      words: ['complete', id, address],
    },
  ];
}

/** The performer of a task's attempt, in words. */
function performerText(
  task: Task,
  { assigned = [], appointed, worker, names }: Pick<TaskState, 'assigned' | 'appointed' | 'worker' | 'names'>,
): string {
  const of = worker === undefined ? '' : ` (worker ${worker})`;
  if (task.type !== 'SIMPLE') return 'the engine';
  const { performer } = withNames(task, names);
  if (appointed !== undefined) return `the agent ${appointed.agent}${of}`;
  switch (performer.kind) {
    case 'run':
      return 'the engine, by its command';
    case 'model':
      return `the model ${performer.model.alias}`;
    case 'uses':
      return `the engine, by ${performer.action}`;
    case 'agent':
      return `the agent ${performer.agent}${of}`;
    case 'skills':
      return assigned.length > 0
        ? `the agent ${assigned.map(({ agent }) => agent).join(', ')}${of}`
        : `an agent with the skills ${performer.skills.join(', ')}${of}`;
  }
}

const fromLeast = ['L3', 'L2', 'L1', 'L0'] as const;

/** The least level that may do something, in words: asked of the rules themselves, each level in turn. */
export function leastLevel(deed: Deed): string {
  const least = fromLeast.find(
    (level) => authorityOf([{ name: level, level }]).refusal(level, deed) === undefined,
  );

  return least === undefined || least === 'L0' ? 'L0' : `${least} or above`;
}
