import type { ErrorData } from '../../../events/error-data.ts';
import { FailureWorkflowStarted } from '../../../events/run-events.ts';
import { ChildEnded, ChildStarted, TaskFailed } from '../../../events/task-events.ts';
import { taskAt } from '../../chart/task-at.ts';
import { isPartOfRun, type Run } from '../run.ts';
import type { Command } from './command.ts';
import { accept, type Decision, refuse, unknownTask } from './decision.ts';

type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/** Names the run that will carry the attempt out: only then may it be started. */
export function delegate(run: Run, { task, attempt, child }: CommandOf<'delegate'>): Decision {
  const state = taskAt(run.state, task);
  if (state === undefined) return unknownTask(task);
  if (state.state !== 'scheduled' || state.attempt !== attempt) {
    return refuse('task.stale-attempt', `attempt ${attempt} of ${task} is over`);
  }
  if (!isPartOfRun(run, task)) return refuse('task.not-open', `what ${task} is part of was given up`);
  if ('error' in child) return accept(TaskFailed.of({ task, attempt, error: child.error }));

  return accept(ChildStarted.of({ task, attempt, ...child, input: { ...child.input } }));
}

/** Takes the end of a run that this one started, be it needed still or given up. */
export function endChild(run: Run, command: CommandOf<'endChild'>): Decision {
  const { task, attempt, run: child, status, output, error } = command;
  const state = taskAt(run.state, task);
  const carries = state?.state === 'delegated' && state.attempt === attempt && state.child?.run === child;
  const isOrphan = run.state.orphans?.some((orphan) => orphan.run === child) ?? false;
  if (!isOrphan && !(carries && isPartOfRun(run, task)))
    return refuse('child.unknown', `${task} does not wait for the run ${child}`);

  return accept(
    ChildEnded.of({
      task,
      attempt,
      run: child,
      status,
      ...(output === undefined ? {} : { output }),
      ...(error === undefined ? {} : { error: childError(child, status, error) }),
    }),
  );
}

/** The code of the run that failed is kept, so that it can be caught; where it failed is told. */
function childError(run: string, status: string, { code, message, details }: ErrorData): ErrorData {
  return {
    code,
    message: `the run ${run} ended ${status}: ${message}`,
    retryable: true,
    details: { run, status, ...(details === undefined ? {} : { details }) },
  };
}

export function noteFailureWorkflow(
  run: Run,
  { run: started, definition, error }: CommandOf<'noteFailureWorkflow'>,
): Decision {
  if (run.state.phase !== 'notifying') {
    return refuse('run.not-notifying', 'the run starts no failure workflow now');
  }

  return accept(
    FailureWorkflowStarted.of({
      ...(started === undefined ? {} : { run: started }),
      ...(definition === undefined ? {} : { definition }),
      ...(error === undefined ? {} : { error }),
    }),
  );
}
