// The commands that the world could send to a run as it is now.
import type { Json } from '../../events/canonical-json.ts';
import type { DefinitionRef } from '../../events/run-events.ts';
import { localId, openTasks, taskAt } from '../../machines/chart/task-at.ts';
import type { Command } from '../../machines/run/decide/command.ts';
import { decide } from '../../machines/run/decide/decide.ts';
import { type Effect, pendingEffects } from '../../machines/run/effects.ts';
import type { Run } from '../../machines/run/run.ts';
import { timersOf } from '../../machines/run/timers.ts';
import type { Move, MoveKind } from './random-schedule.ts';

export type Situation = { readonly run: Run; readonly sent: readonly Command[]; readonly startedAt: string };

const definition: DefinitionRef = { id: 'child', version: 1, hash: 'f'.repeat(64) };

/** The command that a move means now; undefined when it means nothing. */
export function commandFor(situation: Situation, [kind, choice]: Move): Command | undefined {
  return makers[kind](situation, choice);
}

/** What brings a run on that nobody disturbs: its work first, then what it waits for. */
export function commandOnward(situation: Situation): Command | undefined {
  const { run } = situation;
  const [effect] = pendingEffects(run);
  if (effect !== undefined) return carriedOut(effect, situation, 2);
  if (run.state.status === 'PAUSED') return { kind: 'resumeRun' };

  const asked =
    change(run) ?? answer(situation, 0) ?? (awaitsSignal(run) ? makers.signal(situation, 0) : undefined);

  return asked ?? makers.timer(situation, 0);
}

/** Whoever can ask for a change does so once. */
function change(run: Run): Command | undefined {
  return openIn(run, 'pending_approval')
    .filter((task) => taskAt(run.state, task)?.changes === undefined)
    .map((task) => ({ kind: 'requestChange', task, by: 'ana', comment: 'once more' }) as const)
    .find((command) => decide(run, command).ok);
}

const makers: Readonly<Record<MoveKind, (situation: Situation, choice: number) => Command | undefined>> = {
  work: (situation, choice) => {
    const effect = pick(pendingEffects(situation.run), choice);
    return effect === undefined ? undefined : carriedOut(effect, situation, choice);
  },
  fail: (situation, choice) => {
    const effect = pick(pendingEffects(situation.run).filter(canFail), choice);
    return effect === undefined ? undefined : wentWrong(effect, situation, choice);
  },
  start: ({ run }, choice) => {
    const effect = pick(executes(run), choice);
    return effect === undefined
      ? undefined
      : { ...attemptOf(effect), kind: 'startTask', worker: 'w', again: choice % 4 === 0 };
  },
  beat: ({ run }, choice) => {
    const effect = pick(executes(run), choice);
    return effect === undefined ? undefined : { ...attemptOf(effect), kind: 'heartbeat' };
  },
  timer: ({ run }) => {
    const [first] = timersOf(run).toSorted((a, b) => a.dueAt.localeCompare(b.dueAt));
    return first === undefined ? undefined : { kind: 'fireTimer', timer: first };
  },
  approve: answer,
  reject: ({ run }, choice) => {
    const task = pick(openIn(run, 'pending_approval'), choice);
    if (task === undefined) return undefined;

    return choice % 3 === 0
      ? { kind: 'reject', task, by: 'ana' }
      : { kind: 'requestChange', task, by: 'ana', comment: 'once more' };
  },
  // A signal may come before anybody waits for it, and say the same twice.
  signal: (_situation, choice) => ({
    kind: 'signal',
    name: 'go',
    data: { ok: choice % 2 === 0 },
    ...(choice > 40 ? { id: `signal-${choice}` } : {}),
  }),
  stale: ({ sent }, choice) => sent.toReversed()[choice % Math.max(sent.length, 1)],
  pause: () => ({ kind: 'pauseRun' }),
  resume: () => ({ kind: 'resumeRun' }),
  cancel: () => ({ kind: 'cancelRun', reason: 'asked to' }),
  terminate: () => ({ kind: 'terminateRun', reason: 'asked to' }),
  retry: () => ({ kind: 'retryRun' }),
  rerun: ({ run }, choice) => {
    const from = pick(every(run), choice);
    return from === undefined
      ? undefined
      : { kind: 'rerun', from, ...(choice % 3 === 0 ? { taskInput: { edited: true } } : {}) };
  },
  skip: ({ run }, choice) => byHand(run, choice, (task) => ({ kind: 'skipTask', task })),
  resolve: ({ run }, choice) =>
    byHand(run, choice, (task) => ({ kind: 'resolveTask', task, output: resultOf(choice) })),
  drop: () => ({ kind: 'dropDeadLetter' }),
  oversize: ({ run }, choice) => {
    const effect = pick(pendingEffects(run), choice);
    if (effect?.kind === 'conclude') return { kind: 'conclude', tooLarge: true };
    return effect?.kind === 'evaluate' ? { kind: 'evaluate', task: effect.task, tooLarge: true } : undefined;
  },
};

/** What a worker, or the engine itself, says of an effect that went well. */
function carriedOut(effect: Effect, { startedAt }: Situation, choice: number): Command {
  switch (effect.kind) {
    case 'execute':
      return {
        ...attemptOf(effect),
        kind: 'completeTask',
        output: resultOf(choice),
        worker: 'w',
        startedAt,
        log: { stdout: 'done\n' },
      };
    case 'evaluate':
      return { kind: 'evaluate', task: effect.task };
    case 'conclude':
      return { kind: 'conclude' };
    case 'delegate':
      return {
        ...attemptOf(effect),
        kind: 'delegate',
        child: { run: childOf(effect), definition, input: {} },
      };
    case 'follow':
      return {
        ...attemptOf(effect),
        kind: 'endChild',
        run: effect.child,
        status: 'COMPLETED',
        output: resultOf(choice),
      };
    case 'abandon': {
      const { task, attempt, run } = effect.orphan;
      return { kind: 'endChild', task, attempt, run, status: 'TERMINATED' };
    }
    case 'startFailureWorkflow':
      return { kind: 'noteFailureWorkflow', run: 'mending', definition };
    case 'admit':
      return { kind: 'admitRun', key: effect.key };
  }
}

function wentWrong(effect: Effect, { startedAt }: Situation, choice: number): Command | undefined {
  const code = ['broken', 'odd', 'fatal'][choice % 3] ?? 'broken';
  const error = { code, message: 'it went wrong', retryable: choice % 4 !== 0 };
  switch (effect.kind) {
    case 'execute':
      return {
        ...attemptOf(effect),
        kind: 'failTask',
        error,
        worker: 'w',
        startedAt,
        log: { stderr: 'it went wrong\n' },
      };
    case 'delegate':
      return { ...attemptOf(effect), kind: 'delegate', child: { error } };
    case 'follow':
      return { ...attemptOf(effect), kind: 'endChild', run: effect.child, status: 'FAILED', error };
    case 'startFailureWorkflow':
      return { kind: 'noteFailureWorkflow', error };
    default:
      return undefined;
  }
}

function canFail({ kind }: Effect): boolean {
  return kind === 'execute' || kind === 'delegate' || kind === 'follow' || kind === 'startFailureWorkflow';
}

/** Agreements come from different people, one of them twice now and then. */
function answer({ run }: Situation, choice: number): Command | undefined {
  const task = pick(openIn(run, 'pending_approval'), choice);
  if (task === undefined) return undefined;
  const agreed = taskAt(run.state, task)?.grants?.length ?? 0;

  return { kind: 'approve', task, by: choice % 5 === 4 ? 'person-0' : `person-${agreed}` };
}

function byHand(run: Run, choice: number, command: (task: string) => Command): Command | undefined {
  const task = pick(every(run), choice);

  return task === undefined ? undefined : command(task);
}

function attemptOf({ task, attempt }: { readonly task: string; readonly attempt: number }) {
  return { task, attempt };
}

function childOf({ task, attempt }: { readonly task: string; readonly attempt: number }): string {
  return `child-of-${task}-${attempt}`;
}

function executes(run: Run): readonly Extract<Effect, { kind: 'execute' }>[] {
  return pendingEffects(run).filter((effect) => effect.kind === 'execute');
}

function openIn(run: Run, state: string): readonly string[] {
  return [...openTasks(run.state.tasks)].flatMap(([address, task]) =>
    task.state === state ? [address] : [],
  );
}

function awaitsSignal({ state, chart }: Run): boolean {
  return [...openTasks(state.tasks)].some(([address, task]) => {
    const wait = chart.plan.get(localId(address))?.task;
    return task.state === 'awaiting' && wait?.type === 'WAIT' && wait.signal !== undefined;
  });
}

function every(run: Run): readonly string[] {
  return [...openTasks(run.state.tasks)].map(([address]) => address);
}

function resultOf(choice: number): Json {
  return { n: choice % 4, list: Array.from({ length: choice % 4 }, (_, index) => index) };
}

function pick<T>(list: readonly T[], choice: number): T | undefined {
  return list[choice % Math.max(list.length, 1)];
}
