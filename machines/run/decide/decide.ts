import type { Fact } from '../../../events/catalogue.ts';
import { type ErrorData, FailureWorkflowStarted, RunStarted } from '../../../events/run-events.ts';
import { ChildEnded, ChildStarted, TaskFailed } from '../../../events/task-events.ts';
import { TimerFired } from '../../../events/timer-events.ts';
import type { RememberedRequest, RunState } from '../../chart/run/run-state.ts';
import { taskAt } from '../../chart/task-at.ts';
import { isFinal } from '../../chart/task-status.ts';
import { isTooDeep, valueDepthMax } from '../../expressions/evaluate/json-size.ts';
import { concurrencyKey, fairnessKey, initialVariables, searchNames } from '../initial-variables.ts';
import { isPartOfRun, type Run } from '../run.ts';
import { isRunning } from '../timers.ts';
import type { Command, Refusal } from './command.ts';
import { approve, delegateApproval, reject, requestChange } from './decide-approval.ts';
import {
  assignTask,
  assignTasks,
  completeTask,
  failTask,
  heartbeat,
  logAttempt,
  startTask,
} from './decide-attempt.ts';
import { continueRun } from './decide-continuation.ts';
import {
  admitRun,
  cancelRun,
  crowdOut,
  dropDeadLetter,
  migrateRun,
  pauseRun,
  resolveTask,
  resumeRun,
  skipTask,
  terminateRun,
} from './decide-control.ts';
import { concludeRun, evaluateTask, refuseOutput, refuseResult } from './decide-expression.ts';
import { signalRun } from './decide-signal.ts';
import { accept, type Decision, refuse, unknownTask } from './decision.ts';
import { refuseApproval } from './refused-answers.ts';

/** So many requests of either kind are remembered: one that comes again comes while its answer is waited for. */
const requestsMax = 32;

type Deciders = {
  readonly [Kind in Command['kind']]: (run: Run, command: Extract<Command, { kind: Kind }>) => Decision;
};

const deciders: Deciders = {
  startRun,
  forkRun: continueRun,
  admitRun,
  crowdOut,
  migrateRun,
  startTask,
  heartbeat,
  completeTask,
  failTask,
  logAttempt,
  assignTasks,
  assignTask,
  evaluate,
  conclude,
  fireTimer,
  delegate,
  endChild,
  noteFailureWorkflow,
  approve,
  reject,
  requestChange,
  delegateApproval,
  refuseApproval,
  pauseRun,
  resumeRun,
  terminateRun,
  cancelRun,
  retryRun: continueRun,
  rerun: continueRun,
  skipTask,
  resolveTask,
  dropDeadLetter,
  signal: signalRun,
};

/** Answers a command with the fact it creates, or with the reason it creates none. */
export function decide(run: Run, command: Command): Decision {
  const closed = closedFor(run, command);
  if (closed !== undefined) return { ok: false, refusal: closed };
  const decider = deciders[command.kind] as (run: Run, command: Command) => Decision;

  return decider(run, command);
}

/** What may be asked of a run that is over: to go on, or to be left alone; and what came too late is noted. */
const afterTheEnd: ReadonlySet<Command['kind']> = new Set([
  'retryRun',
  'rerun',
  'dropDeadLetter',
  'refuseApproval',
  'logAttempt',
]);

/** What may be asked of a run whose values were erased: it reads none of them. */
const withoutValues: ReadonlySet<Command['kind']> = new Set([
  ...(['terminateRun', 'pauseRun', 'dropDeadLetter', 'refuseApproval', 'logAttempt', 'endChild'] as const),
  'noteFailureWorkflow',
]);

function closedFor(run: Run, command: Command): Refusal | undefined {
  const { status, endedAt } = run.state;
  const begun = run.sequence > 0;
  const erasedAt = run.aside.sealing?.erasedAt;
  if (erasedAt !== undefined && !withoutValues.has(command.kind)) {
    const message = `the values of the run were erased${erasedAt === '' ? '' : ` at ${erasedAt}`}: it can only be ended`;
    return { code: 'value.erased', message };
  }
  if (command.kind === 'startRun' || command.kind === 'forkRun') {
    return begun ? { code: 'run.exists', message: `run ${command.run} was started already` } : undefined;
  }
  if (!begun) return { code: 'run.not-started', message: 'the run has not been started' };
  if (!isFinal(status) || afterTheEnd.has(command.kind)) return undefined;

  return {
    code: 'run.closed',
    message: `the run ended ${status} at ${endedAt ?? ''} and cannot change any more`,
  };
}

function startRun(run: Run, command: Extract<Command, { kind: 'startRun' }>): Decision {
  const { run: id, input, parent, failureOf, trigger, hops, requesters, erasureKey, budget } = command;
  if (isTooDeep(input))
    return refuse('input.too-deep', `the input is nested deeper than ${valueDepthMax} levels`);
  const variables = initialVariables(run.chart, id, input);
  if (!variables.ok) return refuse(variables.error.code, variables.error.message);
  const declared = Object.keys(variables.value).length > 0;
  const key = concurrencyKey(run.chart, id, input);
  if (!key.ok) return refuse(key.error.code, key.error.message);
  const whose = fairnessKey(run.chart, id, input);
  if (!whose.ok) return refuse(whose.error.code, whose.error.message);
  const names = searchNames(run.chart, id, input);
  if (!names.ok) return refuse(names.error.code, names.error.message);

  return accept(
    RunStarted.of({
      run: id,
      definition: run.chart.ref,
      input: { ...input },
      ...(declared ? { variables: variables.value } : {}),
      ...(parent === undefined ? {} : { parent }),
      ...(failureOf === undefined ? {} : { failureOf }),
      ...(key.value === undefined ? {} : { concurrencyKey: key.value }),
      ...(whose.value === undefined ? {} : { fairnessKey: whose.value }),
      ...names.value,
      ...(erasureKey === undefined ? {} : { erasureKey }),
      ...(trigger === undefined ? {} : { trigger }),
      ...(requesters === undefined ? {} : { requesters: [...requesters] }),
      ...(hops === undefined ? {} : { hops }),
      ...(budget === undefined ? {} : { budget }),
    }),
  );
}

/** A result that turned out too large is one of a task that has something to evaluate. */
function evaluate(run: Run, { task, tooLarge }: Extract<Command, { kind: 'evaluate' }>): Decision {
  const decision = evaluateTask(run, task);

  return decision.ok && tooLarge === true ? refuseResult(run, task) : decision;
}

function conclude(run: Run, { tooLarge }: Extract<Command, { kind: 'conclude' }>): Decision {
  const { phase } = run.state;
  if (phase !== 'concluding')
    return refuse('run.not-concluding', `the run is ${phase}: it has no output yet`);

  return tooLarge === true ? refuseOutput() : concludeRun(run);
}

/** A timer that no longer runs was overtaken by what happened meanwhile; that is normal. */
function fireTimer(run: Run, { timer }: Extract<Command, { kind: 'fireTimer' }>): Decision {
  if (!isRunning(run, timer))
    return refuse('timer.not-running', `${timer.timer} of ${timer.task ?? 'the run'} does not run any more`);

  return accept(TimerFired.of({ ...timer }));
}

type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/** Names the run that will carry the attempt out: only then may it be started. */
function delegate(run: Run, { task, attempt, child }: CommandOf<'delegate'>): Decision {
  const state = taskAt(run.state, task);
  if (state === undefined) return unknownTask(task);
  if (state.state !== 'scheduled' || state.attempt !== attempt) {
    return refuse('task.stale-attempt', `attempt ${attempt} of ${task} is over`);
  }
  if (!isPartOfRun(run, task)) return refuse('task.not-open', `what ${task} is part of was given up`);
  if ('error' in child) return accept(TaskFailed.of({ task, attempt, error: child.error }));

  const { station, ...named } = child;
  const place = station === undefined ? {} : { station };

  return accept(ChildStarted.of({ task, attempt, ...named, input: { ...child.input }, ...place }));
}

/** Takes the end of a run that this one started, be it needed still or given up. */
function endChild(run: Run, command: CommandOf<'endChild'>): Decision {
  const { task, attempt, run: child, status, output, error, spent } = command;
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
      ...(spent === undefined ? {} : { spent }),
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

function noteFailureWorkflow(
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

/** The run as it takes what a command led to: what migrates it is folded by the version that it goes on by. */
export function runFor(run: Run, command: Command): Run {
  return command.kind === 'migrateRun' ? { ...run, chart: command.chart } : run;
}

/**
 * The run remembers which event a request from outside led to, and whether it was refused. Those that were refused are
 * kept apart: whoever may do nothing must not have what others did forgotten.
 */
export function withRequest(
  state: RunState,
  { request: id, fact }: { readonly request?: string | undefined; readonly fact: Fact },
  sequence: number,
): RunState {
  if (id === undefined) return state;
  const { requests, refusedRequests } = state;
  if (fact.type !== 'approval.refused') return { ...state, requests: latest(requests, { id, sequence }) };
  const request = { id, sequence, refusal: refusalIn(fact.data) };

  return { ...state, refusedRequests: latest(refusedRequests, request) };
}

function latest(before: readonly RememberedRequest[] = [], request: RememberedRequest) {
  return [...before, request].slice(-requestsMax);
}

function refusalIn({ code, message }: NonNullable<RememberedRequest['refusal']>) {
  return { code, message };
}

/** What became of the request; undefined when it has led to nothing. */
export function ledTo(
  { requests = [], refusedRequests = [] }: RunState,
  id: string | undefined,
): RememberedRequest | undefined {
  return id === undefined ? undefined : [...requests, ...refusedRequests].find((each) => each.id === id);
}
