import { z } from 'zod';
import { JsonValue } from '../../events/canonical-json.ts';
import { RunPage } from './run.ts';

/** ISO 8601, UTC. */
const time = z.string();

/** One of two runs that are compared, as it is now. */
export const ComparedRun = RunPage.pick({
  run: true,
  shortId: true,
  status: true,
  shown: true,
  sequence: true,
  startedAt: true,
  endedAt: true,
  settled: true,
  taskCount: true,
  startedBy: true,
  error: true,
  failedTask: true,
}).extend({
  definition: z.object({ id: z.string(), version: z.int(), hash: z.string() }),
  /** How long it took, or takes by now. */
  tookMs: z.number(),
});
export type ComparedRun = z.output<typeof ComparedRun>;

/** A value that is another one in the other run; absent where there is none. */
const DifferentValue = z.object({
  path: z.string(),
  one: JsonValue.optional(),
  other: JsonValue.optional(),
});
export type DifferentValue = z.output<typeof DifferentValue>;

const TaskSide = z.object({
  status: z.string(),
  attempts: z.int(),
  /** From when it could begin to its end, all attempts and waits included; absent before it could. */
  tookMs: z.number().optional(),
});
export type TaskSide = z.output<typeof TaskSide>;

/** What a task came to in each of the runs; absent where the run has no such task. */
const ComparedTask = z.object({
  /** Its address. */
  task: z.string(),
  one: TaskSide.optional(),
  other: TaskSide.optional(),
  /** How much longer it took in the other one, negative where it took less. */
  differenceMs: z.number().optional(),
  /** Whether its status or its number of attempts is another one. */
  isDifferent: z.boolean(),
});
export type ComparedTask = z.output<typeof ComparedTask>;

const WayPoint = z.object({
  /** The run that holds the event: of a fork, this may be the run that it was forked from. */
  run: z.string(),
  event: z.int(),
  time,
  type: z.string(),
  /** The status of the task after it. */
  status: z.string(),
  /** Why, in a few words: what was chosen, what a condition saw, what went wrong. */
  note: z.string(),
});
export type WayPoint = z.output<typeof WayPoint>;

/** The first task that went another way, and the event of each run that took it there; absent: none did. */
const Parting = z.object({
  task: z.string(),
  one: WayPoint.optional(),
  other: WayPoint.optional(),
});

/** Two runs side by side. What differs is told up to 200 values and 500 tasks. */
export const RunComparison = z.object({
  one: ComparedRun,
  other: ComparedRun,
  /** `same-so-far`: one of them is still on its way. */
  way: z.enum(['same', 'same-so-far', 'parts']),
  parting: Parting.optional(),
  input: z.array(DifferentValue),
  inputOmitted: z.int(),
  /** Inputs that are secret, and are not compared. */
  hidden: z.array(z.string()),
  /** Variables, outputs of tasks and the output, as they are at the end. */
  context: z.array(DifferentValue),
  contextOmitted: z.int(),
  tasks: z.array(ComparedTask),
  tasksOmitted: z.int(),
});
export type RunComparison = z.output<typeof RunComparison>;
