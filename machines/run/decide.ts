import type { Fact } from '../../events/catalogue.ts';
import { RunPaused, RunResumed, RunStarted, RunTerminated } from '../../events/run-events.ts';
import { TimerFired } from '../../events/timer-events.ts';
import { isFinal } from '../compile/run-state.ts';
import { depthMax, isTooDeep } from '../json-depth.ts';
import type { Command, Refusal } from './command.ts';
import { approve, reject } from './decide-approval.ts';
import { completeTask, failTask, heartbeat, startTask } from './decide-attempt.ts';
import {
  concludeRun,
  evaluateTask,
  initialVariables,
  refuseOutput,
  refuseResult,
} from './decide-expression.ts';
import { accept, type Decision, refuse } from './decision.ts';
import type { Run } from './run.ts';
import { timersOf } from './timers.ts';

/** Answers a command with the fact it creates, or with the reason it creates none. */
export function decide(run: Run, command: Command): Decision {
  const closed = closedFor(run, command);
  if (closed !== undefined) return { ok: false, refusal: closed };

  switch (command.kind) {
    case 'startRun':
      return startRun(run, command);
    case 'startTask':
      return startTask(run, command);
    case 'heartbeat':
      return heartbeat(run, command);
    case 'completeTask':
      return completeTask(run, command);
    case 'failTask':
      return failTask(run, command);
    case 'evaluate':
      return command.tooLarge === true ? refuseResult(run, command.task) : evaluateTask(run, command.task);
    case 'conclude':
      return command.tooLarge === true ? refuseOutput() : concludeRun(run);
    case 'fireTimer':
      return fireTimer(run, command);
    case 'approve':
      return approve(run, command);
    case 'reject':
      return reject(run, command);
    case 'pauseRun':
      return pauseRun(run, command.reason);
    case 'resumeRun':
      return run.state.status === 'PAUSED'
        ? accept(RunResumed.of(reasonOf(command)))
        : refuse('run.not-paused', 'the run is not paused');
    case 'terminateRun':
      return accept(RunTerminated.of(reasonOf(command)));
  }
}

function closedFor(run: Run, command: Command): Refusal | undefined {
  const { status, endedAt } = run.state;
  const begun = run.sequence > 0;
  if (command.kind === 'startRun') {
    return begun ? { code: 'run.exists', message: `run ${command.run} was started already` } : undefined;
  }
  if (!begun) return { code: 'run.not-started', message: 'the run has not been started' };
  if (!isFinal(status)) return undefined;

  return {
    code: 'run.closed',
    message: `the run ended ${status} at ${endedAt ?? ''} and cannot change any more`,
  };
}

function pauseRun({ state }: Run, reason: string | undefined): Decision {
  if (state.status === 'PAUSED') return refuse('run.already-paused', 'the run is paused already');
  if (state.phase !== 'running')
    return refuse('run.concluding', 'every task is settled: there is nothing to pause');

  return accept(RunPaused.of(reason === undefined ? {} : { reason }));
}

function startRun(run: Run, { run: id, input }: Extract<Command, { kind: 'startRun' }>): Decision {
  if (isTooDeep(input)) return refuse('input.too-deep', `the input is nested deeper than ${depthMax} levels`);
  const variables = initialVariables(run.chart, id, input);
  if (!variables.ok) return refuse(variables.error.code, variables.error.message);
  const declared = Object.keys(variables.value).length > 0;

  return accept(
    RunStarted.of({
      run: id,
      definition: run.chart.ref,
      input: { ...input },
      ...(declared ? { variables: variables.value } : {}),
    }),
  );
}

/** A timer that no longer runs was overtaken by what happened meanwhile; that is normal. */
function fireTimer(run: Run, { timer }: Extract<Command, { kind: 'fireTimer' }>): Decision {
  const runs = timersOf(run).some(
    (each) =>
      each.timer === timer.timer &&
      each.task === timer.task &&
      each.attempt === timer.attempt &&
      each.dueAt === timer.dueAt,
  );
  if (!runs)
    return refuse('timer.not-running', `${timer.timer} of ${timer.task ?? 'the run'} does not run any more`);

  return accept(TimerFired.of({ ...timer }));
}

function reasonOf(command: {
  readonly reason?: string | undefined;
}): Extract<Fact, { type: 'run.paused' }>['data'] {
  return command.reason === undefined ? {} : { reason: command.reason };
}
