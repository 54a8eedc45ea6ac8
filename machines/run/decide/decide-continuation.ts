import type { Fact } from '../../../events/catalogue.ts';
import { RunForked, RunRerun, RunRetried } from '../../../events/run-events.ts';
import type { Chart } from '../../chart/chart.ts';
import { waitsAside } from '../../chart/continuation.ts';
import type { RunState } from '../../chart/run/run-state.ts';
import { type Address, parseAddress, taskAt, tasksIn } from '../../chart/task-at.ts';
import { isSettled, statusOf } from '../../chart/task-status.ts';
import { searchNames } from '../initial-variables.ts';
import { reasonOf } from '../reason-of.ts';
import { redact } from '../record/redact.ts';
import { hopsOf, type Run } from '../run.ts';
import type { Command } from './command.ts';
import { accept, type Decision, refuse, unknownTask } from './decision.ts';

type CommandOf<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;
/** They differ in the cut that the run goes on from: what failed, a task, or an event of another run. */
type Continuation = CommandOf<'retryRun' | 'rerun' | 'forkRun'>;

/** Has a run go on from a cut of its past, or of that of another run. */
export function continueRun(run: Run, command: Continuation): Decision {
  return refusedCut(run, command) ?? accept(factOf(run, command));
}

/** Why the run cannot go on from there; undefined where it can. What was undone cannot be gone on from. */
function refusedCut({ state, chart }: Run, command: Continuation): Decision | undefined {
  switch (command.kind) {
    case 'retryRun':
      return notFailed(state) ?? undone(state);
    case 'rerun':
      return notToRerun(state, chart, command.from) ?? undone(state);
    case 'forkRun':
      return notRunning(command.state as unknown as RunState) ?? unnamed(chart, command);
  }
}

function factOf(run: Run, command: Continuation): Fact {
  switch (command.kind) {
    case 'retryRun':
      return RunRetried.of(reasonOf(command));
    case 'rerun':
      return rerunFact(run, command);
    case 'forkRun':
      return forkFact(run, command);
  }
}

function rerunFact({ state }: Run, command: CommandOf<'rerun'>): Fact {
  const { from, input, taskInput } = command;
  const edited = taskAt(state, from)?.input;
  const before = { input: { ...state.input }, ...(edited === undefined ? {} : { taskInput: edited }) };

  return RunRerun.of({
    from,
    before,
    ...(input === undefined ? {} : { input: { ...input } }),
    ...(taskInput === undefined ? {} : { taskInput }),
    ...reasonOf(command),
  });
}

function forkFact({ chart, aside }: Run, command: CommandOf<'forkRun'>): Fact {
  const state = command.state as unknown as RunState;
  const { run, from, input } = command;
  // What started the other run did not start this one, but events that come of it have come as far.
  const hops = hopsOf(state);

  return RunForked.of({
    run,
    definition: chart.ref,
    from,
    state: { ...renamed({ chart, aside }, state, command), ...(hops === undefined ? {} : { hops }) },
    ...(input === undefined ? {} : { input: { ...input } }),
    ...reasonOf(command),
  });
}

/** With another input it has the key and the labels that follow from that. */
function renamed(
  { chart, aside }: Pick<Run, 'chart' | 'aside'>,
  state: RunState,
  { run, input }: CommandOf<'forkRun'>,
): RunState {
  const names = input === undefined ? undefined : searchNames(chart, run, input);
  if (names?.ok !== true) return state;
  const { businessKey: _key, labels: _labels, ...rest } = state;

  return { ...rest, ...(redact(names.value, aside.hidden) as typeof names.value) };
}

function unnamed(chart: Chart, { run, input }: CommandOf<'forkRun'>): Decision | undefined {
  const names = input === undefined ? undefined : searchNames(chart, run, input);

  return names?.ok === false ? refuse(names.error.code, names.error.message) : undefined;
}

function notFailed({ status }: RunState): Decision | undefined {
  if (status === 'FAILED' || status === 'TIMED_OUT' || status === 'TERMINATED') return undefined;

  return refuse('run.not-failed', `the run is ${status}: only one that did not complete is retried`);
}

function notRunning({ phase }: RunState): Decision | undefined {
  if (phase === 'running' || phase === 'paused') return undefined;

  return refuse(
    'fork.not-running',
    `the run was ${phase} then: a fork goes on from an event at which it was running or paused`,
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
