import type { z } from 'zod';
import * as run from './run-events.ts';
import * as task from './task-events.ts';
import * as timer from './timer-events.ts';

/** Every event type of a run's journal, in the order of the documentation. */
export const catalogue = [
  run.RunStarted,
  run.RunPaused,
  run.RunResumed,
  run.RunTerminated,
  run.RunCompleted,
  run.RunFailed,
  run.RunAdmitted,
  run.RunForked,
  run.RunMigrated,
  run.RunCancelled,
  run.RunRetried,
  run.RunRerun,
  run.FailureWorkflowStarted,
  run.DeadLetterDropped,
  run.SignalReceived,
  task.ConditionEvaluated,
  task.NamesEvaluated,
  task.TaskAssigned,
  task.TasksAssigned,
  task.TaskStarted,
  task.TaskHeartbeat,
  task.TaskCompleted,
  task.TaskFailed,
  task.TaskLogged,
  task.DecisionMade,
  task.ApprovalGranted,
  task.ApprovalDenied,
  task.ApprovalChangeRequested,
  task.ApprovalDelegated,
  task.ApprovalRefused,
  task.ItemsListed,
  task.LoopEvaluated,
  task.WaitArmed,
  task.SignalTaken,
  task.VariablesSet,
  task.TerminationReached,
  task.ChildStarted,
  task.ChildEnded,
  task.TaskSkipped,
  task.TaskResolved,
  timer.TimerFired,
] as const;

type Definitions = (typeof catalogue)[number];

/** A fact: what happened, without when, who or where in the journal. */
export type Fact = {
  [Type in Definitions['type']]: {
    readonly type: Type;
    readonly data: z.output<Extract<Definitions, { type: Type }>['schema']>;
  };
}[Definitions['type']];

/** The attempts that a fact gives to agents, one by one. */
export function assignmentsIn({ type, data }: Fact): readonly task.Assignment[] {
  if (type === 'task.assigned') return [data];

  return type === 'tasks.assigned' ? data.assignments : [];
}

type FactData = Fact['data'];
type NameIn<Data> = Data extends unknown ? keyof Data : never;
type MemberIn<Data, Name> = Data extends unknown ? (Name extends keyof Data ? Data[Name] : never) : never;

/** What the data of a fact may hold, whatever its type: for readers that go by the members alone. */
export type FactMembers = { readonly [Name in NameIn<FactData>]?: MemberIn<FactData, Name> };

/** An event type whose data is not known by name: what a reader of journals works with. */
type AnyEventDefinition = {
  readonly type: string;
  readonly version: number;
  readonly schema: z.ZodType;
};

const definitionOf: ReadonlyMap<string, AnyEventDefinition> = new Map(
  catalogue.map((entry) => [entry.type, entry]),
);

/** The definition of an event type, or undefined when this version of the product does not know it. */
export function eventDefinition(type: string): AnyEventDefinition | undefined {
  return definitionOf.get(type);
}
