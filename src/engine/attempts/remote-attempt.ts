import { taskAt } from '../../../machines/chart/task-at.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { Performer } from '../../ports/work/handler.ts';
import { type AgentTask, agentOf, type Route } from '../agents/agent-route.ts';
import type { AttemptClaims, HeldAttempt } from './attempt-claims.ts';
import { type AttemptStop, type AttemptsDeps, createAttemptStop, type Submit } from './attempt-entry.ts';
import { whenAdmitted } from './attempts.ts';
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
  /** The run after its last event. */
  run: Run;
};

/** An attempt of an agent, until it ends or another engine takes the run over. */
export type RemoteAttempt = Given & {
  readonly stop: AttemptStop;
  /** A paused run keeps its offers: workers that ask to begin are told to wait. */
  readonly begun: true;
  /** The agent whose workers may take it. */
  agent: string | undefined;
  /** It has a slot among the agent's offers. */
  hasTurn: boolean;
  /** Its circuit breaker was asked, and admitted it. */
  isAsked: boolean;
  isAdmitted: boolean;
  isOffering: boolean;
  isAssigning: boolean;
  /** Its handler in this process. */
  performer: Performer | undefined;
  /** `over`: no longer needed; `dropped`: another engine goes on with it. */
  fate: 'over' | 'dropped' | undefined;
  /** Not looked at again for now. */
  cancelNext: () => void;
  /** Nobody who is known goes by the names that its expressions gave: ends the wait for one. */
  cancelUnknown: (() => void) | undefined;
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
    cancelUnknown: undefined,
  };
}

export function heldAttempt({ run, address, attempt }: RemoteAttempt): HeldAttempt {
  return { run: run.state.run, address, attempt };
}

/** An engine began it by the command of its agent: no worker has it. */
export function isOwn({ run, address }: RemoteAttempt, route: Route): boolean {
  return route.kind === 'here' && taskAt(run.state, address)?.worker === route.performer.worker;
}

/** How long the worker that began the attempt still counts as alive; 0 if another one may begin. */
export function holderLeftMs(entry: RemoteAttempt, holders: AttemptClaims): number {
  const of = heldAttempt(entry);
  const state = taskAt(entry.run.state, entry.address);
  const handed = holders.handed(of);
  const isOfAgent = handed?.agent === agentOf(entry.run, entry.task, entry.address);
  const { worker } = (state?.state === 'in_progress' ? state : isOfAgent ? handed : undefined) ?? {};

  return worker === undefined ? 0 : holders.leftMs(of, worker);
}

/** Asks the task's circuit breaker, once; calls `onAdmitted` when it admits the attempt. */
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
