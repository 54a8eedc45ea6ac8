import type { Json } from '../../../events/canonical-json.ts';
import type { Fact } from '../../../events/catalogue.ts';
import type { Transition } from '../../../events/record.ts';
import { localId, taskAt } from '../../chart/task-at.ts';
import type { Command } from '../../run/decide/command.ts';
import { decide } from '../../run/decide/decide.ts';
import { effectOf } from '../../run/effects.ts';
import { claimCheck } from '../../run/record/claim-check.ts';
import { type Event, evolve, UnexplainedEvent } from '../../run/record/evolve.ts';
import { redactFact } from '../../run/record/redact.ts';
import { sealFact } from '../../run/record/sealing.ts';
import { errorData, render } from '../../run/render.ts';
import type { Run } from '../../run/run.ts';
import { outputOf } from '../../run/scope.ts';
import { timersOf } from '../../run/timers.ts';

/** What a worker says on the way, and the error of another run, are kept as they were recorded. */
const asTold: ReadonlySet<Fact['type']> = new Set(['task.heartbeat', 'child.ended']);

type DataOf<Type extends Fact['type']> = Extract<Fact, { type: Type }>['data'];

type Outcome = Extract<Fact, { type: 'task.completed' | 'task.failed' }>;

type Retold = { readonly [Type in Fact['type']]: (run: Run, data: DataOf<Type>) => Command | undefined };

/**
 * The command by which the run, as it is now, would come to a fact that another definition recorded. What expressions
 * decide is asked for anew; what came from outside is told again. Undefined where it can mean nothing to the run.
 */
export function commandOf(run: Run, { type, data }: Fact): Command | undefined {
  const retell = retold[type] as (run: Run, data: Fact['data']) => Command | undefined;

  return retell(run, data);
}

/** Who carried out what a TRANSFORM or a reshaped output only writes to a file: nobody whose word counts. */
export const writer = { worker: 'what-if', startedAt: '' };

const evaluated = (_run: Run, { task }: { readonly task: string }): Command => ({ kind: 'evaluate', task });

type Why = { readonly reason?: string | undefined };

const retold: Retold = {
  'run.started': (
    _run,
    { definition: _of, variables: _made, concurrencyKey: _key, fairnessKey: _whose, ...more },
  ) => {
    const { businessKey: _called, labels: _labels, ...rest } = more;
    return { kind: 'startRun', ...rest };
  },
  'run.forked': (_run, { definition: _of, state, ...rest }) => ({
    kind: 'forkRun',
    ...rest,
    state: state as unknown as Json,
  }),
  'run.admitted': (_run, { key }) => ({ kind: 'admitRun', key }),
  // By which version it went on is what is asked here.
  'run.migrated': () => undefined,
  'run.paused': (_run, why: Why) => ({ kind: 'pauseRun', ...why }),
  'run.resumed': (_run, why: Why) => ({ kind: 'resumeRun', ...why }),
  'run.terminated': (_run, why: Why) => ({ kind: 'terminateRun', ...why }),
  'run.cancelled': (_run, why: Why) => ({ kind: 'cancelRun', ...why }),
  'run.retried': (_run, why: Why) => ({ kind: 'retryRun', ...why }),
  'run.rerun': (_run, { before: _before, ...rest }) => ({ kind: 'rerun', ...rest }),
  'run.completed': () => ({ kind: 'conclude' }),
  'run.failed': (_run, { error }) => ({ kind: 'conclude', ...sized(error.code) }),
  'failure-workflow.started': (_run, data) => ({ kind: 'noteFailureWorkflow', ...data }),
  'dead-letter.dropped': (_run, why: Why) => ({ kind: 'dropDeadLetter', ...why }),
  'signal.received': (_run, { name, data, id }) => ({ kind: 'signal', name, data, id }),
  'condition.evaluated': evaluated,
  'names.evaluated': evaluated,
  'decision.made': evaluated,
  'items.listed': evaluated,
  'loop.evaluated': evaluated,
  'wait.armed': evaluated,
  'signal.taken': evaluated,
  'variables.set': evaluated,
  'termination.reached': evaluated,
  'task.assigned': (_run, data) => assigning(data),
  'tasks.assigned': (_run, data) => ({ kind: 'assignTasks', ...data }),
  // That somebody had begun it before is not recorded where nobody was lost.
  'task.started': (_run, data) => ({ kind: 'startTask', again: true, ...data }),
  'task.heartbeat': (_run, { task, attempt }) => ({ kind: 'heartbeat', task, attempt }),
  'task.completed': (run, data) => outcomeOf(run, { type: 'task.completed', data }),
  'task.failed': (run, data) => outcomeOf(run, { type: 'task.failed', data }),
  'task.logged': () => undefined,
  'approval.granted': (_run, data) => ({ kind: 'approve', ...data }),
  'approval.denied': (_run, data) => ({ kind: 'reject', ...data }),
  'approval.change-requested': (_run, { round: _round, from: _from, ...asked }) => ({
    kind: 'requestChange',
    ...asked,
  }),
  'approval.delegated': (_run, data) => ({ kind: 'delegateApproval', ...data }),
  'approval.refused': (_run, data) => ({ kind: 'refuseApproval', ...data }),
  'child.started': (_run, { task, attempt, ...child }) => ({ kind: 'delegate', task, attempt, child }),
  'child.ended': (_run, data) => ({ kind: 'endChild', ...data }),
  'task.skipped': (_run, data) => ({ kind: 'skipTask', ...data }),
  'task.resolved': (_run, data) => ({ kind: 'resolveTask', ...data }),
  'timer.fired': (run, fired) => {
    const same = timersOf(run).find(
      ({ timer, task, attempt }) => timer === fired.timer && task === fired.task && attempt === fired.attempt,
    );
    return same === undefined ? undefined : { kind: 'fireTimer', timer: same };
  },
};

/** Found by skills, or given by somebody. */
function assigning(data: DataOf<'task.assigned'>): Command | undefined {
  const { by, from: _from, taken, reason, ...assignment } = data;
  const [lead] = assignment.agents;
  if (by === undefined || lead === undefined) return { kind: 'assignTasks', assignments: [assignment] };

  return { kind: 'assignTask', task: data.task, to: lead.agent, by, takeAway: taken !== undefined, reason };
}

function sized(code: string): { readonly tooLarge?: boolean } {
  return code === 'output.too-large' ? { tooLarge: true } : {};
}

/** The end of an attempt, unless the definition makes it of expressions now, or did so then. */
function outcomeOf(run: Run, { type, data }: Outcome): Command | undefined {
  const { task, attempt } = data;
  const kind = workOn(run, task)?.kind;
  if (kind === 'evaluate') return { kind, task, ...(type === 'task.failed' ? sized(data.error.code) : {}) };
  if (kind === 'delegate')
    return type === 'task.failed' ? { kind, task, attempt, child: { error: data.error } } : undefined;
  if (data.worker === undefined) return undefined;
  const by = { worker: data.worker, startedAt: data.startedAt ?? '' };
  if (type === 'task.failed') return { kind: 'failTask', task, attempt, error: data.error, ...by };

  return (
    written(run, { task, attempt, ...by }) ?? {
      kind: 'completeTask',
      task,
      attempt,
      output: data.output,
      ...by,
    }
  );
}

/**
 * The end of an attempt that only writes to a file what expressions make; undefined for one that somebody carries out.
 */
export function written(
  run: Run,
  of: {
    readonly task: string;
    readonly attempt: number;
    readonly worker: string;
    readonly startedAt: string;
  },
): Command | undefined {
  const { task } = of;
  const place = run.chart.plan.get(localId(task))?.task;
  const state = taskAt(run.state, task);
  const isShaping = state?.state === 'shaping';
  if (place === undefined || state === undefined || !(isShaping || place.type === 'TRANSFORM'))
    return undefined;
  const template = run.chart.templates.get(place.id)?.output;
  const result = isShaping ? { result: outputOf(run, state.output ?? null) } : {};
  const rendered =
    template === undefined
      ? { ok: true as const, value: isShaping ? (state.output ?? null) : {} }
      : render(run, template, { address: task, ...result });
  if (!rendered.ok) return { kind: 'failTask', ...of, error: errorData(rendered.error) };

  return { kind: 'completeTask', ...of, output: rendered.value };
}

/** What the task waits for from the shell, also while the run is paused. */
export function workOn(run: Run, task: string) {
  const state = taskAt(run.state, task);

  return state === undefined ? undefined : effectOf(run, task, state)[0];
}

/** What came of a command: the run after it, or why it means nothing. */
type CommandOutcome =
  | {
      readonly ok: true;
      readonly run: Run;
      readonly fact: Fact;
      readonly transitions: readonly Transition[];
    }
  | { readonly ok: false; readonly message: string };

/**
 * Has a run decide a command and take the fact, as it would stand in a journal. `told` stands in for facts of which
 * nothing is decided but whether they count. Throws BlobNeeded.
 */
export function tell(
  run: Run,
  command: Command,
  { told, ...of }: Omit<Event, 'fact'> & { readonly told?: Fact | undefined },
): CommandOutcome {
  const decision = decide(run, command);
  if (!decision.ok) return { ok: false, message: decision.refusal.message };
  const fact =
    told?.type === decision.fact.type && asTold.has(told.type) ? told : storable(run, decision.fact);
  try {
    const { run: next, transitions } = evolve(run, { ...of, fact });
    return { ok: true, run: { ...next, sequence: run.sequence + 1 }, fact, transitions };
  } catch (error) {
    if (!(error instanceof UnexplainedEvent)) throw error;
    return { ok: false, message: error.message };
  }
}

/** Without secrets, and with references for what is too large: their content is at hand from now on. */
function storable(run: Run, fact: Fact): Fact {
  const { aside } = run;
  const claimed = claimCheck(sealFact(run, redactFact(fact, aside.hidden)));
  const atHand = aside.blobs as Map<string, Json>;
  for (const { digest, text } of claimed.blobs) atHand.set(digest, JSON.parse(text) as Json);

  return claimed.fact;
}
