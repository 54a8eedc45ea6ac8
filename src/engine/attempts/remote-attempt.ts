import { taskAt } from '../../../machines/chart/task-at.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Performer } from '../../ports/work/handler.ts';
import type { AgentTask, Route } from '../agents/agent-route.ts';
import type { AttemptClaims, HeldAttempt } from './attempt-claims.ts';
import { type AttemptStop, type AttemptsDeps, createAttemptStop, type Submit } from './attempt-entry.ts';
import { whenAdmitted } from './breaker-admission.ts';
import type { Breakers } from './breakers.ts';

export type RemoteDeps = AttemptsDeps & {
  readonly breakers: Breakers;
  readonly holders: AttemptClaims;
  readonly work: NonNullable<AttemptsDeps['work']>;
};

type Given = {
  readonly task: AgentTask;
  readonly address: string;
  readonly attempt: number;
  readonly submit: Submit;
  /** As it was at its last event. */
  run: Run;
};

/** An attempt of an agent, from when the run waits for it until it is over or another engine goes on with it. */
export type RemoteAttempt = Given & {
  readonly stop: AttemptStop;
  /** A paused run keeps what is offered: who asks to begin it is told to wait. */
  readonly begun: true;
  /** Whose workers are to have it. */
  agent: string | undefined;
  /** It may be offered: its agent has not too much. */
  hasTurn: boolean;
  /** Its circuit breaker was asked, and let it through. */
  isAsked: boolean;
  isAdmitted: boolean;
  isOffering: boolean;
  isAssigning: boolean;
  /** Who carries it out in this process. */
  performer: Performer | undefined;
  /** `over`: nobody needs it any more; `dropped`: another engine goes on with it. */
  fate: 'over' | 'dropped' | undefined;
  /** It is not looked at again for now. */
  cancelNext: () => void;
};

export function newRemoteAttempt(given: Given): RemoteAttempt {
  return {
    ...given,
    stop: createAttemptStop(() => undefined),
    begun: true,
    agent: undefined,
    hasTurn: false,
    isAsked: false,
    isAdmitted: given.task.circuitBreaker === undefined,
    isOffering: false,
    isAssigning: false,
    performer: undefined,
    fate: undefined,
    cancelNext: () => undefined,
  };
}

export function heldAttempt({ run, address, attempt }: RemoteAttempt): HeldAttempt {
  return { run: run.state.run, address, attempt };
}

/** It was begun by an engine, as the command of its agent: no worker has it. */
export function isOwn({ run, address }: RemoteAttempt, route: Route): boolean {
  return route.kind === 'here' && taskAt(run.state, address)?.worker === route.performer.worker;
}

/** For how long the worker that has begun the attempt is thought alive yet; 0 when another one may begin. */
export function holderLeftMs(entry: RemoteAttempt, holders: AttemptClaims): number {
  const state = taskAt(entry.run.state, entry.address);
  if (state?.state !== 'in_progress' || state.worker === undefined) return 0;

  return holders.leftMs(heldAttempt(entry), state.worker);
}

/** Has the circuit breaker of the task asked, once; `onAdmitted` when it lets the attempt through. */
export function askBreaker(
  entry: RemoteAttempt,
  deps: RemoteDeps,
  onAdmitted: (entry: RemoteAttempt) => void,
): void {
  if (entry.isAsked) return;
  entry.isAsked = true;
  whenAdmitted(deps, entry, () => {
    entry.isAdmitted = true;
    onAdmitted(entry);
  });
}
