import { RunForked, RunRerun, RunRetried, RunStarted } from '../../../events/run-events.ts';
import { TimerFired } from '../../../events/timer-events.ts';
import { type Address, parseAddress } from '../../chart/address.ts';
import type { Chart } from '../../chart/chart.ts';
import { waitsAside } from '../../chart/reopened-task.ts';
import type { RunState } from '../../chart/run/run-state.ts';
import { taskAt, tasksIn } from '../../chart/task-at.ts';
import { isFinal, isSettled, statusOf } from '../../chart/task-status.ts';
import { isTooDeep, valueDepthMax } from '../../json-depth.ts';
import { hopsOf } from '../hops.ts';
import { concurrencyKey, initialVariables } from '../initial-variables.ts';
import { reasonOf, type Why } from '../reason-of.ts';
import type { Run } from '../run.ts';
import { isRunning } from '../timers.ts';
import type { Command, Refusal } from './command.ts';
import { approve, delegateApproval, reject } from './decide-approval.ts';
import { assignTask, completeTask, failTask, heartbeat, startTask } from './decide-attempt.ts';
import { resolveTask, skipTask } from './decide-by-hand.ts';
import { delegate, endChild, noteFailureWorkflow } from './decide-child.ts';
import {
  admitRun,
  cancelRun,
  dropDeadLetter,
  migrateRun,
  pauseRun,
  resumeRun,
  terminateRun,
} from './decide-control.ts';
import { concludeRun, evaluateTask, refuseOutput, refuseResult } from './decide-expression.ts';
import { signalRun } from './decide-signal.ts';
import { accept, type Decision, refuse, unknownTask } from './decision.ts';
import { refuseApproval } from './refused-answers.ts';

type Deciders = {
  readonly [Kind in Command['kind']]: (run: Run, command: Extract<Command, { kind: Kind }>) => Decision;
};

const deciders: Deciders = {
  startRun,
  forkRun,
  admitRun,
  migrateRun,
  startTask,
  heartbeat,
  completeTask,
  failTask,
  assignTask,
  evaluate,
  conclude,
  fireTimer,
  delegate,
  endChild,
  noteFailureWorkflow,
  approve,
  reject,
  delegateApproval,
  refuseApproval,
  pauseRun,
  resumeRun,
  terminateRun,
  cancelRun,
  retryRun,
  rerun,
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
]);

function closedFor(run: Run, command: Command): Refusal | undefined {
  const { status, endedAt } = run.state;
  const begun = run.sequence > 0;
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
  const { run: id, input, parent, failureOf, trigger, hops } = command;
  if (isTooDeep(input))
    return refuse('input.too-deep', `the input is nested deeper than ${valueDepthMax} levels`);
  const variables = initialVariables(run.chart, id, input);
  if (!variables.ok) return refuse(variables.error.code, variables.error.message);
  const declared = Object.keys(variables.value).length > 0;
  const key = concurrencyKey(run.chart, id, input);
  if (!key.ok) return refuse(key.error.code, key.error.message);

  return accept(
    RunStarted.of({
      run: id,
      definition: run.chart.ref,
      input: { ...input },
      ...(declared ? { variables: variables.value } : {}),
      ...(parent === undefined ? {} : { parent }),
      ...(failureOf === undefined ? {} : { failureOf }),
      ...(key.value === undefined ? {} : { concurrencyKey: key.value }),
      ...(trigger === undefined ? {} : { trigger }),
      ...(hops === undefined ? {} : { hops }),
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

/** Goes on with a run that failed. What was undone cannot be gone on from. */
function retryRun({ state }: Run, command: Why): Decision {
  if (state.status !== 'FAILED' && state.status !== 'TIMED_OUT' && state.status !== 'TERMINATED') {
    return refuse('run.not-failed', `the run is ${state.status}: only one that did not complete is retried`);
  }

  return undone(state) ?? accept(RunRetried.of(reasonOf(command)));
}

function rerun({ state, chart }: Run, command: CommandOf<'rerun'>): Decision {
  const { from, input, taskInput } = command;
  const refusal = notToRerun(state, chart, from) ?? undone(state);
  if (refusal !== undefined) return refusal;
  const edited = taskAt(state, from)?.input;
  const before = { input: { ...state.input }, ...(edited === undefined ? {} : { taskInput: edited }) };

  return accept(
    RunRerun.of({
      from,
      before,
      ...(input === undefined ? {} : { input: { ...input } }),
      ...(taskInput === undefined ? {} : { taskInput }),
      ...reasonOf(command),
    }),
  );
}

/** Why a run cannot be carried out anew from the task; undefined where it can. */
function notToRerun(state: RunState, chart: Chart, from: string): Decision | undefined {
  if (state.endedAt === undefined) {
    return refuse('run.not-ended', `the run is ${state.status}: terminate or cancel it before a rerun`);
  }
  const address = parseAddress(from);
  const task = taskAt(state, from);
  if (address === undefined || !chart.plan.has(address.id)) return unknownTask(from);
  if (task === undefined || !isOfLatest(state, address)) return passGone(from, address);
  const later = laterPasses(state, address, chart);
  if (later !== undefined) {
    return refuse(
      'rerun.pass-gone',
      `what follows from ${from} are the later passes of ${later}: rerun from ${later}`,
    );
  }
  const around = [address.id, ...address.owners.map(({ id }) => id)];
  if (around.some((id) => waitsAside(chart.plan.get(id)))) {
    return refuse('rerun.undoing', `${from} undoes another task: nothing follows from it`);
  }
  const main = stoodInFor(state, chart, address);
  if (main !== undefined) {
    return refuse('rerun.stand-in', `${from} stood in for ${main}: rerun from ${main}`);
  }
  // What the end of the run found waiting was not begun: its dependencies may be open still.
  const hasBegun = task.state !== 'skipped' && (task.state !== 'cancelled' || task.attempt > 0);
  if (isSettled(task) && hasBegun) return undefined;

  return refuse('rerun.not-begun', `${from} is ${statusOf(task.state)}: there is nothing to do again`);
}

function forkRun(run: Run, command: CommandOf<'forkRun'>): Decision {
  const state = command.state as unknown as RunState;
  const { phase } = state;
  if (phase !== 'running' && phase !== 'paused') {
    return refuse(
      'fork.not-running',
      `the run was ${phase} then: a fork goes on from an event at which it was running or paused`,
    );
  }
  const { run: id, from, input } = command;
  // What started the other run did not start this one, but events that come of it have come as far.
  const hops = hopsOf(state);

  return accept(
    RunForked.of({
      run: id,
      definition: run.chart.ref,
      from,
      state: { ...state, ...(hops === undefined ? {} : { hops }) },
      ...(input === undefined ? {} : { input: { ...input } }),
      ...reasonOf(command),
    }),
  );
}

function undone({ undoing }: RunState): Decision | undefined {
  const { done = [], failed = [] } = undoing ?? {};
  if (done.length + failed.length === 0) return undefined;

  return refuse(
    'run.compensated',
    `what the run did was undone by ${[...done, ...failed].join(', ')}: start it anew, or fork it from an event before`,
  );
}

function passGone(from: string, { owners }: Address): Decision {
  const owner = owners.at(-1)?.id;
  if (owner === undefined) return unknownTask(from);

  return refuse(
    'rerun.pass-gone',
    `what ${from} did is no longer kept apart from its result: rerun from ${owner}, or fork the run from an event before`,
  );
}

/** The task that failed and that this one is the fallback of. */
function stoodInFor({ tasks }: RunState, { plan }: Chart, { owners, id }: Address): string | undefined {
  const beside = tasksIn(tasks, owners);

  return plan
    .get(id)
    ?.routers.find(
      ({ kind, id: main }) => kind === 'fallback' && beside?.[main]?.state === 'completed_with_errors',
    )?.id;
}

/** What an earlier attempt of a FORK or a loop did is kept only to be undone. */
function isOfLatest(state: RunState, { owners }: Address): boolean {
  return owners.every(
    (owner, depth) => tasksIn(state.tasks, owners.slice(0, depth))?.[owner.id]?.attempt === owner.attempt,
  );
}

/** The loop around the task that went on after the pass that the task is in. */
function laterPasses({ tasks }: RunState, { owners }: Address, { plan }: Chart): string | undefined {
  const loop = owners.find((owner, depth) => {
    const opened = tasksIn(tasks, owners.slice(0, depth))?.[owner.id]?.body?.opened ?? 0;
    return plan.get(owner.id)?.task.type === 'DO_WHILE' && owner.index < opened - 1;
  });

  return loop?.id;
}
